// Owns 利用解除の案内: where the release is done, and the removal from this device, asked twice.
// Refuses to release anything: that is done on the institution's pages.
// Invariant: nothing is removed before the second 削除する; the way back is always the first to be reached.

import * as api from '../api.js';
import { h } from '../dom.js';
import { header } from '../parts/header.js';
import { plate } from '../parts/whose.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').RemovePage} RemovePage */

/** @param {RemovePage} page @param {Act} act */
export function render(page, act) {
  const words = act.text.remove;
  const { first: steps, proceed: label } = words.whys[page.why];
  if (page.isSure) return sure(page, act);
  const proceed = () => act.go({ ...page, isSure: true });
  return screen(page, act, words.title,
    h('ol', { class: 'points' }, ...steps.map((step) => h('li', {}, step))),
    h(
      'div',
      { class: 'acts' },
      back(act.text.back, page, act),
      h('button', { type: 'button', class: 'quiet', 'data-testid': 'proceed', click: proceed }, label),
    ));
}

/** @param {RemovePage} page @param {Act} act */
function sure(page, act) {
  const words = act.text.remove;
  const confirm = h('button', { type: 'button', class: 'grave', 'data-testid': 'confirm' }, words.confirm);
  confirm.addEventListener('click', async () => {
    confirm.disabled = true;
    let isGone = false;
    await act.attempt(async () => {
      const view = await api.remove();
      isGone = true;
      return view;
    }, page.back);
    if (isGone) act.announce(act.text.setup.removed);
  });
  return screen(page, act, words.secondTitle,
    h('p', { class: 'notice warning' }, words.second),
    h('div', { class: 'acts' }, back(words.keep, page, act), confirm));
}

/** @param {RemovePage} page @param {Act} act @param {string} title @param {...HTMLElement} rest */
function screen(page, act, title, ...rest) {
  return h('main', { class: 'screen remove', 'data-testid': 'remove' }, header(act, title), page.whose && plate(page.whose, act.text), ...rest);
}

/** @param {string} label @param {RemovePage} page @param {Act} act */
function back(label, page, act) {
  return h('button', { type: 'button', 'data-testid': 'back', click: () => act.go(page.back) }, label);
}
