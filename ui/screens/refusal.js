// Owns the page that says what happened, what is unchanged and what to do.
// Refuses to know why: it has a code, and the words for it.
// Invariant: every code has at least one way on, or says that another window is the way.

import * as api from '../api.js';
import { h } from '../dom.js';
import { beat } from '../parts/beat.js';
import { header } from '../parts/header.js';
import { hold } from '../parts/hold.js';
import { plate } from '../parts/whose.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').RefusalPage} RefusalPage */
/** @typedef {'retry' | 'back' | 'page-before' | 'tokens' | 'start-over'} Way */

/** The first way of each code is the one to take. @type {Record<import('../app.js').Code, Way[]>} */
const WAYS = {
  enrol_refused: ['back'],
  setup_unfinished: ['back'],
  form_incomplete: ['back'],
  service_unknown: ['back'],
  offline: ['retry', 'back'],
  centre_busy: ['retry', 'back'],
  rate_limited: ['retry', 'back'],
  card_refused: ['back'],
  app_too_old: ['back'],
  vault_too_weak: ['back'],
  foreign_device: ['start-over', 'retry'],
  key_missing: ['retry', 'start-over'],
  vault_locked: ['retry'],
  hardware_silent: ['retry'],
  no_vault: ['retry'],
  vault_full: ['tokens'],
  clock_wrong: ['retry'],
  storage_failed: ['retry', 'start-over'],
  already_open: ['retry'],
  expired: ['retry', 'start-over'],
  device_refused: ['page-before'],
  sign_refused: ['page-before'],
  no_token: ['retry'],
  copy_failed: ['retry'],
};

/** The app keeps how an initialisation ended until it was read. @type {import('../app.js').Code[]} */
const ENDINGS = ['enrol_refused', 'setup_unfinished'];

/** What may go away without a word to this window: it is looked after. @type {import('../app.js').Code[]} */
const PASSING = ['vault_locked', 'no_vault', 'clock_wrong', 'already_open'];
/** How often, ms. */
const WATCH = 2000;

/** What the device's clock alone says: the centre may know better. @type {import('../app.js').Code[]} */
const BY_THE_CLOCK = ['clock_wrong', 'expired'];

/** What stands in the way of one token, not of all. @type {import('../app.js').Code[]} */
const OF_ONE = ['foreign_device', 'key_missing', 'hardware_silent', 'clock_wrong', 'expired', 'device_refused'];

/** @param {RefusalPage} page @param {Act} act */
export function render(page, act) {
  const words = act.text.refusal;
  const { title, what, kept, next } = act.text.refusals[page.code];

  /** @type {Record<Way, () => HTMLButtonElement>} */
  const buttons = {
    retry: () => button('retry', act.text.retry, () => act.attempt(page.retry ?? (() => api.look(true)), page.back)),
    back: () =>
      button('back', words.reenter, () => {
        if (ENDINGS.includes(page.code)) act.attempt(api.readEnding, page.back);
        else act.go(page.back ?? { screen: 'setup', has_tokens: false });
      }),
    'page-before': () => button('back', act.text.back, () => (page.back ? act.go(page.back) : act.attempt(() => api.look(false)))),
    tokens: () => button('open-tokens', words.tokens, () => act.attempt(api.listTokens, page.back)),
    'start-over': () => button('start-over', words.startOver, () => startOver(page, act)),
  };

  const ways = [...WAYS[page.code], ...wayBack(page)].filter((way, at, all) => all.indexOf(way) === at);
  const isPassing = PASSING.includes(page.code);
  if (isPassing) watch(act, page);
  if (BY_THE_CLOCK.includes(page.code)) askTheTime(act, page);
  const made = ways.map((way, at) => quiet(buttons[way](), at > 0));
  const retry = made[ways.indexOf('retry')];
  const acts = h('div', { class: 'acts' }, ...made);
  const root = h(
    'main',
    { class: 'screen refusal', 'data-testid': page.code.replaceAll('_', '-') },
    header(act, title),
    h('section', { class: 'notice warning' }, h('h2', {}, words.what), h('p', {}, what)),
    h('section', {}, h('h2', {}, words.kept), h('p', {}, kept)),
    h('section', {}, h('h2', {}, words.next), h('ol', { class: 'points' }, ...next.map((step) => h('li', {}, step)))),
    isPassing && h('p', { class: 'hint' }, words.watching),
    retry && page.until !== undefined && hold(retry, page.until, words, act),
    acts,
  );
  if (OF_ONE.includes(page.code)) {
    tellWhose(root, act, () => {
      if (!ways.includes('tokens')) acts.append(quiet(buttons.tokens(), true));
    });
  }
  return root;
}

/** One of several tokens: which it is, and that the others are there. @param {HTMLElement} root @param {Act} act @param {() => void} addTheList */
async function tellWhose(root, act, addTheList) {
  const whose = await api.whose().catch(() => null);
  if (!whose?.has_others) return;
  root.querySelector('header')?.after(plate(whose, act.text));
  addTheList();
}

/** @param {RefusalPage} page @param {Act} act */
async function startOver(page, act) {
  const whose = await api.whose().catch(() => null);
  if (act.isOn(page)) act.go({ screen: 'remove', why: page.code === 'expired' ? 'ended' : 'useless', whose, back: page });
}

/** @param {string} id @param {string} label @param {() => void} go */
function button(id, label, go) {
  const element = h('button', { type: 'button', 'data-testid': id }, label);
  element.addEventListener('click', () => {
    element.disabled = true;
    go();
  });
  return element;
}

/** @param {HTMLButtonElement} element @param {boolean} isQuiet */
function quiet(element, isQuiet) {
  element.classList.toggle('quiet', isQuiet);
  return element;
}

/** The page that it came from. @param {RefusalPage} page @returns {Way[]} */
function wayBack(page) {
  if (page.back?.screen === 'setup') return ['back'];
  if (page.back?.screen === 'sign') return ['page-before'];
  return page.back?.screen === 'tokens' ? ['tokens'] : [];
}

/** The centre may know better than this device's clock, and then a code can be shown all the same. @param {Act} act @param {RefusalPage} page */
async function askTheTime(act, page) {
  const isTold = await api.check(false).catch(() => false);
  if (!isTold || !act.isOn(page)) return;
  const view = await api.look(false).catch(() => page);
  const isAsBefore = view.screen === 'refusal' && view.code === page.code;
  if (!isAsBefore && act.isOn(page)) act.go(view.screen === 'refusal' ? { ...view, retry: undefined, back: page.back } : view);
}

/**
 * Looks whether what stopped the action went away, and goes on with the action by itself when it did. It has to be
 * seen in the way first: what a look cannot see would be tried again without end.
 * @param {Act} act
 * @param {RefusalPage} page
 */
function watch(act, page) {
  let wasInTheWay = false;
  let isLooking = false;
  let isGone = false;
  act.whenLeft(() => { isGone = true; });
  beat(act, WATCH, async () => {
    if (isLooking) return;
    isLooking = true;
    const why = await api.isClear().then(() => null, (why) => why);
    isLooking = false;
    if (isGone) return;
    if (why?.code === page.code) wasInTheWay = true;
    else if (wasInTheWay) act.attempt(page.retry ?? (() => api.look(false)), page.back);
  });
}
