// Owns 初期設定: the form, what is still missing, the notice and the agreement.
// Refuses to know whether the numbers are right: only the centre does.
// Invariant: what was typed stays, whatever happens; 送信 cannot be pressed twice.

import * as api from '../api.js';
import { digits, grouped } from '../digits.js';
import { h } from '../dom.js';
import { emblem } from '../parts/emblem.js';
import { field } from '../parts/field.js';
import { header } from '../parts/header.js';
import { phrases } from '../parts/phrases.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../api.js').SetupView} SetupView */

/** @param {SetupView} view @param {Act} act */
export function render(view, act) {
  const { text, draft } = act;
  const words = text.setup;
  let isSending = false;

  const fields = [
    field(text, { id: 'service-id', ...words.serviceId, least: 8, most: 8, typed: draft.serviceId, changed: (typed) => { draft.serviceId = typed; update(); } }),
    field(text, { id: 'user-id', ...words.userId, least: 12, most: 12, typed: draft.userId, changed: (typed) => { draft.userId = typed; update(); } }),
    field(text, { id: 'start-password', ...words.startPassword, least: 4, most: 8, typed: draft.startPassword, isSecret: true, changed: (typed) => { draft.startPassword = typed; update(); } }),
  ];
  const labels = [words.serviceId.label, words.userId.label, words.startPassword.label];
  const agree = h('input', {
    type: 'checkbox',
    'data-testid': 'agree',
    'aria-describedby': 'notice',
    change: () => { draft.agreed = agree.checked; update(); },
  });
  agree.checked = draft.agreed;
  const missing = h('p', { id: 'missing', class: 'hint', 'data-testid': 'missing' });
  const status = h('div', { class: 'status', role: 'status' });
  const submit = h('button', { type: 'submit', 'data-testid': 'submit', 'aria-describedby': 'missing' }, words.submit);

  function update() {
    const lacks = labels.filter((_, at) => !fields[at].isValid());
    if (!agree.checked) lacks.push(words.missingAgreement);
    submit.disabled = isSending || lacks.length > 0;
    const say = lacks.length > 0 ? words.missing(lacks) : words.ready;
    if (missing.textContent !== say) missing.textContent = say;
  }

  /** @param {boolean} sending */
  function setSending(sending) {
    isSending = sending;
    for (const { input } of fields) input.readOnly = sending;
    agree.disabled = sending;
    form.setAttribute('aria-busy', String(sending));
    submit.classList.toggle('busy', sending);
    submit.textContent = sending ? words.submitting : words.submit;
    status.replaceChildren(...(sending ? [h('p', {}, words.submittingHint)] : []));
    if (sending) status.scrollIntoView({ block: 'nearest' });
    update();
  }

  /** The text of the QR code fills both numbers, whichever field it is pasted into. @param {ClipboardEvent} event */
  async function paste(event) {
    const text = event.clipboardData?.getData('text') ?? '';
    if (!text.trim().startsWith('warifu:')) return;
    event.preventDefault();
    const at = fields.find(({ input }) => input === event.target);
    const brought = await api.readLink(text).catch(() => null);
    if (isSending) return;
    if (brought?.link !== 'setup') return at?.tell(words.unreadable);
    draft.serviceId = grouped(brought.service_id);
    draft.userId = grouped(brought.user_id);
    act.go(view);
    act.announce(words.pasted);
  }

  /** @param {Event} event */
  async function send(event) {
    event.preventDefault();
    if (isSending || submit.disabled) return;
    setSending(true);
    const row = {
      service_id: digits(draft.serviceId).row,
      user_id: digits(draft.userId).row,
      start_password: digits(draft.startPassword).row,
    };
    await act.attempt(() => enrol(act, row), view);
  }

  const form = h(
    'form',
    { novalidate: true, submit: /** @type {EventListener} */ (send), paste: (event) => void paste(/** @type {ClipboardEvent} */ (event)) },
    ...fields.map(({ element }) => element),
    h(
      'section',
      { class: 'notice', id: 'notice' },
      h('h2', {}, ...phrases(words.noticeTitle)),
      ...words.notice.map((paragraph) => h('p', {}, paragraph)),
    ),
    h('label', { class: 'agree' }, agree, h('span', {}, words.agree)),
    missing,
    submit,
    status,
    view.has_tokens && h('button', {
      type: 'button',
      class: 'quiet',
      'data-testid': 'back',
      click: () => !isSending && act.attempt(api.listTokens, view),
    }, act.text.back),
  );
  update();
  return h('main', { class: 'screen setup', 'data-testid': 'setup' }, emblem('one'), header(act, words.title), h('p', {}, words.lead), h('ul', { class: 'points hint' }, ...words.ways.map((way) => h('li', {}, way))), form);
}

/**
 * A password that was refused is typed anew; one that never arrived is not.
 * @param {Act} act
 * @param {api.Form} row
 */
async function enrol(act, row) {
  try {
    return await api.enrol(row);
  } catch (why) {
    const isKept = why instanceof api.Refused && why.code !== 'enrol_refused';
    if (!isKept) act.draft.startPassword = '';
    throw why;
  }
}
