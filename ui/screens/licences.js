// Owns ライセンス: whose work is in the app and under which licence.
// Refuses to know how the list is made: `cargo xtask licences` writes it.
// Invariant: every part is named with its version and its licence.

import { h } from '../dom.js';
import { header } from '../parts/header.js';
import { LICENCES } from '../licences.js';

/** @param {import('../app.js').LicencesPage} page @param {import('../app.js').Act} act */
export function render(page, act) {
  const words = act.text.licences;
  const back = () => h('button', { type: 'button', 'data-testid': 'back', click: () => act.go(page.back) }, act.text.back);
  return h(
    'main',
    { class: 'screen licences', 'data-testid': 'licences' },
    header(act, words.title),
    h('p', {}, words.lead),
    h('div', { class: 'acts' }, back()),
    ...LICENCES.map(({ licence, parts }) =>
      h('section', { 'data-testid': 'licence' }, h('h2', { lang: 'en' }, licence), h('p', { class: 'hint', lang: 'en' }, parts.join(', ')))),
  );
}
