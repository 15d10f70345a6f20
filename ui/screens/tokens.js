// Owns 複数のトークン: one row per token, by institution, and the way to one more.
// Refuses to know codes: a row leads to the screen that shows them.
// Invariant: a token that shows no code says why in its row.

import * as api from '../api.js';
import { h } from '../dom.js';
import { header } from '../parts/header.js';
import { offered } from '../parts/offered.js';
import { plain } from '../parts/phrases.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../api.js').TokensView} TokensView */
/** @typedef {import('../api.js').TokenLine} TokenLine */

/** @param {TokensView} view @param {Act} act */
export function render(view, act) {
  const words = act.text.tokens;
  const add = h('button', { type: 'button', class: 'quiet', 'data-testid': 'add', disabled: !view.can_add }, words.add);
  add.addEventListener('click', () => {
    add.disabled = true;
    act.attempt(api.addToken, view);
  });
  return h(
    'main',
    { class: 'screen tokens', 'data-testid': 'tokens' },
    header(act, words.title),
    offered(view, act),
    h('p', {}, words.lead),
    h('ul', { class: 'rows' }, ...view.tokens.map((line) => h('li', {}, row(line, view, act)))),
    !view.can_add && h('p', { class: 'hint', 'data-testid': 'full' }, words.full),
    h('div', { class: 'acts' }, add),
  );
}

/** @param {TokenLine} line @param {TokensView} view @param {Act} act */
function row(line, view, act) {
  const words = act.text.tokens;
  const trouble = line.trouble && plain(act.text.refusals[line.trouble].title);
  const said = trouble ?? (line.serial ? `${act.text.code.serial} ${line.serial}` : plain(act.text.resuming.title));
  const button = h(
    'button',
    { type: 'button', class: 'row', 'data-testid': 'token', 'data-slot': line.slot },
    h('span', { class: 'name' }, line.institution || words.unnamed),
    !trouble && line.days_left !== null &&
      h('span', { class: 'error', 'data-testid': 'row-expires' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), act.text.notes.expires(line.days_left)),
    h('span', { class: trouble ? 'error' : 'hint' }, trouble && h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), said),
    // Several tokens of one institution: the day tells which is the newer one.
    line.started_on && h('span', { class: 'hint' }, `${act.text.code.startedOn} ${line.started_on}`),
    standing(line, act),
  );
  button.addEventListener('click', () => {
    button.disabled = true;
    act.attempt(() => api.chooseToken(line.slot), view);
  });
  return button;
}

/** What the centre said of it in this run, where its codes are not simply taken. @param {TokenLine} line @param {Act} act */
function standing({ standing: told, trouble }, act) {
  if (!told || told.state === 'active' || trouble) return null;
  const isCalm = told.state === 'issued';
  const mark = h('span', { class: 'mark', 'aria-hidden': 'true' }, isCalm ? 'ⓘ ' : '⚠ ');
  return h('span', { class: isCalm ? 'hint' : 'error', 'data-testid': 'row-standing' }, mark, act.text.tokens.standings[told.state ?? 'gone']);
}
