// Owns 取引認証: a transfer read or typed, looked at, agreed to, and the code that says yes to it.
// Refuses to know keys and whether a QR is genuine: the app behind the window checks before anything is shown.
// Invariant: the code comes after 確認しました, with what it is for, and never outlives its minute on the page.

import * as api from '../api.js';
import { digits } from '../digits.js';
import { h } from '../dom.js';
import { header } from '../parts/header.js';
import { tally } from '../parts/tally.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').SignPage} SignPage */

/** A transaction waits at the institution for so long, ms. */
const WAITS = 600_000;

/** @param {SignPage} page @param {Act} act */
export function render(page, act) {
  const root = h('main', { class: 'screen sign', 'data-testid': 'sign' });
  let isGone = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  act.whenLeft(() => {
    isGone = true;
    clearTimeout(timer);
  });
  if (page.transaction) read(page.transaction);
  else ask();

  /** @param {string} title @param {...(HTMLElement | false)} rest */
  function draw(title, ...rest) {
    const top = header(act, title);
    root.replaceChildren(top, ...rest.filter((part) => part !== false));
    if (root.isConnected) top.querySelector('h1')?.focus();
  }

  function ask() {
    const words = act.text.sign;
    const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ hint, /** @type {string} */ mode) => {
      const input = h('input', { id, 'data-testid': id, inputmode: mode, autocomplete: 'off', spellcheck: 'false', 'aria-describedby': `${id}-hint` });
      return { input, element: h('div', { class: 'field' }, h('label', { for: id }, label), h('p', { class: 'hint', id: `${id}-hint` }, hint), input) };
    };
    const qr = field('sign-qr', words.qr, words.qrHint, 'text');
    const account = field('sign-account', words.account, words.accountHint, 'numeric');
    const amount = field('sign-amount', words.amount, words.amountHint, 'numeric');
    const error = h('p', { class: 'error', 'data-testid': 'errors', role: 'alert' });
    const typed = () => {
      const text = qr.input.value.trim();
      if (text) return read({ by: 'qr', text });
      const row = digits(account.input.value);
      const yen = digits(amount.input.value.replace(/[,，]/g, ''));
      if (row.row.length !== 7 || !row.isDigits || !yen.isDigits || Number(yen.row) < 1) {
        error.replaceChildren(h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), words.incomplete);
        return;
      }
      read({ by: 'typed', account: row.row, amount: yen.row });
    };
    const form = h(
      'form',
      { novalidate: true, submit: /** @type {EventListener} */ ((event) => { event.preventDefault(); typed(); }) },
      qr.element,
      h('p', { class: 'or' }, words.or),
      account.element,
      amount.element,
      error,
      h('button', { type: 'submit', 'data-testid': 'submit' }, words.look),
      back(),
    );
    draw(words.title, h('p', {}, words.lead), form);
  }

  function back() {
    return h('button', { type: 'button', class: 'quiet', 'data-testid': 'back', click: () => act.go(page.back) }, act.text.back);
  }

  /** @param {api.Transaction} transaction */
  async function read(transaction) {
    try {
      const shown = await api.readTransaction(transaction);
      // A change of language draws the page anew: what was typed is looked at again.
      page.transaction = transaction;
      if (!isGone) look(transaction, shown);
    } catch (why) {
      if (!isGone) act.refuse(why, undefined, page.back);
    }
  }

  /** @param {api.Transaction} transaction @param {api.Shown} shown */
  function look(transaction, shown) {
    const words = act.text.sign;
    const confirm = h('button', { type: 'button', 'data-testid': 'confirm' }, words.confirm);
    confirm.addEventListener('click', () => {
      confirm.disabled = true;
      show(transaction, shown);
    });
    const caution = h('p', { class: 'notice warning' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), words.caution);
    draw(words.lookTitle, what(shown), caution, h('div', { class: 'acts' }, confirm, back()));
  }

  /** @param {api.Shown} shown */
  function what(shown) {
    const words = act.text.sign;
    /** @type {HTMLElement[]} */
    const rows = [];
    const row = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ value) =>
      rows.push(h('dt', {}, label), h('dd', { 'data-testid': id }, value));
    row('institution', words.institution, shown.institution);
    if (shown.payee) {
      row('bank', words.bank, shown.payee.bank);
      row('branch', words.branch, shown.payee.branch);
      row('account', words.account, `${words.types[shown.payee.account_type] ?? ''} ${shown.account}`);
      row('payee', words.payee, shown.payee.name);
    } else {
      row('account', words.account, shown.account);
    }
    row('amount', words.amount, words.yen(shown.amount));
    return h('dl', { class: 'facts plate' }, ...rows);
  }

  /** @param {api.Transaction} transaction @param {api.Shown} shown */
  function show(transaction, shown) {
    const words = act.text.sign;
    const code = tally(act.text);
    code.element.dataset.testid = 'sign-code';
    const ends = performance.now() + WAITS;
    let asked = 0;
    draw(
      words.codeTitle,
      h('div', { class: 'shown' }, code.element),
      h('p', {}, words.what(words.yen(shown.amount), shown.account)),
      h('p', { class: 'notice warning' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), words.tellNobody),
      what(shown),
      h('div', { class: 'acts' }, h('button', { type: 'button', 'data-testid': 'next', click: () => act.go(page.back) }, words.close)),
    );
    const renew = async () => {
      clearTimeout(timer);
      code.blank();
      if (isGone || document.visibilityState === 'hidden') return;
      if (performance.now() > ends) return act.go(page.back);
      const mine = (asked += 1);
      try {
        const next = await api.sign(transaction);
        if (isGone || asked !== mine) return;
        act.announce(act.text.code.changed(code.show(next.groups)));
        timer = setTimeout(renew, next.now.left_ms + 2);
      } catch (why) {
        if (!isGone) act.refuse(why, undefined, page.back);
      }
    };
    for (const event of ['visibilitychange', 'pageshow']) document.addEventListener(event, renew);
    window.addEventListener('focus', renew);
    act.whenLeft(() => {
      code.blank();
      for (const event of ['visibilitychange', 'pageshow']) document.removeEventListener(event, renew);
      window.removeEventListener('focus', renew);
    });
    renew();
  }

  return root;
}
