// Owns which screen is on, in which language, and what was half typed.
// Refuses to know what a screen looks like and what the app behind the window decides.
// Invariant: one screen at a time; the one that leaves ends its timers before the next is drawn.

import * as api from './api.js';
import { grouped } from './digits.js';
import { h } from './dom.js';
import { announce } from './parts/announcer.js';
import { plain } from './parts/phrases.js';
import * as about from './screens/about.js';
import * as code from './screens/code.js';
import * as done from './screens/done.js';
import * as expiring from './screens/expiring.js';
import * as licences from './screens/licences.js';
import * as refusal from './screens/refusal.js';
import * as remove from './screens/remove.js';
import * as resuming from './screens/resuming.js';
import * as setup from './screens/setup.js';
import * as sign from './screens/sign.js';
import * as stop from './screens/stop.js';
import * as tokens from './screens/tokens.js';
import { en } from './text/en.js';
import { ja } from './text/ja.js';

/** @typedef {import('./text/ja.js').Text} Text */
/** @typedef {import('./text/ja.js').Code} Code */
/** @typedef {import('./api.js').View} View */
/** @typedef {import('./api.js').Language} Language */
/** @typedef {{ screen: 'remove', why: 'released' | 'useless' | 'ended', back: Page }} RemovePage */
/** @typedef {{ screen: 'about', about: import('./api.js').About, status?: import('./api.js').Status, back: Page }} AboutPage
 *   `status`: what the centre said when the page was on before */
/** @typedef {{ screen: 'licences', back: Page }} LicencesPage */
/** @typedef {{ screen: 'stop', back: Page }} StopPage */
/** @typedef {{ screen: 'sign', transaction?: import('./api.js').Transaction, back: Page }} SignPage */
/** @typedef {import('./api.js').ExpiringView & { back?: Page }} ExpiringPage */
/** @typedef {{ screen: 'refusal', code: Code, retry?: () => Promise<View>, back?: Page, until?: number }} RefusalPage
 *   `until`: before this moment of `performance.now()` it is not tried again */
/** @typedef {View | RemovePage | AboutPage | LicencesPage | StopPage | SignPage | ExpiringPage | RefusalPage} Page a View, or a page that only the window knows */
/** @typedef {{ serviceId: string, userId: string, startPassword: string, agreed: boolean }} Draft */

/**
 * What a screen may do.
 * @typedef {object} Act
 * @property {Text} text
 * @property {Language} language
 * @property {Language | null} chosenLanguage none: it follows the system
 * @property {import('./api.js').Settings} settings
 * @property {boolean} canCopy
 * @property {Draft} draft what was half typed; it survives refusals and a change of language
 * @property {(page: Page) => void} go draws another page
 * @property {(action: () => Promise<View>, back?: Page) => Promise<void>} attempt draws what the action answers, or
 *   the refusal with a way to try again
 * @property {(why: unknown, retry?: () => Promise<View>, back?: Page) => void} refuse draws a refusal
 * @property {(language: Language | null, focus?: string) => void} chooseLanguage `focus`: the test id that has it afterwards
 * @property {(settings: import('./api.js').Settings, focus: string) => void} choose
 * @property {(words: string) => void} announce
 * @property {(leave: () => void) => void} whenLeft runs when the next page is drawn
 */

const TEXTS = { ja, en };
const SCREENS = { about, setup, resuming, done, code, expiring, tokens, sign, stop, licences, refusal, remove };

/** @returns {Draft} */
const emptyDraft = () => ({ serviceId: '', userId: '', startPassword: '', agreed: false });

/** @type {Page} */
let page = { screen: 'setup', has_tokens: false };
/** @type {(() => void)[]} */
let leaving = [];

/** @type {Act} */
const act = {
  text: ja,
  language: 'ja',
  chosenLanguage: null,
  settings: { text: 'normal', theme: 'system', offers_next: true },
  canCopy: false,
  draft: emptyDraft(),
  go,
  attempt,
  refuse,
  announce,
  chooseLanguage,
  choose,
  whenLeft: (leave) => leaving.push(leave),
};

