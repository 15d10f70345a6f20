// Owns the page that says what happened, what is unchanged and what to do.
// Refuses to know why: it has a code, and the words for it.
// Invariant: every code has at least one way on, or says that another window is the way.

import * as api from '../api.js';
import { h } from '../dom.js';
import { header } from '../parts/header.js';

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
  expired: ['start-over'],
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
    tokens: () => button('tokens', words.tokens, () => act.attempt(api.listTokens, page.back)),
    'start-over': () =>
      button('start-over', words.startOver, () => act.go({ screen: 'remove', why: 'useless', back: page })),
  };

  const ways = [...WAYS[page.code], ...wayBack(page)].filter((way, at, all) => all.indexOf(way) === at);
  const isPassing = PASSING.includes(page.code);
  if (isPassing) watch(act, page);
  if (page.code === 'clock_wrong') askTheTime(act, page);
  const wait = h('p', { class: 'status', role: 'status', 'data-testid': 'wait' });
  const made = ways.map((way, at) => quiet(buttons[way](), at > 0));
  const retry = made[ways.indexOf('retry')];
  if (retry && page.until) holdBack(retry, page.until, wait, words, act);
  return h(
    'main',
    { class: 'screen refusal', 'data-testid': page.code.replaceAll('_', '-') },
    header(act, title),
    h('section', { class: 'notice warning' }, h('h2', {}, words.what), h('p', {}, what)),
    h('section', {}, h('h2', {}, words.kept), h('p', {}, kept)),
    h('section', {}, h('h2', {}, words.next), h('ol', { class: 'points' }, ...next.map((step) => h('li', {}, step)))),
    isPassing && h('p', { class: 'hint' }, words.watching),
    wait,
    h('div', { class: 'acts' }, ...made),
  );
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

/**
 * Keeps 再試行 shut for as long as the centre asked, and says how long that is.
 * @param {HTMLButtonElement} retry
 * @param {number} until
 * @param {HTMLElement} wait
 * @param {import('../text/ja.js').Text['refusal']} words
 * @param {Act} act
 */
function holdBack(retry, until, wait, words, act) {
  const count = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    retry.disabled = left > 0;
    const say = left > 0 ? words.wait(left) : words.waited;
    // Said again only when the words change: once a minute, in the last minute every ten seconds.
    if (wait.textContent !== say) wait.textContent = say;
    if (left <= 0) clearInterval(timer);
  };
  if (until <= performance.now()) return;
  const timer = setInterval(count, 1000);
  act.whenLeft(() => clearInterval(timer));
  count();
}

/** The page that it came from. @param {RefusalPage} page @returns {Way[]} */
function wayBack(page) {
  if (page.back?.screen === 'setup') return ['back'];
  if (page.back?.screen === 'stop') return ['page-before'];
  return page.back?.screen === 'tokens' ? ['tokens'] : [];
}

/** The centre may know better than this device's clock, and then a code can be shown all the same. @param {Act} act @param {RefusalPage} page */
async function askTheTime(act, page) {
  let isGone = false;
  act.whenLeft(() => { isGone = true; });
  const isTold = await api.check(false).catch(() => false);
  if (isTold && !isGone) act.attempt(() => api.look(false), page.back);
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
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    const why = await api.isClear().then(() => null, (why) => why);
    isLooking = false;
    if (isGone) return;
    if (why?.code === page.code) wasInTheWay = true;
    else if (wasInTheWay) act.attempt(page.retry ?? (() => api.look(false)), page.back);
  };
  const timer = setInterval(look, WATCH);
  let isGone = false;
  act.whenLeft(() => {
    isGone = true;
    clearInterval(timer);
  });
  look();
}
