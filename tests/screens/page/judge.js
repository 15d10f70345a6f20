// Owns the judgement of one drawn page: what is clipped, overlaps, is too wide, too small or too faint.
// Refuses to know which screen it is.
// Invariant: it judges what the engine laid out, in CSS pixels of the page's own window; it changes nothing.

/** Half a pixel of rounding, and one for hairlines. */
const SLACK = 1;
const CONTROLS = 'button, a[href], input, select, textarea, summary, [role="button"], [role="switch"], [role="tab"]';
const TARGET = 44;
const LEAST_TARGET = 24;
/** Where a code's digits stand. */
const DIGITS = '[data-testid="code-value"], [data-testid="sign-code"]';
/** What the edges and blanks of a button or a box leave of a line. */
const OWN_EDGES = 0.85;

const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const colours = new Map();

/** @returns {number[]} red, green, blue 0 to 255, alpha 0 to 1 */
function colour(text) {
  if (!colours.has(text)) {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = text;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    colours.set(text, [r, g, b, a / 255]);
  }
  return colours.get(text);
}

const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));

function light(rgb) {
  const [r, g, b] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function ratio(one, other) {
  const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

/** What may lie behind an element's text: its own ground, and that of a layer drawn below the text. */
function grounds(element, win) {
  const chain = [];
  for (let at = element; at; at = at.parentElement) chain.unshift(at);
  let ground = [[255, 255, 255]];
  for (const at of chain) {
    const own = colour(win.getComputedStyle(at).backgroundColor);
    if (own[3] > 0) ground = ground.map((below) => over(own, below));
    const layer = win.getComputedStyle(at, '::before');
    if (layer.content === 'none' || layer.position !== 'absolute') continue;
    const drawn = colour(layer.backgroundColor);
    if (drawn[3] > 0) ground = [...ground, ...ground.map((below) => over(drawn, below))];
  }
  return ground;
}

function contrast(element, win) {
  let ink = colour(win.getComputedStyle(element).color);
  for (let at = element; at; at = at.parentElement) ink = [...ink.slice(0, 3), ink[3] * Number(win.getComputedStyle(at).opacity)];
  return Math.min(...grounds(element, win).map((ground) => ratio(over(ink, ground), ground)));
}

/** For screen readers alone. */
const isUnseen = (element) => element.closest('.unseen') !== null;
const isVisible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !isUnseen(element);

function named(element) {
  const id = element.closest('[data-testid]')?.getAttribute('data-testid');
  const text = element.textContent.trim().slice(0, 24);
  return `${element.localName}${element.className && typeof element.className === 'string' ? `.${element.className.split(' ').join('.')}` : ''}${id ? ` in ${id}` : ''} “${text}”`;
}

/** The lines of text that can be seen, each without the blank above and below its letters. */
function lines(doc) {
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  const range = doc.createRange();
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const owner = node.parentElement;
    if (!owner || node.data.trim() === '' || !isVisible(owner)) continue;
    range.selectNodeContents(node);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      if (right - left < SLACK) continue;
      const blank = (bottom - top) * 0.2;
      found.push({ owner, box: { left, right, top: top + blank, bottom: bottom - blank } });
    }
  }
  return found;
}

function inner(element, win) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const style = win.getComputedStyle(element);
  const side = (name) => Number.parseFloat(style.getPropertyValue(`border-${name}-width`)) || 0;
  return { left: left + side('left'), right: right - side('right'), top: top + side('top'), bottom: bottom - side('bottom') };
}

const exceeds = (box, around, vertical = true) =>
  box.left < around.left - SLACK || box.right > around.right + SLACK ||
  (vertical && (box.top < around.top - SLACK || box.bottom > around.bottom + SLACK));

const meet = (one, other) =>
  Math.min(one.right, other.right) - Math.max(one.left, other.left) > SLACK &&
  Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > SLACK;

/** What lies above the page on purpose, and hides what is below it. */
function layer(element, win) {
  for (let at = element; at && at !== at.ownerDocument.body; at = at.parentElement) {
    const { position, backgroundColor } = win.getComputedStyle(at);
    if ((position === 'absolute' || position === 'fixed') && colour(backgroundColor)[3] === 1) return at;
  }
  return null;
}

function clipped(text, win) {
  const findings = [];
  for (const { owner, box } of text) {
    for (let at = owner; at && at !== at.ownerDocument.documentElement; at = at.parentElement) {
      const style = win.getComputedStyle(at);
      const cuts = style.overflowX !== 'visible' || style.overflowY !== 'visible';
      const scrolls = /auto|scroll/.test(style.overflowY);
      const isPainted = colour(style.backgroundColor)[3] > 0 || Number.parseFloat(style.borderTopWidth) > 0;
      if (at === at.ownerDocument.body || style.display === 'inline' || !(cuts || isPainted)) continue;
      if (exceeds(box, inner(at, win), !scrolls)) findings.push(`clipped: ${named(owner)} does not fit into ${named(at)}`);
    }
  }
  return findings;
}

function wide(doc, win) {
  const width = win.innerWidth;
  const findings = [];
  if (doc.documentElement.scrollWidth > width) findings.push(`sideways: the page is ${doc.documentElement.scrollWidth} px wide`);
  for (const element of doc.body.querySelectorAll('*')) {
    if (element.closest('svg')?.parentElement?.closest('svg') || !isVisible(element)) continue;
    const { left, right } = element.getBoundingClientRect();
    if (right > width + SLACK || left < -SLACK) findings.push(`too wide: ${named(element)} reaches from ${Math.round(left)} to ${Math.round(right)} px`);
    const { overflowX } = win.getComputedStyle(element);
    if (/auto|scroll/.test(overflowX) && element.scrollWidth > element.clientWidth + SLACK && element.localName !== 'input') {
      findings.push(`sideways: ${named(element)} scrolls`);
    }
  }
  return findings;
}

