// Owns 端末情報・時刻・履歴: how the key is kept, what the centre says of clock and uses, how the window looks.
// Refuses to know how a level is reached and how the centre was asked.
// Invariant: it promises only what the level keeps; without a network everything but clock and uses is there.

import * as api from '../api.js';
import { h } from '../dom.js';
import { header } from '../parts/header.js';
import { manner } from '../parts/manner.js';
import { plain } from '../parts/phrases.js';
import { plate } from '../parts/whose.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').AboutPage} AboutPage */

/** @param {AboutPage} page @param {Act} act */
export function render(page, act) {
  const words = act.text.about;
  const { version } = page.about;
  return h(
    'main',
    { class: 'screen about', 'data-testid': 'about' },
    header(act, words.title),
    plate(page.whose, act.text),
    ...asked(page, act),
    ...level(page.about, words),
    manner(page, act),
    h(
      'section',
      {},
      h('h2', {}, words.version),
      h('p', { 'data-testid': 'version' }, `${plain(act.text.title)} (Warifu) ${version}`),
      h('button', {
        type: 'button',
        class: 'quiet small',
        'data-testid': 'open-licences',
        click: () => act.go({ screen: 'licences', back: page }),
      }, words.licences),
    ),
    h(
      'div',
      { class: 'acts' },
      h('button', { type: 'button', 'data-testid': 'back', click: () => leave(page, act) }, act.text.back),
    ),
  );
}

/** What was learned here is said on the code screen, too. @param {AboutPage} page @param {Act} act */
function leave(page, act) {
  if (page.back.screen === 'code') act.attempt(() => api.look(false));
  else act.go(page.back);
}

/** @param {api.About} about @param {import('../text/ja.js').Text['about']} words */
function level(about, words) {
  const { name, promises, limits } = words.levels[about.level];
  const why = about.without_hardware;
  return [
    h(
      'section',
      { class: 'notice' },
      h('h2', {}, words.level),
      h('p', { class: 'name', 'data-testid': 'vault-level' }, name),
      h('p', {}, promises),
      h('p', {}, limits),
    ),
    why &&
      h(
        'section',
        {},
        h('h2', {}, words.why),
        h('p', { 'data-testid': 'without-hardware' }, words.withoutHardware[why]),
        h('p', { class: 'hint' }, words.stays),
      ),
  ];
}

/** What only the centre knows. @param {AboutPage} page @param {Act} act */
function asked(page, act) {
  const words = act.text.about;
  const clock = h('div', { class: 'told', 'data-testid': 'clock', role: 'status' });
  const uses = h('div', { class: 'told', 'data-testid': 'uses' });
  const again = h('button', { type: 'button', class: 'quiet small', 'data-testid': 'check', click: () => ask() }, words.check);
  const stop = h('button', {
    type: 'button',
    class: 'grave',
    'data-testid': 'stop',
    click: () => act.go({ screen: 'stop', step: 'first', whose: page.whose, back: page }),
  }, words.stop);

  async function ask() {
    again.disabled = true;
    if (!page.status) clock.replaceChildren(h('p', { class: 'hint' }, words.checking));
    try {
      page.status = await api.status();
      tell(page.status);
    } catch (why) {
      const code = why instanceof api.Refused ? why.code : 'offline';
      clock.replaceChildren(h('p', {}, plain(act.text.refusals[code].title)), h('p', { class: 'hint' }, words.unasked));
      if (!page.status) uses.replaceChildren(h('p', { class: 'hint' }, words.unknownUses));
    } finally {
      again.disabled = false;
    }
  }

  /** @param {api.Status} status */
  function tell(status) {
    const off = status.clock;
    const said = off
      ? [h('p', {}, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), h('strong', {}, act.text.done.clock(off))), h('p', {}, words.clockIsRight)]
      : [h('p', { class: 'good' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '✓ '), words.clockIsFine)];
    clock.replaceChildren(...said);
    const left = wrongLeft(status);
    const warning = left !== null &&
      h('p', { class: 'error', 'data-testid': 'wrong-left' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), words.wrongLeft(left));
    uses.replaceChildren(...[warning, list(status, words)].filter((part) => part !== false));
  }

  if (page.status) tell(page.status);
  else ask();
  return [
    h('section', {}, h('h2', {}, words.clock), clock, again),
    h('section', {}, h('h2', {}, words.uses), uses, h('p', { class: 'hint' }, words.stopHint), stop),
  ];
}

/** How many more wrong codes until it stops, where there was one since the last right one. @param {api.Status} status */
function wrongLeft({ standing, wrong_left, uses }) {
  const since = uses.findIndex(({ result }) => result === 'accepted');
  const isCounted = uses.slice(0, since < 0 ? uses.length : since).some(({ result }) => result === 'wrong');
  return isCounted && wrong_left > 0 && (standing.state === 'active' || standing.state === 'issued') ? wrong_left : null;
}

/** @param {api.Status} status @param {import('../text/ja.js').Text['about']} words */
function list(status, words) {
  if (status.uses.length === 0) return h('p', {}, words.noUses);
  const rows = status.uses.map(({ at, purpose, result }) => {
    const isFine = result === 'accepted';
    return h(
      'li',
      { 'data-testid': 'use' },
      h('span', {}, `${at}　${words.purposes[purpose] ?? purpose}`),
      h('span', { class: isFine ? 'good' : 'error' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, isFine ? '✓ ' : '⚠ '), words.results[result] ?? result),
    );
  });
  return h('ul', { class: 'uses' }, ...rows);
}
