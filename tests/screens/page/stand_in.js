// Owns what stands behind the window on the wall: the answers of the app, as its own types write them.
// Refuses to know screens; a state says what is answered and what is pressed.
// Invariant: a command that nobody gave an answer for is a failure of the proof, never a silence.

'use strict';

(() => {
  const asked = new URLSearchParams(location.search);
  const named = window.STATES.filter(({ name }) => name === asked.get('state'));
  const [state] = named;
  const failures = (window.FAILURES = []);
  window.addEventListener('error', (event) => failures.push(String(event.message)));
  window.addEventListener('unhandledrejection', (event) => failures.push(String(event.reason)));
  if (named.length !== 1) {
    failures.push(`there are ${named.length} states ${asked.get('state')}`);
    document.documentElement.dataset.drawn = 'true';
    return;
  }
  const never = new Promise(() => undefined);
  const answers = { ...window.ANSWERS, ...state.answers };

  /** @param {string} command */
  async function invoke(command) {
    if (command === 'open') {
      const opening = { ...window.OPENING, ...state.opening };
      return { ...opening, manner: { ...opening.manner, language: asked.get('lang') }, view: state.view };
    }
    if (command === 'look' && !('look' in answers)) return state.view;
    if (!(command in answers)) {
      failures.push(`no answer for the command ${command}`);
      return never;
    }
    const answer = answers[command];
    if (answer === 'never') return never;
    if (answer?.refused) throw answer.refused;
    return structuredClone(answer);
  }
  window.__TAURI__ = { core: { invoke }, event: { listen: async () => () => undefined } };

  // What takes a minute takes no time in a state that waits for it; the driver's own patience is shorter.
  // Of that minute some of the time may have gone by, since the page counts it from when the focus went.
  const later = window.setTimeout;
  if (state.hurries) window.setTimeout = (then, ms, ...rest) => later(then, ms > 30_000 ? 0 : ms, ...rest);

  const found = (id) => document.querySelector(`[data-testid="${id}"]`);
  const pause = () => new Promise((go) => later(go, 4));
  async function seen(id) {
    for (const end = performance.now() + 10_000; performance.now() < end; await pause()) {
      if (found(id)?.checkVisibility()) return found(id);
    }
    throw new Error(`${id} was not seen`);
  }
  const STEPS = {
    press: async (id) => (await seen(id)).click(),
    type: async (id, text) => {
      const field = await seen(id);
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.dispatchEvent(new Event('change', { bubbles: true }));
      field.dispatchEvent(new Event('blur'));
    },
    see: seen,
    idle: async () => window.dispatchEvent(new Event('blur')),
    offline: async () => window.dispatchEvent(new Event('offline')),
  };

  window.addEventListener('load', async () => {
    try {
      for (const end = performance.now() + 10_000; !document.querySelector('main'); await pause()) {
        if (performance.now() > end) throw new Error('nothing was drawn');
      }
      for (const [step, ...words] of state.steps ?? []) await STEPS[step](...words);
      await pause();
    } catch (why) {
      failures.push(String(why));
    }
    document.documentElement.dataset.drawn = 'true';
  });
})();