function overlapping(text, controls, win) {
  const items = [...text, ...controls.map((owner) => ({ owner, box: owner.getBoundingClientRect() }))];
  const layers = new Map();
  const layerOf = (element) => {
    if (!layers.has(element)) layers.set(element, layer(element, win));
    return layers.get(element);
  };
  const findings = [];
  items.forEach((one, at) => {
    for (const other of items.slice(at + 1)) {
      if (!meet(one.box, other.box) || one.owner.contains(other.owner) || other.owner.contains(one.owner)) continue;
      if (layerOf(one.owner) !== layerOf(other.owner)) continue;
      findings.push(`overlap: ${named(one.owner)} and ${named(other.owner)}`);
    }
  });
  return findings;
}

function small(controls) {
  const findings = [];
  for (const control of controls) {
    const label = control.closest('label');
    const { width, height } = (label ?? control).getBoundingClientRect();
    const least = control.localName === 'a' && control.closest('p, li') ? LEAST_TARGET : TARGET;
    if (Math.min(width, height) < least - 0.5) findings.push(`target: ${named(control)} is ${Math.round(width)} × ${Math.round(height)} px`);
  }
  return findings;
}

function faint(text, doc, win) {
  const findings = [];
  for (const owner of new Set(text.map((line) => line.owner))) {
    const isDigits = owner.closest(DIGITS) !== null;
    const found = contrast(owner, win);
    if (found < (isDigits ? 7 : 4.5)) findings.push(`contrast: ${named(owner)} has ${found.toFixed(2)}:1`);
  }
  for (const field of doc.querySelectorAll('input, select, textarea')) {
    if (isVisible(field) && contrast(field, win) < 4.5) findings.push(`contrast: ${named(field)} has ${contrast(field, win).toFixed(2)}:1`);
  }
  return findings;
}

/**
 * Numbers, dates and the few words on a button stay in one piece wherever the page is wide enough for them; other words
 * where a line holds eight letters' squares.
 */
function torn(doc, win) {
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  const range = doc.createRange();
  const findings = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const owner = node.parentElement;
    // Names of packages have hardly a place to break at, and are longer than lines.
    if (!owner || !isVisible(owner) || owner.closest('[data-testid="licence"]')) continue;
    for (const { 0: word, index } of node.data.matchAll(/[¥A-Za-z0-9.,:/’]{2,}/gu)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const parts = [...range.getClientRects()].filter(({ width }) => width > SLACK);
      const rows = new Set(parts.map(({ top }) => Math.round(top)));
      if (rows.size < 2) continue;
      const whole = parts.reduce((sum, { width }) => sum + width, 0);
      const room = inner(owner.closest('main') ?? doc.body, win);
      const padding = 2 * Number.parseFloat(win.getComputedStyle(owner.closest('main') ?? doc.body).paddingLeft);
      const line = (room.right - room.left - padding) / Number.parseFloat(win.getComputedStyle(owner).fontSize);
      if (line < 8 && !/[0-9]/.test(word) && (owner.closest(CONTROLS)?.textContent.length ?? 99) > 20) continue;
      if (whole < OWN_EDGES * (room.right - room.left - padding)) findings.push(`torn: “${word}” in ${named(owner)} stands on ${rows.size} lines`);
    }
  }
  return findings;
}

/** Each half on one line, whole, and at least as large as the page's text. */
function broken(text, doc, win) {
  const halves = [...(doc.querySelector(DIGITS)?.children ?? [])].filter(isVisible);
  const least = Number.parseFloat(win.getComputedStyle(doc.body).fontSize);
  const findings = [];
  for (const half of halves) {
    const rows = text.filter(({ owner }) => half.contains(owner)).map(({ box }) => box);
    const box = { left: Math.min(...rows.map(({ left }) => left)), right: Math.max(...rows.map(({ right }) => right)) };
    const around = half.getBoundingClientRect();
    if (rows.length > 1) findings.push(`digits: ${named(half)} is broken over ${rows.length} lines`);
    if (box.left < around.left || box.right > around.right || around.left < 0 || around.right > win.innerWidth) findings.push(`digits: ${named(half)} is not whole`);
    if (Number.parseFloat(win.getComputedStyle(half).fontSize) < least) findings.push(`digits: ${named(half)} is smaller than the text`);
  }
  return findings;
}

/** Two buttons of one name, but for the rows of a list: whoever drives the page would press the wrong one. */
function doubled(controls) {
  const ids = controls.filter((control) => control.closest('li') === null).map(({ dataset }) => dataset.testid ?? '');
  return ids.filter((id, at) => id !== '' && ids.indexOf(id) !== at).map((id) => `twice: there are two ${id}`);
}

/** @param {Document} doc @returns {string[]} what is wrong with it, each finding once */
export function judge(doc) {
  const win = doc.defaultView;
  const text = lines(doc);
  const controls = [...doc.querySelectorAll(CONTROLS)].filter(isVisible);
  return [...new Set([
    ...wide(doc, win),
    ...clipped(text, win),
    ...overlapping(text, controls, win),
    ...small(controls),
    ...doubled(controls),
    ...faint(text, doc, win),
    ...torn(doc, win),
    ...broken(text, doc, win),
  ])];
}
