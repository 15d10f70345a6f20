// Owns a code on show: its digits, the seconds that are left, its blank, and that a new one is said once.
// Refuses to know what the code is for; it asks for each one.
// Invariant: a code is blanked before the clock is asked again after any pause, and before the machine sleeps. It counts
// down by itself; where that count is not the time any more, the app behind the window says so, and is asked.

import * as api from '../api.js';
import { h } from '../dom.js';
import { message } from './message.js';
import { ring } from './ring.js';
import { tally } from './tally.js';

/** @typedef {import('../app.js').Act} Act */

/** In the last seconds the next code is offered. */
const SOON = 5;
/** The code is hidden after so long without focus, ms. */
const UNUSED = 60_000;
/** A beat that comes later than this was held up: the machine slept, or the window was frozen. ms. */
const HELD_UP = 400;
/** An answer counts from when it was asked for; a code that ends is replaced later by what that took, up to this. ms. */
const ON_ITS_WAY = 50;
/** An answer that is not there by then is asked for again: neither a blank nor an old code may stay. ms. */
const LOST_CODE = 10_000;
const LOST_TICK = 2_000;
/** A clock that is put back by no more than this just after a change (a leap second, a correction) changes nothing. ms. */
const PUT_BACK = 2_000;

/** @typedef {api.CodeView & { began?: number }} Given `began`: when it was asked for, where that was before */

/**
 * @typedef {object} Wanted
 * @property {string} id the test id of the digits
 * @property {(isNext: boolean) => Promise<Given>} ask
 * @property {(why: unknown) => void} failed
 * @property {() => void} [pressed] a press on the digits
 * @property {() => void} [clockWasSet]
 */

/**
 * @typedef {object} LiveCode
 * @property {HTMLElement} shown the digits
 * @property {HTMLElement} left ring and seconds
 * @property {HTMLButtonElement} reveal shows a hidden code
 * @property {ReturnType<typeof message>} message
 * @property {(root: HTMLElement) => Promise<void>} start once `root` holds all of these; its classes tell `soon` and `hidden-code`
 * @property {() => Promise<number>} onShow the step whose code is on show, once one is; 0 when it was hidden or left before
 * @property {(step: number) => void} renew the code of this step is out of date: it is asked for anew
 * @property {() => void} showNext
 */

