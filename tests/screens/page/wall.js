// Owns the wall: one live page, and its likeness at every width and text size at once.
// Refuses to judge; `judge.js` does.
// Invariant: a likeness holds what the live page holds, under the same style sheets, in a window of its own width.

import { judge } from './judge.js';

export const WIDTHS = [240, 320, 390, 768, 1280];
export const TEXTS = [100, 150, 200, 310];
const HEIGHT = 720;
/** One more: a phone held sideways. */
const SIDEWAYS = { width: 844, height: 390, text: 100 };
/** A page longer than this hangs cut off; it is judged whole. */
const LONGEST = 1_800;
const SCALE = 0.4;

const live = /** @type {HTMLIFrameElement} */ (document.getElementById('live'));
const boards = [];

const loaded = (frame) => new Promise((done) => frame.addEventListener('load', done, { once: true }));

async function hang() {
  const columns = WIDTHS.map((width) => TEXTS.map((text) => ({ width, height: HEIGHT, text })));
  for (const windows of [...columns, [SIDEWAYS]]) {
    const column = document.createElement('div');
    column.className = 'column';
    document.getElementById('boards').append(column);
    for (const { width, height, text } of windows) {
      const frame = document.createElement('iframe');
      Object.assign(frame, { width, height, title: `${width} × ${height} ${text}` });
      const board = document.createElement('div');
      board.className = 'board';
      board.append(frame);
      column.append(board);
      boards.push({ board, frame, width, least: height, text });
      const done = loaded(frame);
      frame.src = '/proof/board.html';
      await done;
    }
  }
}

/** Everything that a copy of elements leaves behind: what stands in fields. */
function copyFields(from, to) {
  const fields = to.querySelectorAll('input, select, textarea');
  from.querySelectorAll('input, select, textarea').forEach((field, at) => {
    fields[at].value = field.value;
    fields[at].checked = field.checked;
  });
}

function liken({ frame, text }) {
  const from = live.contentDocument;
  const to = frame.contentDocument;
  for (const { name } of [...to.documentElement.attributes]) to.documentElement.removeAttribute(name);
  for (const { name, value } of from.documentElement.attributes) to.documentElement.setAttribute(name, value);
  const body = to.importNode(from.body, true);
  to.body.replaceWith(body);
  copyFields(from, to);
  to.documentElement.style.fontSize = `${text}%`;
  settle(to);
}

/** What moves once and rests is judged at rest; what never rests is found on the live page. */
function settle(doc) {
  for (const animation of doc.getAnimations()) {
    if (animation.effect?.getComputedTiming().endTime === Infinity) animation.cancel();
    else animation.finish();
  }
}

/** Draws a state and waits for it. @returns what failed in it */
async function draw(state, lang) {
  const done = loaded(live);
  live.src = `/index.html?state=${encodeURIComponent(state)}&lang=${lang}`;
  await done;
  for (const end = performance.now() + 20_000; !live.contentDocument.documentElement.dataset.drawn; ) {
    if (performance.now() > end) return ['it was never drawn'];
    await new Promise((go) => setTimeout(go, 5));
  }
  return live.contentWindow.FAILURES;
}

/** Draws a state at every width and text size, and judges all. */
async function show(state, lang) {
  const failures = await draw(state, lang);
  document.querySelector('h1').textContent = `${state} · ${lang}`;
  const findings = failures.map((why) => ({ width: 0, text: 0, why }));
  for (const at of boards) {
    at.frame.height = String(at.least);
    liken(at);
    for (const why of judge(at.frame.contentDocument)) findings.push({ width: at.width, text: at.text, why });
  }
  for (const { board, frame, width, least } of boards) {
    const height = Math.min(Math.max(frame.contentDocument.documentElement.scrollHeight, least), LONGEST);
    frame.height = String(height);
    Object.assign(board.style, { width: `${width * SCALE}px`, height: `${height * SCALE}px` });
  }
  const doc = live.contentDocument;
  return {
    findings,
    isDark: live.contentWindow.matchMedia('(prefers-color-scheme: dark)').matches,
    moving: doc.getAnimations().map((animation) => animation.animationName ?? String(animation)),
    restless: doc.getAnimations().some((animation) => animation.effect?.getComputedTiming().endTime === Infinity),
    isCalm: live.contentWindow.matchMedia('(prefers-reduced-motion: reduce)').matches,
    screens: [...doc.querySelectorAll('main')].map((main) => main.className),
    ids: [...new Set([...doc.querySelectorAll('[data-testid]')].map((element) => element.dataset.testid))],
    height: document.documentElement.scrollHeight,
    width: document.documentElement.scrollWidth,
  };
}

/** Draws a state and lets axe look at the live page. */
async function axe(state, lang) {
  return [...(await draw(state, lang)), ...(await axeAfter(() => undefined))];
}

/** Lets axe look at the live page after something was done to it. */
async function axeAfter(change) {
  const win = live.contentWindow;
  settle(live.contentDocument);
  change(live.contentDocument);
  if (!win.axe) {
    const script = live.contentDocument.createElement('script');
    const done = new Promise((go, fail) => Object.assign(script, { onload: go, onerror: fail }));
    script.src = '/proof/axe.js';
    live.contentDocument.head.append(script);
    await done;
  }
  const { violations } = await win.axe.run(live.contentDocument, { resultTypes: ['violations'] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' · ')}`);
}

/** Whether a likeness is the live page: the same boxes at the same place. */
async function compare(state, lang) {
  await draw(state, lang);
  const at = boards.find(({ width, text }) => width === 390 && text === 100);
  settle(live.contentDocument);
  at.frame.height = live.height;
  liken(at);
  const boxes = (doc) => [...doc.body.querySelectorAll('*')].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [element.localName, x, y, width, height].join(' ');
  });
  const [own, copied] = [boxes(live.contentDocument), boxes(at.frame.contentDocument)];
  return own.length < 10 ? ['the page is empty'] : own.filter((box, place) => box !== copied[place]);
}

/** Judges the last likeness once more, after something was planted in it. */
function plant(width, text, change) {
  const { frame } = boards.find((at) => at.width === width && at.text === text);
  change(frame.contentDocument);
  return judge(frame.contentDocument);
}

await hang();
window.wall = { show, axe, axeAfter, compare, plant };
