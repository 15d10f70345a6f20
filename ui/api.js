// Owns the door to the app behind the window: one function per command.
// Refuses to know screens and words.
// Invariant: no other file touches Tauri; a failed call throws a Refused with a code, never a text.

/** @typedef {import('./text/ja.js').Code} Code */
/** @typedef {'ja' | 'en'} Language */
/** @typedef {{ service_id: string, user_id: string, start_password: string }} Form */
/** @typedef {{ is_ahead: boolean, minutes: number, seconds: number }} ClockOff */
/** @typedef {{ step: number, left_ms: number, period_ms: number }} Tick */
/** @typedef {{ groups: [string, string], step: number, now: Tick }} CodeView */

/** @typedef {{ screen: 'setup' }} SetupView */
/** @typedef {{ screen: 'resuming', waits_for: Code | null, retry_in_s: number }} ResumingView */
/** @typedef {{ screen: 'done', institution: string, clock: ClockOff | null }} DoneView */
/** @typedef {{ screen: 'code', institution: string, serial: string, started_on: string, expires_at: string }} TokenView */
/** @typedef {{ screen: 'refusal', code: Code }} RefusalView */
/** @typedef {SetupView | ResumingView | DoneView | TokenView | RefusalView} View */
/** @typedef {{ language: Language, can_copy: boolean, view: View }} Opening */

/** The app said no. */
export class Refused extends Error {
  /** @param {Code} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * @param {string} command
 * @param {Record<string, unknown>} [args]
 */
async function call(command, args) {
  try {
    return await /** @type {any} */ (window).__TAURI__.core.invoke(command, args);
  } catch (why) {
    throw new Refused(/** @type {any} */ (why)?.code ?? 'storage_failed');
  }
}

/** @returns {Promise<Opening>} */
export const open = () => call('open');

/** @param {boolean} mayAsk whether a person pressed a button for it @returns {Promise<View>} */
export const look = (mayAsk) => call('look', { mayAsk });

/** @param {Form} form @returns {Promise<View>} */
export const enrol = (form) => call('enrol', { form });

/** @returns {Promise<View>} */
export const resume = () => call('resume');

/** @returns {Promise<View>} */
export const readDone = () => call('read_done');

/** @param {boolean} isNext @returns {Promise<CodeView>} */
export const showCode = (isNext) => call('show_code', { isNext });

/** @returns {Promise<Tick>} */
export const tick = () => call('tick');

/** @param {boolean} isNext @returns {Promise<number>} the seconds it stays on the clipboard */
export const copyCode = (isNext) => call('copy_code', { isNext });

/** @returns {Promise<View>} */
export const remove = () => call('remove');

/** @param {Language} language @returns {Promise<void>} */
export const chooseLanguage = (language) => call('choose_language', { language });
