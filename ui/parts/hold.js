// Owns a button that stays shut for as long as the centre asked to be left alone, and the words for it.
// Refuses to know what the button does.
// Invariant: the words are said again only when they change: once a minute, in the last minute every ten seconds.

import { h } from '../dom.js';
import { beat } from './beat.js';

/** @typedef {import('../app.js').Act} Act */

/**
 * @param {HTMLButtonElement} button
 * @param {number} until a moment of `performance.now()`
 * @param {{ wait: (seconds: number) => string, waited: string }} words
 * @param {Act} act
 * @returns {HTMLElement} where it is said
 */
export function hold(button, until, words, act) {
  const place = h('div', { class: 'status', role: 'status', 'data-testid': 'wait' });
  if (until <= performance.now()) return place;
  const stop = beat(act, 1000, () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.disabled = left > 0;
    const say = left > 0 ? words.wait(left) : words.waited;
    if (place.textContent !== say) place.replaceChildren(h('p', {}, say));
    // It may be over before there is anything to stop.
    if (left <= 0) queueMicrotask(() => stop());
  });
  return place;
}