/** @param {Page} next */
function go(next) {
  leaving.forEach((leave) => leave());
  leaving = [];
  // What was typed has done its work once a token is there; elsewhere it waits for the member to come back.
  if (next.screen === 'done' || next.screen === 'code') act.draft = emptyDraft();
  page = next;
  const render = /** @type {(page: Page, act: Act) => HTMLElement} */ (SCREENS[next.screen].render);
  const screen = render(next, act);
  document.getElementById('app')?.replaceChildren(screen);
  document.title = screen.querySelector('h1')?.textContent || plain(act.text.title);
  window.scrollTo(0, 0);
  /** @type {HTMLElement | null} */ (screen.querySelector('[autofocus], h1'))?.focus({ preventScroll: true });
}

/** @param {() => Promise<View>} action @param {Page} [back] */
async function attempt(action, back) {
  const from = page;
  try {
    const view = await action();
    if (page === from) go(view.screen === 'refusal' ? { ...view, retry: undefined, back } : view);
  } catch (why) {
    if (page === from) refuse(why, action, back);
  }
}

/** @param {unknown} why @param {() => Promise<View>} [retry] @param {Page} [back] */
function refuse(why, retry, back) {
  const { code, waitS } = why instanceof api.Refused ? why : { code: /** @type {Code} */ ('storage_failed'), waitS: 0 };
  go({ screen: 'refusal', code, retry, back, until: performance.now() + waitS * 1000 });
}

/** @param {Language | null} chosen @param {string} [focus] */
async function chooseLanguage(chosen, focus) {
  const from = page;
  if (chosen) show({ language: chosen, chosen_language: chosen, settings: act.settings }, focus);
  // A choice that could not be kept is asked for again at the next start; nothing else depends on it.
  const manner = await api.chooseLanguage(chosen).catch(() => null);
  if (manner && !chosen && page === from) show(manner, focus);
}

/** @param {api.Settings} settings @param {string} focus */
function choose(settings, focus) {
  show({ language: act.language, chosen_language: act.chosenLanguage, settings }, focus);
  api.chooseSettings(settings).catch(() => undefined);
}

/** Draws the page anew in another manner, where it was. @param {api.Manner} manner @param {string} [focus] */
function show(manner, focus) {
  const top = window.scrollY;
  become(manner);
  go(page);
  if (!focus) return;
  window.scrollTo(0, top);
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-testid="${focus}"]`))?.focus({ preventScroll: true });
}

/** @param {api.Manner} manner */
function become({ language, chosen_language, settings }) {
  act.language = language;
  act.chosenLanguage = chosen_language;
  act.settings = settings;
  act.text = TEXTS[language];
  const root = document.documentElement;
  root.lang = language;
  root.dataset.text = settings.text;
  root.dataset.theme = settings.theme;
}

/** @param {api.Brought | null} brought */
function fillIn(brought) {
  if (brought?.link !== 'setup') return;
  act.draft.serviceId = grouped(brought.service_id);
  act.draft.userId = grouped(brought.user_id);
}

/** A transfer is looked at when nothing else is under way. @param {api.Brought | null} brought @param {Page} from */
function lookAt(brought, from) {
  if (brought?.link !== 'sign') return false;
  go({ screen: 'sign', transaction: { by: 'qr', text: brought.text }, back: from });
  return true;
}

// The app was started once more, with a link: it is for the form that is on, not for one that is being sent.
window.addEventListener('offered', async () => {
  const brought = await api.offered().catch(() => null);
  if (!brought || document.querySelector('[aria-busy="true"]')) return;
  fillIn(brought);
  if (page.screen === 'setup') go(page);
  if (page.screen === 'code' || page.screen === 'tokens') lookAt(brought, page);
});

try {
  const opening = await api.open();
  become(opening.manner);
  act.canCopy = opening.can_copy;
  fillIn(opening.link);
  if (!lookAt(opening.link, opening.view)) go(opening.view);
} catch {
  document.getElementById('app')?.replaceChildren(h('p', { role: 'alert' }, ja.failedStart));
}
