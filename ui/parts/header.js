// Owns the top of a page: its name, and the way to the other language.
// Refuses to know what the page is for.
// Invariant: every page has exactly one h1, and it takes the focus when the page is drawn.

import { h } from '../dom.js';
import { phrases } from './phrases.js';

/** @typedef {import('../app.js').Act} Act */

/**
 * @param {Act} act
 * @param {string} title
 * @returns {HTMLElement}
 */
export function header(act, title) {
  return h('header', { class: 'top' }, h('h1', { tabindex: -1 }, ...phrases(title)), languageButton(act));
}

/** @param {Act} act */
export function languageButton(act) {
  const { other, label } = act.text.language;
  const lang = act.language === 'ja' ? 'en' : 'ja';
  const click = () => act.chooseLanguage(lang);
  return h('button', { type: 'button', class: 'quiet small', 'data-testid': 'language', 'aria-label': label, lang, click }, other);
}
