// Owns what is said where a link with the IDs of a new token came, and a token is there already.
// Refuses to know who sent the link.
// Invariant: nothing happens by the link alone; the member opens the form, or lets it be.

import * as api from '../api.js';
import { h } from '../dom.js';

/** @typedef {import('../app.js').Act} Act */

/** @param {import('../app.js').Page} page @param {Act} act @returns {HTMLElement | null} */
export function offered(page, act) {
  if (act.link?.link !== 'setup') return null;
  const words = act.text.offered;
  const add = h('button', { type: 'button', class: 'quiet small', 'data-testid': 'add-offered' }, act.text.tokens.add);
  add.addEventListener('click', () => {
    add.disabled = true;
    act.attempt(api.addToken, page);
  });
  const close = () => {
    act.link = null;
    act.go(page);
  };
  return h(
    'section',
    { class: 'notice note', 'data-testid': 'offered' },
    h('p', {}, h('span', { class: 'mark', 'aria-hidden': 'true' }, 'ⓘ '), words.said),
    add,
    ' ',
    h('button', { type: 'button', class: 'quiet small', 'data-testid': 'close-offered', click: close }, words.close),
  );
}
