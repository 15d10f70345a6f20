// Owns the choices of how the window looks and speaks: language, text size, light or dark, 次の番号.
// Refuses to know how a choice is kept and drawn.
// Invariant: a choice is seen at once; each group has exactly one chosen.

import { h } from '../dom.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../app.js').Page} Page */

/** @param {Page} page where the choice is made @param {Act} act */
export function manner(page, act) {
  const words = act.text.manner;
  const { settings } = act;
  const next = h('input', { type: 'checkbox', 'data-testid': 'offers-next' });
  next.checked = settings.offers_next;
  next.addEventListener('change', () => act.choose({ ...settings, offers_next: next.checked }, 'offers-next'));
  return h(
    'section',
    { class: 'manner' },
    h('h2', {}, words.title),
    group('language', words.language, words.languages, act.chosenLanguage ?? 'system', (to) =>
      act.chooseLanguage(to === 'system' ? null : /** @type {import('../api.js').Language} */ (to), `language-${to}`)),
    group('text', words.text, words.texts, settings.text, (to) => act.choose({ ...settings, text: /** @type {any} */ (to) }, `text-${to}`)),
    group('theme', words.theme, words.themes, settings.theme, (to) => act.choose({ ...settings, theme: /** @type {any} */ (to) }, `theme-${to}`)),
    h('label', { class: 'agree' }, next, h('span', {}, words.offersNext)),
  );
}

/**
 * @param {string} name
 * @param {string} legend
 * @param {Record<string, string>} choices
 * @param {string} chosen
 * @param {(to: string) => void} choose
 */
function group(name, legend, choices, chosen, choose) {
  const radios = Object.entries(choices).map(([value, label]) => {
    const input = h('input', { type: 'radio', name, value, 'data-testid': `${name}-${value}`, change: () => choose(value) });
    input.checked = value === chosen;
    const lang = value === 'ja' || value === 'en' ? value : undefined;
    return h('label', { class: 'choice', lang }, input, h('span', {}, label));
  });
  return h('fieldset', {}, h('legend', {}, legend), h('div', { class: 'choices' }, ...radios));
}
