// Owns the facts of a token below its code: シリアルNo., 利用開始日, 有効期限.
// Refuses to know where they come from.
// Invariant: 有効期限 is said to be in Japan's time.

import { h } from '../dom.js';

/** @param {import('../api.js').TokenView} view @param {import('../text/ja.js').Text['code']} words */
export function facts(view, words) {
  return h(
    'dl',
    { class: 'facts' },
    h('dt', {}, words.serial),
    h('dd', { 'data-testid': 'serial' }, view.serial),
    h('dt', {}, words.startedOn),
    h('dd', { 'data-testid': 'started-on' }, view.started_on),
    h('dt', {}, words.expiresAt),
    h('dd', {}, h('span', { 'data-testid': 'expires-at' }, view.expires_at), ' ', h('span', { class: 'hint' }, words.japanTime)),
  );
}
