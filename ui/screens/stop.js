// Owns 心当たりがない: what it does, asked twice, and what comes after it.
// Refuses to know the token: the app behind the window tells the centre which one it is.
// Invariant: nothing is stopped before the second 停止する; the way back is always the first to be reached.

import * as api from '../api.js';
import { h } from '../dom.js';
import { header } from '../parts/header.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').StopPage} StopPage */

/** @param {StopPage} page @param {Act} act */
export function render(page, act) {
  const words = act.text.stop;
  const root = h('main', { class: 'screen stop', 'data-testid': 'stop-page' });
  const back = (/** @type {string} */ label) =>
    h('button', { type: 'button', 'data-testid': 'back', click: () => act.go(page.back) }, label);

  const proceed = h('button', { type: 'button', class: 'quiet', 'data-testid': 'proceed', click: () => askAgain() }, words.proceed);
  root.append(
    header(act, words.title),
    h('ul', { class: 'points' }, ...words.first.map((point) => h('li', {}, point))),
    h('div', { class: 'acts' }, back(act.text.back), proceed),
  );

  function askAgain() {
    const confirm = h('button', { type: 'button', class: 'grave', 'data-testid': 'confirm' }, words.confirm);
    confirm.addEventListener('click', async () => {
      confirm.disabled = true;
      try {
        await api.stop();
        if (root.isConnected) stopped();
      } catch (why) {
        if (root.isConnected) act.refuse(why, undefined, page);
      }
    });
    draw(words.secondTitle, h('p', { class: 'notice warning' }, words.second), h('div', { class: 'acts' }, back(words.keep), confirm));
  }

  function stopped() {
    root.dataset.testid = 'stopped';
    const next = h('button', { type: 'button', 'data-testid': 'next', click: () => act.attempt(() => api.look(false)) }, words.close);
    draw(
      words.doneTitle,
      h('p', { class: 'good' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '✓ '), words.done),
      h('ol', { class: 'points' }, ...words.next.map((step) => h('li', {}, step))),
      h('div', { class: 'acts' }, next),
    );
  }

  /** @param {string} title @param {...HTMLElement} rest */
  function draw(title, ...rest) {
    const top = header(act, title);
    root.replaceChildren(top, ...rest);
    document.title = top.querySelector('h1')?.textContent ?? '';
    top.querySelector('h1')?.focus();
  }
  return root;
}
