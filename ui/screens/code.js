// Owns ワンタイムパスワード: the code on show, the copy of it, the token's facts.
// Refuses to know keys and how a code is made and counted down.
// Invariant: the institution's name comes first; what is copied is what is on show.

import * as api from '../api.js';
import { h } from '../dom.js';
import { facts } from '../parts/facts.js';
import { liveCode } from '../parts/live_code.js';
import { top } from '../parts/menu.js';
import { notes } from '../parts/notes.js';
import { plain } from '../parts/phrases.js';

/** @typedef {import('../app.js').Act} Act */
/** @typedef {import('../api.js').TokenView} TokenView */

/** What is said of the clock stays long enough to be read, ms. */
const READ = 8_000;
/** What could not be asked is said for longer: it is for the member to look after. ms. */
const LOOKED_AFTER = 60_000;

/** @param {TokenView} view @param {Act} act */
export function render(view, act) {
  const words = act.text.code;
  const live = liveCode(act, {
    id: 'code-value',
    ask: async (isNext) => act.first() ?? api.showCode(isNext),
    failed: (why) => act.refuse(why, () => api.look(true)),
    pressed: () => void (act.canCopy && copyIt()),
    clockWasSet: tellOfTheClock,
  });
  const noted = notes(view, act);
  const next = h('button', { type: 'button', class: 'quiet', 'data-testid': 'next-code', click: live.showNext }, words.next);
  const copy = h('button', { type: 'button', 'data-testid': 'copy', click: () => copyIt() }, words.copy);
  const root = h(
    'main',
    { class: 'screen code', 'data-testid': 'code' },
    top(view, act),
    h(
      'div',
      { class: 'middle' },
      noted.above,
      live.shown,
      live.left,
      h('div', { class: 'acts' }, act.canCopy && copy, act.settings.offers_next && next, live.reveal),
      live.message.element,
      noted.below,
    ),
    facts(view, words),
  );

  let isCopying = false;
  async function copyIt() {
    if (isCopying) return;
    isCopying = true;
    try {
      const stays = await copyShown();
      if (stays !== null) live.message.say(words.copied(stays), stays * 1000);
    } catch (why) {
      const code = why instanceof api.Refused ? why.code : 'copy_failed';
      if (code === 'copy_failed') live.message.say(plain(act.text.refusals.copy_failed.title));
      else act.refuse(why, () => api.look(true));
    } finally {
      isCopying = false;
    }
  }

  /**
   * Where the code changes under the press, it is the new one that is copied. Tells the seconds that it stays; null when
   * no code came on show.
   */
  async function copyShown() {
    for (;;) {
      const step = await live.onShow();
      if (step === 0) return null;
      const stays = await api.copyCode(step);
      if (stays !== null) return stays;
      live.renew(step);
    }
  }

  /** Whoever set the clock may have set it right or wrong: only the centre can tell. */
  async function tellOfTheClock() {
    const from = performance.now();
    live.message.say(words.clockWasSet);
    const isTold = await check(true);
    // Something else was said meanwhile, or another page is on.
    if (!root.isConnected || live.message.element.textContent !== words.clockWasSet) return;
    if (isTold) live.message.stay(Math.max(0, from + READ - performance.now()));
    else live.message.say(words.clockUnasked, LOOKED_AFTER);
  }

  /** @param {boolean} clockWasSet @returns {Promise<boolean>} */
  async function check(clockWasSet) {
    const isNews = await api.check(clockWasSet).catch(() => false);
    if (isNews && root.isConnected) await noted.look();
    return isNews;
  }

  live.start(root).then(() => check(false));
  return root;
}
