// Owns one line that is said and taken back after a while.
// Refuses to know what it says.
// Invariant: no timer runs while it is paused; what was due meanwhile is taken back when it goes on.

import { h } from '../dom.js';

/**
 * @returns {{ element: HTMLElement, say: (words: string, stays?: number) => void, stay: (ms: number) => void, clear: () => void,
 *   pause: () => void, goOn: () => void }} `stays` in ms; without it the words stay until others are said
 */
export function message() {
  const element = h('div', { class: 'status', role: 'status', 'data-testid': 'message' });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let goneAt = Infinity;
  const pause = () => clearTimeout(timer);
  const clear = () => {
    pause();
    goneAt = Infinity;
    element.replaceChildren();
  };
  const goOn = () => {
    pause();
    if (goneAt !== Infinity && document.visibilityState !== 'hidden') timer = setTimeout(clear, Math.max(0, goneAt - performance.now()));
  };
  /** What is said stays for so long from now on. @param {number} ms */
  const stay = (ms) => {
    goneAt = performance.now() + ms;
    goOn();
  };
  /** @param {string} words @param {number} [stays] */
  const say = (words, stays = Infinity) => {
    element.replaceChildren(h('p', {}, words));
    stay(stays);
  };
  return { element, say, stay, clear, pause, goOn };
}
