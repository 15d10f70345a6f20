// Owns the top of the code screen: the institution first, then the page's name and the menu.
// Refuses to know what a menu entry leads to in detail; it asks for the page and draws it.
// Invariant: the institution is named before anything else, to the eye and to a screen reader alike.

import * as api from '../api.js';
import { h } from '../dom.js';
import { phrases } from './phrases.js';
import { languageButton } from './header.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../api.js').TokenView} TokenView */

/** @param {TokenView} view @param {Act} act */
export function top(view, act) {
  const words = act.text.code;
  return h(
    'header',
    { class: 'top' },
    h(
      'div',
      {},
      h('p', { class: 'name', id: 'institution', 'data-testid': 'institution' }, view.institution),
      h('h1', { class: 'hint', tabindex: -1, 'aria-describedby': 'institution' }, ...phrases(words.title)),
    ),
    menu(view, act),
  );
}

/** @param {TokenView} view @param {Act} act */
function menu(view, act) {
  const words = act.text.code;
  // Without a role of its own WebKitGTK tells a screen reader nothing of what a summary is.
  const summary = h('summary', { 'data-testid': 'menu', role: 'button', 'aria-expanded': 'false', 'aria-label': act.text.menu }, '≡', h('span', {}, act.text.menu));
  const element = h(
    'details',
    { class: 'menu' },
    summary,
    h(
      'nav',
      { 'aria-label': act.text.menu },
      entry('open-sign', words.sign, () => act.go({ screen: 'sign', back: view })),
      entry('open-tokens', words.tokens, () => act.attempt(api.listTokens, view)),
      entry('open-about', words.about, () => openAbout(view, act)),
      entry('open-remove', words.remove, () => act.go({ screen: 'remove', why: 'released', whose: view, back: view })),
      languageButton(act),
    ),
  );
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    element.open = false;
    summary.focus();
  });
  element.addEventListener('toggle', () => summary.setAttribute('aria-expanded', String(element.open)));
  // A press on a button of its own takes the focus nowhere on Apple's systems: that leaves the menu open.
  element.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !element.contains(relatedTarget)) element.open = false;
  });
  const outside = (/** @type {Event} */ { target }) => {
    if (target instanceof Node && !element.contains(target)) element.open = false;
  };
  document.addEventListener('pointerdown', outside);
  act.whenLeft(() => document.removeEventListener('pointerdown', outside));
  return element;
}

/** @param {string} id @param {string} label @param {() => void} click */
function entry(id, label, click) {
  return h('button', { type: 'button', class: 'quiet', 'data-testid': id, click }, label);
}

/** 端末情報. @param {TokenView} back @param {Act} act */
export async function openAbout(back, act) {
  try {
    act.go({ screen: 'about', whose: back, about: await api.about(), back });
  } catch (why) {
    act.refuse(why, () => api.look(true), back);
  }
}
