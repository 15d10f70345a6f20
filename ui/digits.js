// Owns how typed text becomes the digits that were meant, as `core/src/text` does it.
// Refuses to know which field it came from.
// Invariant: leading zeros are kept; a character that is not a digit is never dropped in silence.

const SEPARATORS = /[\s\-\u2010-\u2015\u2212\u30fc\uff0d\uff70\u200b\ufeff]/gu;

/**
 * @param {string} typed
 * @returns {{ row: string, isDigits: boolean }} `row` is what is left when blanks and hyphens are gone
 */
export function digits(typed) {
  const row = typed.normalize('NFKC').replace(SEPARATORS, '');
  return { row, isDigits: /^[0-9]*$/.test(row) };
}

/** Groups of four, for the eye. @param {string} row */
export const grouped = (row) => row.replace(/(.{4})(?=.)/g, '$1 ');
