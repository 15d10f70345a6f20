// Owns the small picture of the tally: one half while the other is awaited, both when they have met.
// Refuses to know what is awaited.
// Invariant: it says nothing that the words beside it do not say.

import { svg } from '../dom.js';

const SEAL = { class: 'emblem-seal', fill: 'none', 'stroke-width': 7 };

/** @param {'one' | 'waits' | 'whole'} state */
export function emblem(state) {
  return svg(
    'svg',
    { class: `emblem ${state}`, viewBox: '14 18 100 92', 'aria-hidden': 'true' },
    svg(
      'g',
      { class: 'emblem-left' },
      svg('path', { class: 'emblem-wood', d: 'M34 20h26c-5 11 6 19 1 29s-7 17-1 28-4 18 0 31H34a8 8 0 0 1-8-8V28a8 8 0 0 1 8-8z' }),
      svg('path', { ...SEAL, d: 'M59 42.6a21 21 0 0 0 0 40.8' }),
    ),
    svg(
      'g',
      { class: 'emblem-right' },
      svg('path', { class: 'emblem-wood', d: 'M68 20h26a8 8 0 0 1 8 8v72a8 8 0 0 1-8 8H68c-4-13 6-20 0-31s-4-18 1-28-6-18-1-29z' }),
      svg('path', { ...SEAL, d: 'M69 42.6a21 21 0 0 1 0 40.8' }),
    ),
  );
}
