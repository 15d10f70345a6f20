// Owns where a title may break: between its phrases, never inside a word.
// Refuses to know the words; in the text a bar stands where a line may end.
// Invariant: what is read aloud and copied has no bars.

import { h } from '../dom.js';

/** @param {string} text */
export const phrases = (text) => text.split('|').map((phrase) => h('span', { class: 'phrase' }, phrase));

/** @param {string} text */
export const plain = (text) => text.replaceAll('|', '');
