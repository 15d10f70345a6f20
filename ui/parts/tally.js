// Owns how a code looks: two halves of a tally with four digits each.
// Refuses to know which code it is and for how long.
// Invariant: the digits are text, spoken one by one; nothing of an old code stays when another is shown.

import { h } from '../dom.js';

const BLANK = '‒‒‒‒';
/** When the halves meet they are drawn so often, after so many ms: a style that moves by itself is drawn sixty times a second. */
const STEPS = 3;
const STEP = 70;

/**
 * @param {import('../text/ja.js').Text} text
 * @param {string} id its test id
 * @returns {{ element: HTMLElement, show: (groups: [string, string]) => string, blank: () => void }}
 *   `show` answers with the words for it
 */
export function tally(text, id) {
  const halves = [h('span', { class: 'half' }), h('span', { class: 'half' })];
  const element = h('div', { class: 'tally', 'data-testid': id }, ...halves);
  /** What is there when the page is drawn for the first time does not move: nobody saw the halves apart. */
  let isDrawn = false;
  requestAnimationFrame(() => { isDrawn = true; });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let moving;
  /** The halves come together, step by step. Whoever asks for less motion sees none. @param {number} apart */
  const meet = (apart) => {
    clearTimeout(moving);
    if (apart === 0) return element.removeAttribute('data-apart');
    element.dataset.apart = String(apart);
    moving = setTimeout(() => meet(apart - 1), STEP);
  };
  /** @param {[string, string]} groups */
  const show = (groups) => {
    if (isDrawn) meet(STEPS);
    const spoken = text.code.spoken(...groups);
    halves.forEach((half, at) => half.replaceChildren(h('span', {}, groups[at])));
    element.setAttribute('role', 'img');
    element.setAttribute('aria-label', spoken);
    element.classList.remove('blank');
    return spoken;
  };
  const blank = () => {
    meet(0);
    for (const half of halves) half.replaceChildren(h('span', { 'aria-hidden': 'true' }, BLANK));
    // A picture without a name would be told as one; a blank is nothing to tell.
    element.removeAttribute('role');
    element.removeAttribute('aria-label');
    element.classList.add('blank');
  };
  blank();
  return { element, show, blank };
}
