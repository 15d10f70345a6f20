// Owns 初期設定完了: the institution's name, the clock, what comes next.
// Refuses to know the code.
// Invariant: it stays until 次へ is pressed, also over a restart.

import * as api from '../api.js';
import { h } from '../dom.js';
import { emblem } from '../parts/emblem.js';
import { header } from '../parts/header.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../api.js').DoneView} DoneView */

/** @param {DoneView} view @param {Act} act */
export function render(view, act) {
  const words = act.text.done;
  const next = h('button', { type: 'button', 'data-testid': 'next' }, words.next);
  next.addEventListener('click', () => {
    next.disabled = true;
    act.attempt(api.readDone, view);
  });
  return h(
    'main',
    { class: 'screen done', 'data-testid': 'done' },
    emblem('whole'),
    header(act, words.title),
    h('p', { class: 'good' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '✓ '), words.lead),
    h(
      'section',
      { class: 'plate' },
      h('p', { class: 'hint' }, words.institution),
      h('p', { class: 'name', 'data-testid': 'institution' }, view.institution),
      h('p', {}, words.check),
    ),
    view.clock &&
      h(
        'section',
        { class: 'notice warning', role: 'alert', 'data-testid': 'clock-off' },
        h('h2', {}, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), words.clockTitle),
        h('p', {}, h('strong', {}, words.clock(view.clock))),
        h('p', {}, words.clockHint),
      ),
    h('ul', { class: 'points' }, ...words.points.map((point) => h('li', {}, point))),
    h('div', { class: 'acts' }, next),
  );
}
