// Owns 心当たりがない: what it does, asked twice, and what comes after it, also where the centre could not be told.
// Refuses to know the token: the app behind the window tells the centre which one it is.
// Invariant: nothing is stopped before the second 停止する, and it is never left open whether the token is stopped.

import * as api from '../api.js';
import { h } from '../dom.js';
import { header } from '../parts/header.js';
import { hold } from '../parts/hold.js';
import { plate } from '../parts/whose.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').StopPage} StopPage */

const STEPS = { first, second, failed, stopped };

/** @param {StopPage} page @param {Act} act */
export function render(page, act) {
  return STEPS[page.step](page, act);
}

/** @param {StopPage} page @param {Act} act */
function first(page, act) {
  const words = act.text.stop;
  return screen('stop-page', page, act, words.title,
    h('ul', { class: 'points' }, ...words.first.map((point) => h('li', {}, point))),
    h(
      'div',
      { class: 'acts' },
      back(act.text.back, page, act),
      h('button', { type: 'button', class: 'quiet', 'data-testid': 'proceed', click: () => act.go({ ...page, step: 'second' }) }, words.proceed),
    ));
}

/** @param {StopPage} page @param {Act} act */
function second(page, act) {
  const words = act.text.stop;
  const keep = back(words.keep, page, act);
  const { confirm, status } = button('confirm', words.confirm, keep, page, act);
  confirm.classList.add('grave');
  return screen('stop-page', page, act, words.secondTitle,
    h('p', { class: 'notice warning' }, words.second),
    status,
    h('div', { class: 'acts' }, keep, confirm));
}

/** The centre did not say that it is stopped. @param {StopPage} page @param {Act} act */
function failed(page, act) {
  const words = act.text.stop;
  const leave = back(act.text.back, page, act);
  const { confirm, status } = button('retry', words.again, leave, page, act);
  const wait = hold(confirm, page.until ?? 0, words, act);
  const why = act.text.refusals[page.code ?? 'offline'].what;
  return screen('stop-failed', page, act, words.failedTitle,
    h('section', { class: 'notice warning' }, h('p', {}, h('strong', {}, words.failed)), h('p', {}, why)),
    h('ol', { class: 'points' }, ...words.failedNext.map((step) => h('li', {}, step))),
    wait,
    status,
    h('div', { class: 'acts' }, confirm, leave));
}

/** @param {StopPage} page @param {Act} act */
function stopped(page, act) {
  const words = act.text.stop;
  return screen('stopped', page, act, words.doneTitle,
    h('p', { class: 'good' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '✓ '), words.done),
    h('ol', { class: 'points' }, ...words.next.map((step) => h('li', {}, step))),
    h(
      'div',
      { class: 'acts' },
      h('button', { type: 'button', 'data-testid': 'next', click: () => act.attempt(() => api.look(false)) }, words.close),
    ));
}

/** @param {string} id @param {StopPage} page @param {Act} act @param {string} title @param {...HTMLElement} rest */
function screen(id, page, act, title, ...rest) {
  return h('main', { class: 'screen stop', 'data-testid': id }, header(act, title), plate(page.whose, act.text), ...rest);
}

/** @param {string} label @param {StopPage} page @param {Act} act */
function back(label, page, act) {
  const isFirst = page.step !== 'failed';
  return h('button', { type: 'button', class: isFirst ? '' : 'quiet', 'data-testid': 'back', click: () => act.go(page.back) }, label);
}

/**
 * The button that stops it, and where it is said that it is being done. Until it is known what became of it nobody
 * goes elsewhere.
 * @param {string} id
 * @param {string} label
 * @param {HTMLButtonElement} leave
 * @param {StopPage} page
 * @param {Act} act
 */
function button(id, label, leave, page, act) {
  const confirm = h('button', { type: 'button', 'data-testid': id, click: () => press() }, label);
  const status = h('div', { class: 'status', role: 'status' });
  const press = () => {
    page.isAsking = true;
    tell();
    ask(page, act);
  };
  const tell = () => {
    confirm.disabled = true;
    leave.disabled = true;
    confirm.classList.add('busy');
    status.replaceChildren(h('p', {}, act.text.stop.asking));
  };
  // Drawn anew in the other language while it is being done.
  if (page.isAsking) tell();
  return { confirm, status };
}

/** @param {StopPage} page @param {Act} act */
async function ask(page, act) {
  const { isAsking, code, until, ...plain } = page;
  try {
    // The member is asked for the keyring's password where that is what stood in the way.
    if (code === 'vault_locked') await api.look(true);
    await api.stop();
    if (act.isOn(page)) act.go({ ...plain, step: 'stopped' });
  } catch (why) {
    const refused = why instanceof api.Refused ? why : new api.Refused('storage_failed');
    if (act.isOn(page)) act.go({ ...plain, step: 'failed', code: refused.code, until: performance.now() + refused.waitS * 1000 });
  }
}
