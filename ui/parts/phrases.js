// Owns where a title may break: between its phrases, never inside a word.
// Refuses to know the words; in the text a bar stands where a line may end.
// Invariant: what is read aloud and copied has no bars and no blanks between phrases.

import { h } from '../dom.js';

/** @param {string} text */
export const phrases = (text) => text.split('|').flatMap((phrase, at) => (at === 0 ? [phrase] : [h('wbr'), phrase]));

/** @param {string} text */
export const plain = (text) => text.replaceAll('|', '');
