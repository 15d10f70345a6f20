// Owns 有効期限のお知らせ: until when the token works, and how to renew it while it still does.
// Refuses to know when it is due: the app behind the window says so.
// Invariant: the old token stays as it is; the new one comes beside it.

import * as api from '../api.js';
import { h } from '../dom.js';
import { header } from '../parts/header.js';
import { phrases } from '../parts/phrases.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').ExpiringPage} ExpiringPage */

/** @param {ExpiringPage} page @param {Act} act */
export function render(page, act) {
  const words = act.text.expiring;
  const later = h('button', { type: 'button', class: 'quiet', 'data-testid': 'later' }, words.later);
  later.addEventListener('click', () => {
    later.disabled = true;
    act.attempt(api.readExpiring, page);
  });
  const add = h('button', { type: 'button', 'data-testid': 'renew' }, ...phrases(words.renew));
  add.addEventListener('click', async () => {
    add.disabled = true;
    act.draft.serviceId = page.service_id.replace(/(.{4})(?=.)/g, '$1 ');
    await api.readExpiring().catch(() => undefined);
    act.attempt(api.addToken, page);
  });
  return h(
    'main',
    { class: 'screen expiring', 'data-testid': 'expiring' },
    header(act, words.title),
    h(
      'section',
      { class: 'plate' },
      h('p', { class: 'name', 'data-testid': 'institution' }, page.institution),
      h('p', {}, `${act.text.code.serial} ${page.serial}`),
      h('p', { class: 'name' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), h('span', { 'data-testid': 'days-left' }, words.left(page.days_left))),
      h('p', {}, `${act.text.code.expiresAt} ${page.expires_at} ${act.text.code.japanTime}`),
    ),
    h('p', {}, words.after),
    h('h2', {}, words.how),
    h('ol', { class: 'points' }, ...words.steps.map((step) => h('li', {}, step))),
    h('div', { class: 'acts' }, add, later),
  );
}
