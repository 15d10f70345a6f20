// Owns the door to the app behind the window: one function per command.
// Refuses to know screens and words.
// Invariant: no other file touches Tauri; a failed call throws a Refused with a code, never a text.

/** @typedef {import('./text/ja.js').Code} Code */
/** @typedef {'ja' | 'en'} Language */
/** @typedef {{ service_id: string, user_id: string, start_password: string }} Form */
/** @typedef {{ is_ahead: boolean, minutes: number, seconds: number }} ClockOff */
/** @typedef {{ step: number, left_ms: number, period_ms: number }} Tick */
/** @typedef {{ groups: [string, string], step: number, now: Tick }} CodeView */

/** @typedef {{ screen: 'setup', has_tokens: boolean }} SetupView */
/** @typedef {{ screen: 'resuming', waits_for: Code | null, retry_in_s: number }} ResumingView */
/** @typedef {{ screen: 'done', institution: string, clock: ClockOff | null }} DoneView */
/** @typedef {{ screen: 'code', institution: string, serial: string, started_on: string, expires_at: string }} TokenView */
/** @typedef {{ slot: number, institution: string, serial: string | null, trouble: Code | null }} TokenLine */
/** @typedef {{ screen: 'tokens', tokens: TokenLine[], can_add: boolean }} TokensView */
/** @typedef {{ screen: 'refusal', code: Code }} RefusalView */
/** @typedef {'sealed' | 'device_only' | 'hardware_wrapped' | 'hardware_computed'} Level */
/** @typedef {'not_built' | 'missing' | 'forbidden' | 'busy' | 'failed'} WithoutHardware */
/** @typedef {{ level: Level, without_hardware: WithoutHardware | null, version: string }} About */
/** @typedef {SetupView | ResumingView | DoneView | TokenView | TokensView | RefusalView} View */
/** @typedef {{ service_id: string, user_id: string }} Ids */
/** @typedef {{ language: Language, can_copy: boolean, link: Ids | null, view: View }} Opening */

/** The app said no. */
export class Refused extends Error {
  /** @param {Code} code @param {number | null} [waitS] for how long the centre asks to be left alone, seconds */
  constructor(code, waitS) {
    super(code);
    this.code = code;
    this.waitS = waitS ?? 0;
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
    const { code, wait_s: waitS } = /** @type {any} */ (why) ?? {};
    throw new Refused(code ?? 'storage_failed', waitS);
  }
}

/** @returns {Promise<Opening>} */
export const open = () => call('open');

/** What the link of a later start fills the form with. @returns {Promise<Ids | null>} */
export const offered = () => call('offered');

/** @param {boolean} mayAsk whether a person pressed a button for it @returns {Promise<View>} */
export const look = (mayAsk) => call('look', { mayAsk });

/** @param {Form} form @returns {Promise<View>} */
export const enrol = (form) => call('enrol', { form });

/** @returns {Promise<View>} */
export const resume = () => call('resume');

/** @returns {Promise<View>} */
export const readDone = () => call('read_done');

/** The page that says how an initialisation ended was read. @returns {Promise<View>} */
export const readEnding = () => call('read_ending');

/** @param {boolean} isNext @returns {Promise<CodeView>} */
export const showCode = (isNext) => call('show_code', { isNext });

/** @returns {Promise<Tick>} */
export const tick = () => call('tick');

/** @param {boolean} isNext @returns {Promise<number>} the seconds it stays on the clipboard */
export const copyCode = (isNext) => call('copy_code', { isNext });

/** @returns {Promise<View>} */
export const remove = () => call('remove');

/** Throws why not, when what stopped an action is still in the way. Asks nobody. @returns {Promise<void>} */
export const isClear = () => call('is_clear');

/** @returns {Promise<View>} */
export const listTokens = () => call('list_tokens');

/** @param {number} slot @returns {Promise<View>} */
export const chooseToken = (slot) => call('choose_token', { slot });

/** @returns {Promise<View>} */
export const addToken = () => call('add_token');

/** 端末情報. @returns {Promise<About>} */
export const about = () => call('about');

/** @param {Language} language @returns {Promise<void>} */
export const chooseLanguage = (language) => call('choose_language', { language });
