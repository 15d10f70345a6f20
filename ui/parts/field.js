// Owns one field for digits: label, hint, the error beside it, what was typed.
// Refuses to know what the number is for and where it goes.
// Invariant: what was typed is never cleared here; an error is shown on leaving the field, never while typing.

import { digits, grouped } from '../digits.js';
import { h } from '../dom.js';
import { afterPress } from './press.js';

/**
 * @typedef {object} Wanted
 * @property {string} id also its test id
 * @property {string} label
 * @property {string} hint
 * @property {number} least digits
 * @property {number} most digits
 * @property {string} typed what stands in it at first
 * @property {boolean} [isSecret]
 * @property {(typed: string) => void} changed
 */

/**
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {HTMLInputElement} input
 * @property {() => boolean} isValid
 */

/** @param {import('../text/ja.js').Text} text @param {Wanted} wanted @returns {Field} */
export function field(text, wanted) {
  const { id, label, hint, least, most } = wanted;
  const length = least === most ? `${most}` : `${least}～${most}`;
  const error = h('p', { id: `${id}-error`, class: 'error', 'data-testid': `${id}-error`, 'aria-live': 'polite' });
  const input = h('input', {
    id,
    'data-testid': id,
    type: wanted.isSecret ? 'password' : 'text',
    inputmode: 'numeric',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 64,
    required: true,
    'aria-describedby': `${id}-hint ${id}-error`,
  });
  input.value = wanted.typed;

  const why = () => {
    const { row, isDigits } = digits(input.value);
    if (!isDigits) return text.setup.notDigits;
    if (row.length < least) return text.setup.tooShort(least - row.length, length);
    if (row.length > most) return text.setup.tooLong(row.length - most, length);
    return '';
  };
  /** @param {string} words */
  const tell = (words) => {
    if (words === (error.textContent ?? '')) return;
    error.replaceChildren(...(words ? [h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), words] : []));
    input.setAttribute('aria-invalid', String(words !== ''));
  };

  input.addEventListener('input', () => {
    if (why() === '') tell('');
    wanted.changed(input.value);
  });
  const leave = () => {
    const words = input.value === '' ? '' : why();
    if (words === '' && input.value !== '' && !wanted.isSecret) input.value = grouped(digits(input.value).row);
    tell(words);
  };
  input.addEventListener('blur', () => afterPress(leave));

  const box = wanted.isSecret ? h('div', { class: 'with-button' }, input, showButton(text, input)) : input;
  const element = h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    h('p', { id: `${id}-hint`, class: 'hint' }, hint),
    box,
    error,
  );
  return { element, input, isValid: () => why() === '' };
}

/** @param {import('../text/ja.js').Text} text @param {HTMLInputElement} input */
function showButton(text, input) {
  const button = h('button', {
    type: 'button',
    class: 'quiet',
    'data-testid': `${input.id}-show`,
    'aria-label': text.setup.showLabel,
  }, text.setup.show);
  button.addEventListener('click', () => {
    const isShown = input.type === 'text';
    input.type = isShown ? 'password' : 'text';
    // The name says what a press does, as the words on the button do.
    button.setAttribute('aria-label', isShown ? text.setup.showLabel : text.setup.hideLabel);
    button.textContent = isShown ? text.setup.show : text.setup.hide;
  });
  return button;
}
