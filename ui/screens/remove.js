// Owns 利用解除の案内: where the release is done, and the removal from this device, asked twice.
// Refuses to release anything: that is done on the institution's pages.
// Invariant: nothing is removed before the second 削除する; the way back is always the first to be reached.

import * as api from '../api.js';
import { h } from '../dom.js';
import { header } from '../parts/header.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').RemovePage} RemovePage */

/** @param {RemovePage} page @param {Act} act */
export function render(page, act) {
  const words = act.text.remove;
  const { first: steps, proceed: label } = words.whys[page.why];
  const root = h('main', { class: 'screen remove', 'data-testid': 'remove' });

  const proceed = h('button', { type: 'button', class: 'quiet', 'data-testid': 'proceed', click: () => askAgain() });
  proceed.append(label);
  root.append(
    header(act, words.title),
    h('ol', { class: 'points' }, ...steps.map((step) => h('li', {}, step))),
    h('div', { class: 'acts' }, back(act.text.back, page, act), proceed),
  );

  function askAgain() {
    const confirm = h('button', { type: 'button', class: 'grave', 'data-testid': 'confirm' }, words.confirm);
    confirm.addEventListener('click', async () => {
      confirm.disabled = true;
      await act.attempt(api.remove, page.back);
      act.announce(act.text.setup.removed);
    });
    const top = header(act, words.secondTitle);
    root.replaceChildren(
      top,
      h('p', { class: 'notice warning' }, words.second),
      h('div', { class: 'acts' }, back(words.keep, page, act), confirm),
    );
    top.querySelector('h1')?.focus();
  }
  return root;
}

/** @param {string} label @param {RemovePage} page @param {Act} act */
function back(label, page, act) {
  return h('button', { type: 'button', 'data-testid': 'back', click: () => act.go(page.back) }, label);
}
