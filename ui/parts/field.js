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
 * @property {boolean} [isOptional] there is another way than to fill it in
 * @property {(typed: string) => string} [clean] takes out what may stand between its digits
 * @property {(row: string) => string} [shape] how its digits are set on leaving it; in groups of four without it
 * @property {(row: string) => string} [wrong] what else is wrong with its digits, in words
 * @property {(typed: string) => void} changed
 */

/**
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {HTMLInputElement} input
 * @property {() => boolean} isValid
 * @property {(words: string) => void} tell shows an error, until it is left or right
 * @property {() => boolean} check the same, and an error is shown, also that nothing was typed
 */

/** @param {import('../text/ja.js').Text} text @param {Wanted} wanted @returns {Field} */
export function field(text, wanted) {
  const { id, label, hint, least, most, clean = (typed) => typed, shape = grouped } = wanted;
  const length = least === most ? `${most}` : `${least}～${most}`;
  const error = h('div', { id: `${id}-error`, class: 'error', 'data-testid': `${id}-error`, 'aria-live': 'polite' });
  const input = h('input', {
    id,
    'data-testid': id,
    type: wanted.isSecret ? 'password' : 'text',
    inputmode: 'numeric',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 64,
    required: !wanted.isOptional,
    'aria-describedby': `${id}-hint ${id}-error`,
  });
  input.value = wanted.typed;

  const why = () => {
    const { row, isDigits } = digits(clean(input.value));
    if (!isDigits) return text.setup.notDigits;
    const odd = row !== '' && wanted.wrong?.(row);
    if (odd) return odd;
    if (row.length < least) return text.setup.tooShort(least - row.length, length);
    if (row.length > most) return text.setup.tooLong(row.length - most, length);
    return '';
  };
  let said = '';
  /** @param {string} words */
  const tell = (words) => {
    if (words === said) return;
    said = words;
    // A screen reader is told of a new paragraph, and of nothing less.
    error.replaceChildren(...(words ? [h('p', {}, h('span', { class: 'mark', 'aria-hidden': 'true' }, '⚠ '), words)] : []));
    input.setAttribute('aria-invalid', String(words !== ''));
  };

  input.addEventListener('input', () => {
    if (why() === '') tell('');
    wanted.changed(input.value);
  });
  const leave = () => {
    const words = input.value === '' ? '' : why();
    if (words === '' && input.value !== '' && !wanted.isSecret) {
      input.value = shape(digits(clean(input.value)).row);
      wanted.changed(input.value);
    }
    tell(words);
  };
  const check = () => {
    tell(input.value === '' ? text.setup.nothing(label) : why());
    return said === '';
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
  return { element, input, isValid: () => why() === '', tell, check };
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
