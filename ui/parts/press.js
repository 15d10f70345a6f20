// Owns whether a finger or a mouse button is down.
// Refuses to know on what.
// Invariant: nothing that waits for the end of a press runs before its click.

let isDown = false;
document.addEventListener('pointerdown', () => { isDown = true; }, true);
for (const end of ['pointerup', 'pointercancel']) document.addEventListener(end, () => { isDown = false; }, true);

/**
 * Runs at once, or after the press that is under way: what moves the page meanwhile would move the target of the
 * press away from under it, and the click would be lost.
 * @param {() => void} action
 */
export function afterPress(action) {
  if (!isDown) return action();
  const later = () => {
    for (const end of ['pointerup', 'pointercancel']) document.removeEventListener(end, later);
    setTimeout(action);
  };
  for (const end of ['pointerup', 'pointercancel']) document.addEventListener(end, later);
}
