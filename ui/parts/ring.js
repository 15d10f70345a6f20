// Owns the ring that empties as the seconds pass.
// Refuses to know clocks: it is told how much is left.
// Invariant: it moves only when told to; nothing animates by itself.

import { svg } from '../dom.js';

const RADIUS = 27;
const ROUND = 2 * Math.PI * RADIUS;

/** @returns {{ element: SVGElement, show: (part: number) => void }} `part` is what is left, 0 to 1 */
export function ring() {
  const circle = { cx: 32, cy: 32, r: RADIUS, fill: 'none', 'stroke-width': 8 };
  const left = svg('circle', { ...circle, class: 'ring-left', 'stroke-linecap': 'round' });
  const element = svg(
    'svg',
    { class: 'ring', viewBox: '0 0 64 64', 'aria-hidden': 'true' },
    svg('circle', { ...circle, class: 'ring-all' }),
    left,
  );
  /** @param {number} part */
  const show = (part) => {
    const length = Math.max(0, Math.min(1, part)) * ROUND;
    left.setAttribute('stroke-dasharray', `${length.toFixed(2)} ${ROUND.toFixed(2)}`);
  };
  return { element, show };
}
