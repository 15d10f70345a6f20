// Owns 取引認証: a transfer read or typed, looked at, agreed to, and the code that says yes to it.
// Refuses to know keys and whether a QR is genuine: the app behind the window checks before anything is shown.
// Invariant: the code comes after 確認しました, with what it is for; what was typed is there until the page is left.

import * as api from '../api.js';
import { digits } from '../digits.js';
import { h } from '../dom.js';
import { field } from '../parts/field.js';
import { header } from '../parts/header.js';
import { liveCode } from '../parts/live_code.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').SignPage} SignPage */
/** @typedef {SignPage & { transaction: api.Transaction, shown: api.Shown }} ReadPage */

/** A transaction waits at the institution for so long, ms. */
const WAITS = 600_000;
/** Yen, as `core/src/sign` has it. */
const MOST = 999_999_999_999;

/** @param {SignPage} page @param {Act} act */
export function render(page, act) {
  if (!isRead(page)) return page.transaction ? reading(page, page.transaction, act) : form(page, act);
  return page.ends === undefined ? look(page, act) : code(page, page.ends, act);
}

/** @param {SignPage} page @returns {page is ReadPage} */
const isRead = (page) => page.transaction !== undefined && page.shown !== undefined;

/** @param {Act} act @param {string} title @param {...(HTMLElement | false)} rest */
function screen(act, title, ...rest) {
  return h('main', { class: 'screen sign', 'data-testid': 'sign' }, header(act, title), ...rest);
}

/** @param {string} label @param {() => void} click */
function back(label, click) {
  return h('button', { type: 'button', class: 'quiet', 'data-testid': 'back', click }, label);
}

/** A link brought it: it is read at once. @param {SignPage} page @param {api.Transaction} transaction @param {Act} act */
function reading(page, transaction, act) {
  const words = act.text.sign;
  read(page, transaction, act);
  return screen(act, words.title, h('p', { role: 'status' }, words.reading));
}

/** @param {SignPage} page @param {Act} act */
function form(page, act) {
  const words = act.text.sign;
  const draft = (page.draft ??= { qr: '', account: '', amount: '' });
  const { text } = act;
  const commas = (/** @type {string} */ typed) => typed.replace(/[,，]/g, '');
  const qr = h('input', {
    id: 'sign-qr',
    'data-testid': 'sign-qr',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'sign-qr-hint',
    input: () => { draft.qr = qr.value; },
  });
  qr.value = draft.qr;
  const account = field(text, { id: 'sign-account', label: words.account, hint: words.accountHint, least: 7, most: 7, typed: draft.account, isOptional: true, shape: (row) => row, changed: (typed) => { draft.account = typed; } });
  const amount = field(text, { id: 'sign-amount', label: words.amount, hint: words.amountHint, least: 1, most: 64, typed: draft.amount, isOptional: true, clean: commas, shape: words.grouped, wrong: (row) => (Number(row) < 1 || Number(row) > MOST ? words.amountWrong : ''), changed: (typed) => { draft.amount = typed; } });
  const submit = h('button', { type: 'submit', 'data-testid': 'submit' }, words.look);

  /** @param {Event} event */
  async function send(event) {
    event.preventDefault();
    if (submit.disabled) return;
    const text = qr.value.trim();
    const wrong = text === '' ? [account, amount].filter((one) => !one.check()) : [];
    if (wrong.length > 0) return wrong[0].input.focus();
    submit.disabled = true;
    await read(page, text === '' ? typed() : { by: 'qr', text }, act);
    submit.disabled = false;
  }

  /** @returns {api.Transaction} */
  function typed() {
    return { by: 'typed', account: digits(draft.account).row, amount: digits(commas(draft.amount)).row };
  }

  return screen(act, words.title, h('p', {}, words.lead), h(
    'form',
    { novalidate: true, submit: /** @type {EventListener} */ (send) },
    h('div', { class: 'field' }, h('label', { for: 'sign-qr' }, words.qr), h('p', { class: 'hint', id: 'sign-qr-hint' }, words.qrHint), qr),
    h('p', { class: 'or' }, words.or),
    account.element,
    amount.element,
    submit,
    back(act.text.back, () => act.go(page.back)),
  ));
}

/** What cannot be read leads back to the form, with all that was typed. @param {SignPage} page @param {api.Transaction} transaction @param {Act} act */
async function read(page, transaction, act) {
  try {
    const shown = await api.readTransaction(transaction);
    if (act.isOn(page)) act.go({ ...page, transaction, shown });
  } catch (why) {
    const draft = page.draft ?? { qr: transaction.by === 'qr' ? transaction.text : '', account: '', amount: '' };
    if (act.isOn(page)) act.refuse(why, undefined, { screen: 'sign', draft, back: page.back });
  }
}

/** @param {ReadPage} page @param {Act} act */
function look(page, act) {
  const words = act.text.sign;
  const confirm = () => act.go({ ...page, ends: performance.now() + WAITS });
  // A transfer that a link brought was never a form.
  const before = page.draft ? { screen: /** @type {const} */ ('sign'), draft: page.draft, back: page.back } : page.back;
  return screen(act, words.lookTitle,
    what(page.shown, act),
    h('p', { class: 'notice warning' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), words.caution),
    h(
      'div',
      { class: 'acts' },
      h('button', { type: 'button', 'data-testid': 'confirm', click: confirm }, words.confirm),
      back(act.text.back, () => act.go(before)),
    ));
}

/** @param {api.Shown} shown @param {Act} act */
function what(shown, act) {
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

/** @param {ReadPage} page @param {number} ends a moment of `performance.now()` @param {Act} act */
function code(page, ends, act) {
  const words = act.text.sign;
  const { transaction, shown } = page;
  const live = liveCode(act, {
    id: 'sign-code',
    ask: async () => {
      if (performance.now() > ends) throw new TooLate();
      return api.sign(transaction);
    },
    failed: (why) => (why instanceof TooLate ? act.go(page.back) : act.refuse(why, undefined, page.back)),
  });
  const root = screen(act, words.codeTitle,
    live.shown,
    live.left,
    live.reveal,
    live.message.element,
    h('p', {}, words.what(words.yen(shown.amount), shown.account)),
    h('p', { class: 'notice warning' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), words.tellNobody),
    what(shown, act),
    h('div', { class: 'acts' }, h('button', { type: 'button', 'data-testid': 'next', click: () => act.go(page.back) }, words.close)),
  );
  live.start(root);
  return root;
}

/** The transaction does not wait any longer. */
class TooLate extends Error {}
