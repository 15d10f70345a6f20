// Owns what is said aloud without moving the focus.
// Refuses to know why.
// Invariant: a new paragraph each time; WebKitGTK reports a replaced child and nothing else.

import { h } from '../dom.js';

/** @param {string} words nothing, to forget what was said before */
export function announce(words) {
  document.getElementById('announcer')?.replaceChildren(...(words ? [h('p', {}, words)] : []));
}
