// Owns the plate that says whose token a page is about: the institution, and シリアルNo.
// Refuses to know which page it is.
// Invariant: what is not known of a token is left out, never made up.

import { h } from '../dom.js';

/** @typedef {{ institution: string, serial: string | null }} Whose */

/** @param {Whose} whose @param {import('../text/ja.js').Text} text */
export function plate(whose, text) {
  return h(
    'section',
    { class: 'plate whose' },
    h('p', { class: 'name', 'data-testid': 'institution' }, whose.institution || text.tokens.unnamed),
    whose.serial && h('p', {}, `${text.code.serial} `, h('span', { 'data-testid': 'serial' }, whose.serial)),
  );
}
