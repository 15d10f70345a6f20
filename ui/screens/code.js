// Owns ワンタイムパスワード: the code on show, the seconds that are left, the token's facts.
// Refuses to know keys and how a code is made; it asks for each one.
// Invariant: a code is blanked before the clock is asked again after any pause, so that none is shown past its step.

import * as api from '../api.js';
import { h } from '../dom.js';
import { languageButton } from '../parts/header.js';
import { ring } from '../parts/ring.js';
import { tally } from '../parts/tally.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../api.js').TokenView} TokenView */

/** In the last seconds the next code is offered. */
const SOON = 5;
/** The code is hidden after so long without focus, ms. */
const UNUSED = 60_000;
/** A tick that comes later than this was held up: the machine slept, or the window was frozen. ms. */
const HELD_UP = 400;
/** An answer that is not there by then is asked for again: neither a blank nor an old code may stay. ms. */
const LOST_CODE = 10_000;
const LOST_TICK = 2_000;

/** @param {TokenView} view @param {Act} act */
export function render(view, act) {
  const words = act.text.code;
  const digits = tally(act.text);
  const circle = ring();
  const seconds = h('b', { 'data-testid': 'remaining', role: 'timer', 'aria-live': 'off' });
  const then = h('span', { class: 'then' }, words.then);
  const message = h('div', { class: 'status', role: 'status', 'data-testid': 'message' });
  const next = h('button', { type: 'button', class: 'quiet', 'data-testid': 'next-code', click: () => showNext() }, words.next);
  const copy = h('button', { type: 'button', 'data-testid': 'copy', click: () => copyIt() }, words.copy);
  const reveal = h('button', { type: 'button', 'data-testid': 'reveal', click: () => unhide() }, words.reveal);
  const root = h(
    'main',
    { class: 'screen code', 'data-testid': 'code' },
    top(view, act),
    h(
      'div',
      { class: 'middle' },
      h('div', { class: 'shown', click: () => act.canCopy && copyIt() }, digits.element),
      h('div', { class: 'left' }, circle.element, h('p', {}, `${words.before} `, seconds, ` ${words.after}`, h('br'), then)),
      h('div', { class: 'acts' }, act.canCopy && copy, next, reveal),
      message,
    ),
    facts(view, words),
  );

  /** The step on show; 0 while nothing is. */
  let shown = 0;
  /** When the code on show ends, on the clock that no one can set. */
  let ends = 0;
  /** What was announced last: a change is said once, however often the window comes back. */
  let said = '';
  let isNext = false;
  /** Which question for a code is open; 0 while none is. An answer to an older one is dropped. */
  let asking = 0;
  let asked = 0;
  let isGone = false;
  let isHidden = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let gone;
  let expected = 0;

  function blank() {
    shown = 0;
    digits.blank();
    act.announce('');
  }

  async function ask() {
    if (isGone || isHidden) return;
    wake(askAnew, LOST_CODE);
    if (asking !== 0) return;
    const mine = (asked += 1);
    asking = mine;
    try {
      const code = await api.showCode(isNext);
      if (asking !== mine) return;
      shown = code.step;
      ends = performance.now() + code.now.left_ms;
      const spoken = digits.show(code.groups);
      if (spoken !== said) act.announce(words.changed(spoken));
      said = spoken;
      count(code.now);
    } catch (why) {
      if (asking === mine) act.refuse(why, () => api.look(true));
    } finally {
      if (asking === mine) asking = 0;
    }
  }

  function askAnew() {
    asking = 0;
    ask();
  }

  /** One thing at a time is waited for. @param {() => void} then @param {number} ms */
  function wake(then, ms) {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
  }

  /** @param {import('../api.js').Tick} now */
  function count(now) {
    const isAhead = shown > now.step;
    const left = Math.ceil(now.left_ms / 1000) + (isAhead ? now.period_ms / 1000 : 0);
    seconds.textContent = String(left);
    circle.show(isAhead ? 1 : left / (now.period_ms / 1000));
    const isSoon = !isAhead && left <= SOON;
    root.classList.toggle('soon', isSoon);
    root.classList.toggle('can-go-on', isSoon);
    const say = isAhead ? words.nextIsShown : isSoon ? words.soon : words.then;
    if (then.textContent !== say) then.textContent = say;
    const wait = (now.left_ms % 1000 || 1000) + 2;
    expected = performance.now() + wait;
    wake(tick, wait);
  }

  async function tick() {
    const isLate = performance.now() - expected > HELD_UP;
    if (!isNext && (isLate || performance.now() >= ends)) blank();
    wake(again, LOST_TICK);
    const now = await api.tick().catch(() => null);
    if (isGone || isHidden) return;
    if (now && shown !== 0 && (shown === now.step || (isNext && shown === now.step + 1))) {
      if (shown === now.step) {
        isNext = false;
        ends = performance.now() + now.left_ms;
      }
      count(now);
    } else {
      again();
    }
  }

  /** Nothing is believed of what is on show until the clock was asked. */
  function again() {
    isNext = false;
    blank();
    ask();
  }

  function showNext() {
    isNext = true;
    // The button goes away; the focus must not go with it.
    root.querySelector('h1')?.focus();
    ask();
  }

  async function copyIt() {
    if (shown === 0) return;
    try {
      const stays = await api.copyCode(isNext);
      say(words.copied(stays));
      clearTimeout(gone);
      gone = setTimeout(() => message.replaceChildren(), stays * 1000);
    } catch (why) {
      const code = why instanceof api.Refused ? why.code : 'copy_failed';
      if (code === 'copy_failed') say(act.text.refusals.copy_failed.title);
      else act.refuse(why, () => api.look(true));
    }
  }

  /** @param {string} text */
  function say(text) {
    message.replaceChildren(h('p', {}, text));
  }

  function hide() {
    isHidden = true;
    asking = 0;
    clearTimeout(timer);
    clearTimeout(gone);
    blank();
    root.classList.add('hidden-code');
    say(words.hidden);
  }

  function unhide() {
    isHidden = false;
    root.classList.remove('hidden-code');
    message.replaceChildren();
    again();
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let unused;
  const left = () => {
    clearTimeout(unused);
    unused = setTimeout(hide, UNUSED);
  };
  const returned = () => {
    clearTimeout(unused);
    if (!isHidden) again();
  };
  const visibility = () => {
    if (document.visibilityState === 'visible') returned();
    else blank();
  };
  window.addEventListener('blur', left);
  window.addEventListener('focus', returned);
  window.addEventListener('pageshow', returned);
  document.addEventListener('visibilitychange', visibility);
  act.whenLeft(() => {
    isGone = true;
    asking = 0;
    clearTimeout(timer);
    clearTimeout(unused);
    clearTimeout(gone);
    blank();
    window.removeEventListener('blur', left);
    window.removeEventListener('focus', returned);
    window.removeEventListener('pageshow', returned);
    document.removeEventListener('visibilitychange', visibility);
  });
  ask();
  return root;
}

/** @param {TokenView} view @param {Act} act */
function top(view, act) {
  const menu = h(
    'details',
    { class: 'menu' },
    h('summary', { 'data-testid': 'menu', 'aria-label': act.text.menu }, '☰'),
    h(
      'nav',
      { 'aria-label': act.text.menu },
      h('button', {
        type: 'button',
        class: 'quiet',
        'data-testid': 'open-tokens',
        click: () => act.attempt(api.listTokens, view),
      }, act.text.code.tokens),
      h('button', { type: 'button', class: 'quiet', 'data-testid': 'open-about', click: () => tell(view, act) }, act.text.code.about),
      h('button', {
        type: 'button',
        class: 'quiet',
        'data-testid': 'open-remove',
        click: () => act.go({ screen: 'remove', isUseless: false, back: view }),
      }, act.text.code.remove),
      languageButton(act),
    ),
  );
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
  menu.addEventListener('focusout', (event) => {
    if (!menu.contains(/** @type {Node | null} */ (event.relatedTarget))) menu.open = false;
  });
  return h(
    'header',
    { class: 'top' },
    h(
      'div',
      {},
      h('h1', { class: 'hint', tabindex: -1 }, act.text.code.title),
      h('p', { class: 'name', 'data-testid': 'institution' }, view.institution),
    ),
    menu,
  );
}

/** @param {TokenView} view @param {Act} act */
async function tell(view, act) {
  try {
    act.go({ screen: 'about', about: await api.about(), back: view });
  } catch (why) {
    act.refuse(why, () => api.look(true), view);
  }
}

/** @param {TokenView} view @param {import('../text/ja.js').Text['code']} words */
function facts(view, words) {
  return h(
    'dl',
    { class: 'facts' },
    h('dt', {}, words.serial),
    h('dd', { 'data-testid': 'serial' }, view.serial),
    h('dt', {}, words.startedOn),
    h('dd', { 'data-testid': 'started-on' }, view.started_on),
    h('dt', {}, words.expiresAt),
    h('dd', {}, h('span', { 'data-testid': 'expires-at' }, view.expires_at), ' ', h('span', { class: 'hint' }, words.japanTime)),
  );
}
