// Owns which screen is on, in which language, and what was half typed.
// Refuses to know what a screen looks like and what the app behind the window decides.
// Invariant: one screen at a time; the one that leaves ends its timers before the next is drawn.

import * as api from './api.js';
import { grouped } from './digits.js';
import { h } from './dom.js';
import { announce } from './parts/announcer.js';
import * as about from './screens/about.js';
import * as code from './screens/code.js';
import * as done from './screens/done.js';
import * as refusal from './screens/refusal.js';
import * as remove from './screens/remove.js';
import * as resuming from './screens/resuming.js';
import * as setup from './screens/setup.js';
import * as tokens from './screens/tokens.js';
import { en } from './text/en.js';
import { ja } from './text/ja.js';

/** @typedef {import('./text/ja.js').Text} Text */
/** @typedef {import('./text/ja.js').Code} Code */
/** @typedef {import('./api.js').View} View */
/** @typedef {import('./api.js').Language} Language */
/** @typedef {{ screen: 'remove', isUseless: boolean, back: Page }} RemovePage */
/** @typedef {{ screen: 'about', about: import('./api.js').About, back: Page }} AboutPage */
/** @typedef {{ screen: 'refusal', code: Code, retry?: () => Promise<View>, back?: Page, until?: number }} RefusalPage
 *   `until`: before this moment of `performance.now()` it is not tried again */
/** @typedef {View | RemovePage | AboutPage | RefusalPage} Page a View, or a page that only the window knows */
/** @typedef {{ serviceId: string, userId: string, startPassword: string, agreed: boolean }} Draft */

/**
 * What a screen may do.
 * @typedef {object} Act
 * @property {Text} text
 * @property {Language} language
 * @property {boolean} canCopy
 * @property {Draft} draft what was half typed; it survives refusals and a change of language
 * @property {(page: Page) => void} go draws another page
 * @property {(action: () => Promise<View>, back?: Page) => Promise<void>} attempt draws what the action answers, or
 *   the refusal with a way to try again
 * @property {(why: unknown, retry?: () => Promise<View>, back?: Page) => void} refuse draws a refusal
 * @property {(language: Language) => void} chooseLanguage
 * @property {(words: string) => void} announce
 * @property {(leave: () => void) => void} whenLeft runs when the next page is drawn
 */

const TEXTS = { ja, en };
const SCREENS = { about, setup, resuming, done, code, tokens, refusal, remove };

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
  canCopy: false,
  draft: emptyDraft(),
  go,
  attempt,
  refuse,
  announce,
  chooseLanguage,
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
  document.title = screen.querySelector('h1')?.textContent || act.text.title;
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

/** @param {Language} language */
async function chooseLanguage(language) {
  speak(language);
  go(page);
  // A choice that could not be kept is asked for again at the next start; nothing else depends on it.
  await api.chooseLanguage(language).catch(() => undefined);
}

/** @param {Language} language */
function speak(language) {
  act.language = language;
  act.text = TEXTS[language];
  document.documentElement.lang = language;
}

/** @param {api.Ids | null} ids */
function fillIn(ids) {
  if (!ids) return;
  act.draft.serviceId = grouped(ids.service_id);
  act.draft.userId = grouped(ids.user_id);
}

// The app was started once more, with a link: it is for the form that is on, not for one that is being sent.
window.addEventListener('offered', async () => {
  const ids = await api.offered().catch(() => null);
  if (!ids || document.querySelector('[aria-busy="true"]')) return;
  fillIn(ids);
  if (page.screen === 'setup') go(page);
});

try {
  const opening = await api.open();
  speak(opening.language);
  act.canCopy = opening.can_copy;
  fillIn(opening.link);
  go(opening.view);
} catch {
  document.getElementById('app')?.replaceChildren(h('p', { role: 'alert' }, ja.failedStart));
}
