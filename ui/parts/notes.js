// Owns what the code screen says besides the code: 有効期限 that comes near, a token that the centre has stopped or ended, the clock.
// Refuses to know how any of it was found out.
// Invariant: nothing is said by colour alone; above the code stands only what makes it useless, everything else below.

import * as api from '../api.js';
import { h } from '../dom.js';
import { offered } from './offered.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../api.js').TokenView} TokenView */

/** States in which the centre takes no code of this token any more. @type {(string | null)[]} */
const ENDED = ['revoked', 'replaced', 'void', 'expired', null];

/**
 * @param {TokenView} view
 * @param {Act} act
 * @returns {{ above: HTMLElement, below: HTMLElement, look: () => Promise<void> }} `look` says what is new
 */
export function notes(view, act) {
  const above = h('div', { class: 'notes', role: 'status' }, ...grave(view, act));
  const below = h('div', { class: 'notes', role: 'status' }, ...others(view, act));
  const look = async () => {
    const seen = await api.look(false).catch(() => view);
    if (seen.screen !== 'code' || !above.isConnected) return;
    renew(above, grave(seen, act));
    renew(below, others(seen, act));
  };
  return { above, below, look };
}

/** What stands there already stays as it is, so that only what is new is read aloud. @param {HTMLElement} place @param {HTMLElement[]} wanted */
function renew(place, wanted) {
  const there = /** @type {HTMLElement[]} */ ([...place.children]);
  const kept = wanted.map((note) =>
    there.find(({ dataset, textContent }) => dataset.testid === note.dataset.testid && textContent === note.textContent) ?? note);
  there.filter((note) => !kept.includes(note)).forEach((note) => note.remove());
  kept.forEach((note, at) => {
    if (place.children[at] !== note) place.insertBefore(note, place.children[at] ?? null);
  });
}

/** What makes the code useless, or may. @param {TokenView} view @param {Act} act */
function grave(view, act) {
  const words = act.text.notes;
  const { standing } = view;
  const said = [];
  if (standing?.copy_suspected) said.push(note('copy-suspected', true, words.copySuspected));
  if (standing?.state === 'suspended') said.push(note('suspended', true, words.suspended));
  if (standing && ENDED.includes(standing.state)) {
    const remove = button('remove-ended', words.remove, () => act.go({ screen: 'remove', why: 'ended', whose: view, back: view }));
    said.push(note('ended', true, words.ended[standing.state ?? 'gone'], remove));
  }
  return said;
}

/** @param {TokenView} view @param {Act} act */
function others(view, act) {
  const words = act.text.notes;
  const { standing, clock, days_left: days } = view;
  const link = offered(view, act);
  const said = link ? [link] : [];
  if (standing?.state === 'issued') said.push(note('not-activated', false, words.notActivated(view.activate_by)));
  if (clock) said.push(note('clock-note', false, `${act.text.done.clock(clock)}${words.clockIsRight}`));
  if (days !== null) {
    const how = button('renew', words.howToRenew, () => act.go({ ...expiring(view), back: view }));
    said.push(note('expires-soon', days <= 7, words.expires(days), how));
  }
  return said;
}

/** @param {TokenView} view @returns {import('../api.js').ExpiringView} */
function expiring({ service_id, institution, serial, expires_at, days_left }) {
  return { screen: 'expiring', service_id, institution, serial, expires_at, days_left: days_left ?? 0 };
}

/** @param {string} id @param {boolean} isGrave @param {string} text @param {HTMLElement} [way] */
function note(id, isGrave, text, way) {
  const mark = h('span', { class: 'mark', 'aria-hidden': 'true' }, isGrave ? '⚠ ' : 'ⓘ ');
  return h('section', { class: `notice note ${isGrave ? 'warning' : ''}`, 'data-testid': id }, h('p', {}, mark, text), way);
}

/** @param {string} id @param {string} label @param {() => void} click */
function button(id, label, click) {
  return h('button', { type: 'button', class: 'quiet small', 'data-testid': id, click }, label);
}
