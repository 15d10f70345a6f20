// Owns which screen is on, in which language, and what was half typed.
// Refuses to know what a screen looks like and what the app behind the window decides.
// Invariant: one screen at a time; the one that leaves ends its timers before the next is drawn.

import * as api from './api.js';
import { grouped } from './digits.js';
import { h } from './dom.js';
import { announce } from './parts/announcer.js';
import { plain } from './parts/phrases.js';
import * as code from './screens/code.js';
import { en } from './text/en.js';
import { ja } from './text/ja.js';

/** @typedef {import('./text/ja.js').Text} Text */
/** @typedef {import('./text/ja.js').Code} Code */
/** @typedef {import('./api.js').View} View */
/** @typedef {import('./api.js').Language} Language */
/** @typedef {import('./parts/whose.js').Whose} Whose */
/** @typedef {{ screen: 'remove', why: 'released' | 'useless' | 'ended', whose: Whose | null, isSure?: boolean, back: Page }} RemovePage
 *   `isSure`: it is asked for the second time */
/** @typedef {{ screen: 'about', whose: Whose, about: import('./api.js').About, status?: import('./api.js').Status, back: Page }} AboutPage
 *   `status`: what the centre said when the page was on before */
/** @typedef {{ screen: 'licences', back: Page }} LicencesPage */
/** @typedef {{ screen: 'stop', step: 'first' | 'second' | 'failed' | 'stopped', whose: Whose, isAsking?: boolean, code?: Code,
 *   until?: number, back: Page }} StopPage `code`: why the centre could not be told; before `until` it is not told again */
/** @typedef {{ qr: string, account: string, amount: string }} SignDraft what was half typed */
/** @typedef {{ screen: 'sign', draft?: SignDraft, transaction?: import('./api.js').Transaction, shown?: import('./api.js').Shown,
 *   ends?: number, back: Page }} SignPage a form; with a transaction read from it, what is looked at; with `ends`, its code, until then */
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
 * @property {import('./api.js').Brought | null} link what a link brought, until the page that it is for is on
 * @property {() => import('./parts/live_code.js').Given | null} first the code that came with the first page, once
 * @property {(page: Page) => void} go draws another page
 * @property {(page: Page) => boolean} isOn whether it is still this page that is on
 * @property {(action: () => Promise<View>, back?: Page) => Promise<void>} attempt draws what the action answers, or
 *   the refusal with a way to try again
 * @property {(why: unknown, retry?: () => Promise<View>, back?: Page) => void} refuse draws a refusal
 * @property {(language: Language | null, focus?: string) => void} chooseLanguage `focus`: the test id that has it afterwards
 * @property {(settings: import('./api.js').Settings, focus: string) => void} choose
 * @property {(words: string) => void} announce
 * @property {(leave: () => void) => void} whenLeft runs when the next page is drawn
 */

const TEXTS = { ja, en };
/** The screens that are loaded. @type {Partial<Record<Page['screen'], { render: unknown }>>} */
const SCREENS = { code };
/** Most starts show a code, and are not to wait for the others. @type {Promise<void> | undefined} */
let loading;
const loadOthers = () => (loading ??= import('./other_screens.js').then((others) => void Object.assign(SCREENS, others)));

/** @returns {Draft} */
const emptyDraft = () => ({ serviceId: '', userId: '', startPassword: '', agreed: false });

/** @type {Page} */
let page = { screen: 'setup', has_tokens: false };
/** @type {(() => void)[]} */
let leaving = [];
/** @type {import('./parts/live_code.js').Given | null} */
let first = null;

/** @type {Act} */
const act = {
  text: ja,
  language: 'ja',
  chosenLanguage: null,
  settings: { text: 'normal', theme: 'system', offers_next: true },
  canCopy: false,
  draft: emptyDraft(),
  link: null,
  first() {
    const code = first;
    first = null;
    return code;
  },
  go,
  isOn: (one) => one === page,
  attempt,
  refuse,
  announce,
  chooseLanguage,
  choose,
  whenLeft: (leave) => leaving.push(leave),
};

/** @param {Page} wanted */
function go(wanted) {
  const next = withLink(wanted);
  const screen = SCREENS[next.screen];
  if (screen) draw(next, screen);
  else goOnceLoaded(next);
}

/** In the first moments after the start. What was wanted last is drawn. @param {Page} next */
function goOnceLoaded(next) {
  page = next;
  loadOthers().then(() => { if (page === next) go(next); }).catch(fail);
}

function fail() {
  document.getElementById('app')?.replaceChildren(h('p', { role: 'alert' }, ja.failedStart));
}

/** @param {Page} next @param {{ render: unknown }} screen */
function draw(next, { render }) {
  leaving.forEach((leave) => leave());
  leaving = [];
  // What was typed has done its work once a token is there; elsewhere it waits for the member to come back.
  if (next.screen === 'done' || next.screen === 'code') act.draft = emptyDraft();
  page = next;
  const screen = /** @type {(page: Page, act: Act) => HTMLElement} */ (render)(next, act);
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

/**
 * What a link brought is taken by the page that it is for: IDs by the form, a transfer where nothing else is under way.
 * @param {Page} next
 * @returns {Page} what is drawn
 */
function withLink(next) {
  const brought = act.link;
  if (brought?.link === 'setup' && next.screen === 'setup') {
    act.link = null;
    act.draft.serviceId = grouped(brought.service_id);
    act.draft.userId = grouped(brought.user_id);
  }
  if (brought?.link === 'sign' && (next.screen === 'code' || next.screen === 'tokens')) {
    act.link = null;
    return { screen: 'sign', transaction: { by: 'qr', text: brought.text }, back: next };
  }
  return next;
}

// The app was started once more, with a link: it is for the form that is on, not for one that is being sent.
window.addEventListener('offered', async () => {
  const brought = await api.offered().catch(() => null);
  if (!brought || document.querySelector('[aria-busy="true"]')) return;
  act.link = brought;
  if (page.screen === 'setup' || page.screen === 'code' || page.screen === 'tokens') go(page);
});

// The machine goes to sleep. The page that is on takes its code away by itself; two frames later that is drawn.
window.addEventListener('sleep', () => {
  const tell = () => void api.blanked().catch(() => undefined);
  if (document.visibilityState === 'hidden') tell();
  else requestAnimationFrame(() => requestAnimationFrame(tell));
});

try {
  const began = performance.now();
  const opening = await api.open();
  if (opening.code) first = { ...opening.code, began };
  become(opening.manner);
  act.canCopy = opening.can_copy;
  act.link = opening.link;
  go(opening.view);
  // What a link brought was drawn instead, or nobody can see the window.
  if (act.first()) api.putAway().catch(() => undefined);
  // The first page is drawn before anything else is asked for.
  requestAnimationFrame(() => requestAnimationFrame(loadOthers));
} catch {
  fail();
}
