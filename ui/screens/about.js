// Owns 端末情報: how well this device keeps the token's key, and why not better.
// Refuses to know how a level is reached; it has the level's name and the words for it.
// Invariant: it promises only what the level keeps.

import { h } from '../dom.js';
import { header } from '../parts/header.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').AboutPage} AboutPage */

/** @param {AboutPage} page @param {Act} act */
export function render(page, act) {
  const words = act.text.about;
  const { level, without_hardware: why, version } = page.about;
  const { name, promises, limits } = words.levels[level];
  return h(
    'main',
    { class: 'screen about', 'data-testid': 'about' },
    header(act, words.title),
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
    h('section', {}, h('h2', {}, words.version), h('p', { 'data-testid': 'version' }, `${act.text.title} (Warifu) ${version}`)),
    h(
      'div',
      { class: 'acts' },
      h('button', { type: 'button', 'data-testid': 'back', click: () => act.go(page.back) }, act.text.back),
    ),
  );
}
