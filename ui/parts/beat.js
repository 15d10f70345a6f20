// Owns what is looked at again and again while a page is on.
// Refuses to know what is looked at.
// Invariant: nothing runs while nobody can see the page, nor after it was left.

/** @typedef {import('../app.js').Act} Act */

/**
 * Looks at once, then after every so many ms, until it is told to stop. Whoever comes back to the page is shown at once.
 * @param {Act} act
 * @param {number} ms
 * @param {() => void} look
 * @returns {() => void} stops it
 */
export function beat(act, ms, look) {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  let isOver = false;
  const go = () => {
    clearInterval(timer);
    if (isOver || document.visibilityState === 'hidden') return;
    timer = setInterval(look, ms);
    look();
  };
  const stop = () => {
    isOver = true;
    clearInterval(timer);
    document.removeEventListener('visibilitychange', go);
  };
  document.addEventListener('visibilitychange', go);
  act.whenLeft(stop);
  go();
  return stop;
}
