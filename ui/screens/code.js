// Owns ワンタイムパスワード: the code on show, the seconds that are left, the token's facts.
// Refuses to know keys and how a code is made; it asks for each one.
// Invariant: a code is blanked before the clock is asked again after any pause, so that none is shown past its step.

import * as api from '../api.js';
import { h } from '../dom.js';
import { facts } from '../parts/facts.js';
import { top } from '../parts/menu.js';
import { notes } from '../parts/notes.js';
import { plain } from '../parts/phrases.js';
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
/** A clock that is put back by no more than this just after a change (a leap second, a correction) changes nothing. ms. */
const PUT_BACK = 2_000;

/** @param {TokenView} view @param {Act} act */
export function render(view, act) {
  const words = act.text.code;
  const digits = tally(act.text);
  const circle = ring();
  const seconds = h('b', { 'data-testid': 'remaining', role: 'timer', 'aria-live': 'off' });
  const then = h('span', { class: 'then' }, words.then);
  const message = h('div', { class: 'status', role: 'status', 'data-testid': 'message' });
  const noted = notes(view, act);
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
      noted.above,
      h('div', { class: 'shown', click: () => act.canCopy && copyIt() }, digits.element),
      h('div', { class: 'left' }, circle.element, h('p', {}, `${words.before} `, seconds, ` ${words.after}`, h('br'), then)),
      h('div', { class: 'acts' }, act.canCopy && copy, act.settings.offers_next && next, reveal),
      message,
      noted.below,
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
  let goneAt = Infinity;
  let expected = 0;

  /** Nobody can see it: no code stays, no timer runs. */
  const isAway = () => document.visibilityState === 'hidden';

  function blank() {
    shown = 0;
    digits.blank();
    act.announce('');
  }

  async function ask() {
    if (isGone || isHidden || isAway()) return;
    wake(askAnew, LOST_CODE);
    if (asking !== 0) return;
    const mine = (asked += 1);
    asking = mine;
    try {
      const code = await api.showCode(isNext);
      if (asking !== mine) return;
      shown = code.step;
      ends = performance.now() + code.now.left_ms + (shown > code.now.step ? code.now.period_ms : 0);
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
    const say = isNext && isAhead ? words.nextIsShown : isSoon ? words.soon : words.then;
    if (then.textContent !== say) then.textContent = say;
    const wait = (now.left_ms % 1000 || 1000) + 2;
    expected = performance.now() + wait;
    wake(tick, wait);
  }

  async function tick() {
    const isLate = performance.now() - expected > HELD_UP;
    if (isLate || performance.now() >= ends) blank();
    wake(again, Math.max(0, Math.min(LOST_TICK, shown === 0 ? LOST_TICK : ends - performance.now())));
    const now = await api.tick().catch(() => null);
    if (isGone || isHidden || isAway()) return;
    if (now?.was_set) tellOfTheClock();
    const isAhead = now !== null && shown === now.step + 1 && (isNext || now.left_ms <= PUT_BACK);
    if (now && shown !== 0 && (shown === now.step || isAhead)) {
      if (shown === now.step) isNext = false;
      ends = performance.now() + now.left_ms + (isAhead ? now.period_ms : 0);
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
      goneAt = performance.now() + stays * 1000;
      takeBack();
    } catch (why) {
      const code = why instanceof api.Refused ? why.code : 'copy_failed';
      if (code === 'copy_failed') say(plain(act.text.refusals.copy_failed.title));
      else act.refuse(why, () => api.look(true));
    }
  }

  /** @param {string} text */
  function say(text) {
    clearTimeout(gone);
    goneAt = Infinity;
    message.replaceChildren(h('p', {}, text));
  }

  /** What is said of the clipboard is said for as long as the code is on it. */
  function takeBack() {
    clearTimeout(gone);
    if (goneAt !== Infinity) gone = setTimeout(() => message.replaceChildren(), Math.max(0, goneAt - performance.now()));
  }

  /** Whoever set the clock may have set it right or wrong: only the centre can tell. */
  function tellOfTheClock() {
    say(words.clockWasSet);
    check(true);
  }

  /** @param {boolean} clockWasSet */
  async function check(clockWasSet) {
    const isNews = await api.check(clockWasSet).catch(() => false);
    if (isNews && !isGone) await noted.look();
  }

  function hide() {
    isHidden = true;
    asking = 0;
    clearTimeout(timer);
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
  /** Since when it is without focus; undefined while it has it. @type {number | undefined} */
  let since;
  const left = () => {
    since ??= performance.now();
    clearTimeout(unused);
    if (!isAway() && !isHidden) unused = setTimeout(hide, Math.max(0, since + UNUSED - performance.now()));
  };
  const returned = () => {
    clearTimeout(unused);
    if (since !== undefined && performance.now() - since >= UNUSED && !isHidden) hide();
    if (document.hasFocus()) since = undefined;
    else left();
    if (isHidden) return;
    takeBack();
    again();
  };
  const visibility = () => {
    if (!isAway()) return returned();
    left();
    asking = 0;
    clearTimeout(timer);
    clearTimeout(gone);
    if (!isHidden) blank();
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
  ask().then(() => check(false));
  return root;
}