/** @param {Act} act @param {Wanted} wanted @returns {LiveCode} */
export function liveCode(act, wanted) {
  const words = act.text.code;
  const digits = tally(act.text, wanted.id);
  const circle = ring();
  const number = document.createTextNode('');
  const seconds = h('b', { 'data-testid': 'remaining', role: 'timer', 'aria-live': 'off' }, h('span', {}, number));
  const then = h('span', { class: 'then' }, words.then);
  const said = message();
  const reveal = h('button', { type: 'button', 'data-testid': 'reveal', click: () => unhide() }, words.reveal);
  const shownElement = h('div', { class: 'shown', click: () => (isHidden ? unhide() : wanted.pressed?.()) }, digits.element);
  const left = h(
    'div',
    { class: 'left' },
    circle.element,
    h('p', {}, words.before && `${words.before} `, seconds, ` ${words.after}`, h('br'), then),
  );
  /** @type {HTMLElement} */
  let root = shownElement;

  /** The step on show; 0 while nothing is. */
  let shown = 0;
  /** When the code on show ends, on the clock that no one can set. */
  let ends = 0;
  let period = 0;
  /** How long the answer that says so was on its way. */
  let lag = 0;
  /** By how much the system's clock was ahead of that clock. */
  let ahead = 0;
  const aheadNow = () => Date.now() - performance.now();
  /** The time was moved while a code was asked for. */
  let isMoved = false;
  /** What was announced last: a change is said once, however often the window comes back. */
  let announced = '';
  let isNext = false;
  /** Which question for a code is open; 0 while none is. An answer to an older one is dropped. */
  let asking = 0;
  let asked = 0;
  let isGone = false;
  /** Who waits for a code on show. @type {((step: number) => void)[]} */
  let waiting = [];
  let isHidden = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let expected = 0;

  let isAsleep = false;
  /** Nobody can see it, or the machine goes to sleep: no code stays, no timer runs. */
  const isAway = () => isAsleep || document.visibilityState === 'hidden';
  /** What has the focus and goes away must not take the focus with it. @param {HTMLElement} to */
  const keepFocus = (to) => {
    const at = document.activeElement;
    if (!at || !root.contains(at)) return;
    if (at.getClientRects().length === 0 || getComputedStyle(at).visibility === 'hidden') to.focus({ preventScroll: true });
  };
  const heading = () => /** @type {HTMLElement} */ (root.querySelector('h1') ?? root);

  function blank() {
    shown = 0;
    digits.blank();
    act.announce('');
  }

  /** @param {number} step */
  function answer(step) {
    const told = waiting;
    waiting = [];
    for (const tell of told) tell(step);
  }

  async function ask() {
    if (isGone || isHidden || isAway()) return;
    // While the next code is waited for, the one on show still ends.
    const left = shown === 0 ? LOST_CODE : Math.max(0, ends - performance.now());
    wake(left < LOST_CODE ? again : askAnew, Math.min(LOST_CODE, left));
    if (asking !== 0) return;
    const mine = (asked += 1);
    asking = mine;
    const now = performance.now();
    try {
      const code = await wanted.ask(isNext);
      if (asking !== mine) return;
      learn(code.step, code.now, code.began ?? now);
      if (performance.now() >= ends) return askAnew();
      shown = code.step;
      const spoken = digits.show(code.groups);
      if (spoken !== announced) act.announce(words.changed(spoken));
      announced = spoken;
      count();
      answer(shown);
      if (isMoved) askTheTime();
    } catch (why) {
      if (asking === mine) wanted.failed(why);
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

  /**
   * An answer may be old by as much as it was held up on its way: it counts from when it was asked for.
   * @param {number} step the one whose code it is about @param {api.Tick} now @param {number} began
   */
  function learn(step, now, began) {
    period = now.period_ms;
    ends = began + now.left_ms + (step > now.step ? period : 0);
    lag = Math.min(ON_ITS_WAY, performance.now() - began);
    ahead = aheadNow();
  }

  function count() {
    const leftMs = ends - performance.now();
    const isAhead = leftMs > period;
    if (!isAhead) isNext = false;
    const left = Math.max(1, Math.ceil(leftMs / 1000));
    number.data = String(left);
    circle.show(isAhead ? 1 : left / (period / 1000));
    const isSoon = !isAhead && left <= SOON;
    const wasSoon = root.classList.contains('soon');
    if (wasSoon !== isSoon) root.classList.toggle('soon', isSoon);
    if (wasSoon && !isSoon) keepFocus(heading());
    const say = isNext ? words.nextIsShown : isSoon ? words.soon : words.then;
    if (then.textContent !== say) then.textContent = say;
    const wait = leftMs > 1000 ? (leftMs % 1000 || 1000) + 2 : leftMs + lag + 2;
    expected = performance.now() + wait;
    wake(beat, wait);
  }

  /** A second has passed, or more: then nothing is believed. */
  function beat() {
    const set = aheadNow() - ahead;
    const isHeldUp = performance.now() - expected > HELD_UP || set > HELD_UP;
    if (isHeldUp || performance.now() >= ends) again();
    else if (set < -HELD_UP) askTheTime();
    else count();
  }

  /** The count is not the time any more. */
  function moved() {
    if (isGone || isHidden || isAway()) return;
    if (asking === 0) askTheTime();
    else isMoved = true;
  }

  async function askTheTime() {
    isMoved = false;
    wake(again, Math.max(0, Math.min(LOST_TICK, shown === 0 ? LOST_TICK : ends - performance.now())));
    const began = performance.now();
    const now = await api.tick().catch(() => null);
    const isPast = now !== null && performance.now() - began >= now.left_ms;
    if (isGone || isHidden || isAway()) return;
    if (now?.was_set) wanted.clockWasSet?.();
    const isAhead = now !== null && shown === now.step + 1 && (isNext || now.left_ms <= PUT_BACK);
    if (now && !isPast && shown !== 0 && (shown === now.step || isAhead)) {
      learn(shown, now, began);
      count();
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
    heading().focus();
    ask();
  }

  /** No code is on show for now, and nobody need watch the time. */
  function putAway() {
    asking = 0;
    clearTimeout(timer);
    api.putAway().catch(() => undefined);
  }

  function hide() {
    isHidden = true;
    putAway();
    blank();
    answer(0);
    root.classList.add('hidden-code');
    said.say(words.hidden);
    keepFocus(reveal);
  }

  function unhide() {
    isHidden = false;
    root.classList.remove('hidden-code');
    said.clear();
    keepFocus(heading());
    again();
    since = undefined;
    if (!document.hasFocus()) leave();
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let unused;
  /** Since when it is without focus; undefined while it has it. @type {number | undefined} */
  let since;
  const leave = () => {
    since ??= performance.now();
    clearTimeout(unused);
    if (!isAway() && !isHidden) unused = setTimeout(hide, Math.max(0, since + UNUSED - performance.now()));
  };
  const returned = () => {
    clearTimeout(unused);
    if (since !== undefined && performance.now() - since >= UNUSED && !isHidden) hide();
    if (document.hasFocus()) since = undefined;
    else leave();
    if (isHidden) return;
    said.goOn();
    again();
  };
  const visibility = () => {
    if (!isAway()) return returned();
    leave();
    putAway();
    said.pause();
    if (!isHidden) blank();
    answer(0);
  };
  const slept = (/** @type {Event} */ event) => {
    isAsleep = event.type === 'sleep';
    visibility();
  };

  /** @param {HTMLElement} within */
  async function start(within) {
    root = within;
    for (const event of ['sleep', 'awake']) window.addEventListener(event, slept);
    window.addEventListener('clock', moved);
    window.addEventListener('blur', leave);
    window.addEventListener('focus', returned);
    window.addEventListener('pageshow', returned);
    document.addEventListener('visibilitychange', visibility);
    act.whenLeft(() => {
      isGone = true;
      putAway();
      clearTimeout(unused);
      said.pause();
      blank();
      answer(0);
      for (const event of ['sleep', 'awake']) window.removeEventListener(event, slept);
      window.removeEventListener('clock', moved);
      window.removeEventListener('blur', leave);
      window.removeEventListener('focus', returned);
      window.removeEventListener('pageshow', returned);
      document.removeEventListener('visibilitychange', visibility);
    });
    if (!document.hasFocus()) leave();
    await ask();
  }

  /** @returns {Promise<number>} */
  const onShow = async () => (shown !== 0 || isHidden || isGone ? shown : new Promise((tell) => waiting.push(tell)));
  const renew = (/** @type {number} */ step) => { if (shown === step) again(); };

  return { shown: shownElement, left, reveal, message: said, start, onShow, renew, showNext };
}
