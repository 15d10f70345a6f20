// Owns 初期設定の確認中: it waits for the centre's answer and asks again when told to.
// Refuses to know how often was tried: the app behind the window says when to ask again.
// Invariant: at most one question at a time is under way.

import * as api from '../api.js';
import { h } from '../dom.js';
import { emblem } from '../parts/emblem.js';
import { header } from '../parts/header.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../api.js').ResumingView} ResumingView */

/** @param {ResumingView} view @param {Act} act */
export function render(view, act) {
  const words = act.text.resuming;
  const countdown = h('p', { class: 'hint', 'data-testid': 'retry-in' });
  const status = h('div', { class: 'status', role: 'status' });
  const now = h('button', { type: 'button', class: 'quiet', 'data-testid': 'retry', click: () => ask() }, words.now);
  const others = h('button', { type: 'button', class: 'quiet', 'data-testid': 'open-tokens' }, words.others);
  others.addEventListener('click', () => {
    others.disabled = true;
    act.attempt(api.listTokens, view);
  });
  let isAsking = false;
  let left = view.retry_in_s;

  async function ask() {
    if (isAsking) return;
    isAsking = true;
    now.disabled = true;
    countdown.textContent = words.checking;
    await act.attempt(api.resume, { screen: 'setup', has_tokens: false });
  }

  function count() {
    if (isAsking) return;
    if (left <= 0) ask();
    else countdown.textContent = words.again(left--);
  }

  if (view.waits_for) {
    const why = view.waits_for === 'offline' ? words.offline : words.busy;
    status.append(h('p', {}, why));
  }
  const clock = setInterval(count, 1000);
  const online = () => void ask();
  window.addEventListener('online', online);
  act.whenLeft(() => {
    clearInterval(clock);
    window.removeEventListener('online', online);
  });
  count();
  return h(
    'main',
    { class: 'screen resuming', 'data-testid': 'resuming' },
    emblem('waits'),
    header(act, words.title),
    h('p', {}, words.lead),
    status,
    countdown,
    h('p', { class: 'notice' }, words.kept),
    h('div', { class: 'acts' }, now, view.has_others && others),
  );
}
