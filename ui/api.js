// Owns the door to the app behind the window: one function per command.
// Refuses to know screens and words.
// Invariant: no other file touches Tauri; a failed call throws a Refused with a code, never a text.

/** @typedef {import('./text/ja.js').Code} Code */
/** @typedef {'ja' | 'en'} Language */
/** @typedef {{ service_id: string, user_id: string, start_password: string }} Form */
/** @typedef {{ is_ahead: boolean, minutes: number, seconds: number }} ClockOff */
/** @typedef {{ step: number, left_ms: number, period_ms: number, was_set: boolean }} Tick */
/** @typedef {{ groups: [string, string], step: number, now: Tick }} CodeView */

/** @typedef {{ screen: 'setup', has_tokens: boolean }} SetupView */
/** @typedef {{ screen: 'resuming', waits_for: Code | null, retry_in_s: number, has_others: boolean }} ResumingView */
/** @typedef {{ screen: 'done', institution: string, clock: ClockOff | null }} DoneView */
/** @typedef {'issued' | 'active' | 'suspended' | 'revoked' | 'replaced' | 'expired' | 'void'} TokenState */
/** @typedef {{ state: TokenState | null, copy_suspected: boolean }} Standing */
/** @typedef {{ screen: 'code', service_id: string, institution: string, serial: string, started_on: string, expires_at: string,
 *   activate_by: string, days_left: number | null, standing: Standing | null, clock: ClockOff | null }} TokenView */
/** @typedef {{ screen: 'expiring', service_id: string, institution: string, serial: string, expires_at: string, days_left: number }} ExpiringView */
/** @typedef {{ slot: number, institution: string, serial: string | null, started_on: string | null, standing: Standing | null,
 *   trouble: Code | null, days_left: number | null }} TokenLine */
/** @typedef {{ institution: string, serial: string | null, has_others: boolean }} Whose */
/** @typedef {{ screen: 'tokens', tokens: TokenLine[], can_add: boolean }} TokensView */
/** @typedef {{ screen: 'refusal', code: Code }} RefusalView */
/** @typedef {'sealed' | 'device_only' | 'hardware_wrapped' | 'hardware_computed'} Level */
/** @typedef {'not_built' | 'missing' | 'forbidden' | 'busy' | 'failed'} WithoutHardware */
/** @typedef {{ level: Level, without_hardware: WithoutHardware | null, version: string }} About */
/** @typedef {{ at: string, purpose: string, result: string }} Use */
/** @typedef {{ standing: Standing, clock: ClockOff | null, wrong_left: number, uses: Use[] }} Status */
/** @typedef {{ by: 'qr', text: string } | { by: 'typed', account: string, amount: string }} Transaction */
/** @typedef {{ bank: string, branch: string, account_type: string, name: string }} Payee */
/** @typedef {{ institution: string, payee: Payee | null, account: string, amount: number }} Shown */
/** @typedef {SetupView | ResumingView | DoneView | TokenView | ExpiringView | TokensView | RefusalView} View */
/** @typedef {{ link: 'setup', service_id: string, user_id: string } | { link: 'sign', text: string }} Brought */
/** @typedef {{ text: 'normal' | 'large' | 'larger' | 'largest', theme: 'system' | 'light' | 'dark', offers_next: boolean }} Settings */
/** @typedef {{ language: Language, chosen_language: Language | null, settings: Settings }} Manner */
/** @typedef {{ manner: Manner, can_copy: boolean, link: Brought | null, view: View, code: CodeView | null }} Opening
 *   `code`: the one that the view shows */

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

/** What the link of a later start brings. @returns {Promise<Brought | null>} */
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

/** No code is on show, and none was asked for. @returns {Promise<void>} */
export const putAway = () => call('put_away');

/** The machine goes to sleep, and no code is on show. @returns {Promise<void>} */
export const blanked = () => call('blanked');

/** @param {number} step the one whose code is on show @returns {Promise<number | null>} the seconds it stays on the clipboard; null when its time is over */
export const copyCode = (step) => call('copy_code', { step });

/** @returns {Promise<View>} */
export const remove = () => call('remove');

/** Throws why not, when what stopped an action is still in the way. Asks nobody. @returns {Promise<void>} */
export const isClear = () => call('is_clear');

/** Whose token the page is about; none where it is about no single one. @returns {Promise<Whose | null>} */
export const whose = () => call('whose');

/** @returns {Promise<View>} */
export const listTokens = () => call('list_tokens');

/** @param {number} slot @returns {Promise<View>} */
export const chooseToken = (slot) => call('choose_token', { slot });

/** @returns {Promise<View>} */
export const addToken = () => call('add_token');

/** 端末情報. @returns {Promise<About>} */
export const about = () => call('about');

/** A pasted text that may be a link. @param {string} text @returns {Promise<Brought | null>} */
export const readLink = (text) => call('read_link', { text });

/** 有効期限のお知らせ was read. @returns {Promise<View>} */
export const readExpiring = () => call('read_expiring');

/** Asks the centre when that is due. @param {boolean} clockWasSet @returns {Promise<boolean>} whether there is something new */
export const check = (clockWasSet) => call('check', { clockWasSet });

/** 時刻・履歴, from the centre. @returns {Promise<Status>} */
export const status = () => call('status');

/** 心当たりがない: stops the token at once. @returns {Promise<Status>} */
export const stop = () => call('stop');

/** @param {Transaction} transaction @returns {Promise<Shown>} */
export const readTransaction = (transaction) => call('read_transaction', { transaction });

/** 確認しました. @param {Transaction} transaction @returns {Promise<CodeView>} */
export const sign = (transaction) => call('sign', { transaction });

/** @param {Settings} settings @returns {Promise<void>} */
export const chooseSettings = (settings) => call('choose_settings', { settings });

/** @param {Language | null} language none: as the system @returns {Promise<Manner>} */
export const chooseLanguage = (language) => call('choose_language', { language });
