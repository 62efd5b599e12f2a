// The ground: the data, elements, numbers, the tooltip.
const root = document.documentElement;
const data = JSON.parse(document.getElementById('data').textContent);
const byId = id => document.getElementById(id);

/** An HTML element with attributes (on... are listeners) and children (text is never markup). */
function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}
function svg(name, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}
function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key.startsWith('aria-')) element.setAttribute(key, value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}
function button(text, attributes) {
  return el('button', {type: 'button', ...attributes}, text);
}
/** Buttons of which one is pressed. */
function choice(label, names, chosen, choose) {
  const buttons = names.map((name, i) => button(name, {'aria-pressed': i === chosen, onclick: () => {
    buttons.forEach((b, j) => b.setAttribute('aria-pressed', i === j));
    choose(i);
  }}));
  return el('span', {class: 'group', role: 'group', 'aria-label': label}, ...buttons);
}
function toggle(text, pressed, change) {
  const b = button(text, {'aria-pressed': pressed, onclick: () => {
    const now = b.getAttribute('aria-pressed') !== 'true';
    b.setAttribute('aria-pressed', now);
    change(now);
  }});
  return b;
}
const color = name => getComputedStyle(root).getPropertyValue('--' + name).trim();
const whole = n => n.toLocaleString('en-US');
const share = (x, digits = 2) => (100 * x).toFixed(digits) + '\u2009%';
function short(x) {
  if (x === null || x === undefined) return 'not a number';
  const size = Math.abs(x);
  if (size === 0) return '0';
  if (size < 1e-4 || size >= 1e6) return x.toExponential(2).replace(/\.?0*e\+?/, 'e').replace('-', '\u2212');
  return String(Number(x.toPrecision(4))).replace('-', '\u2212');
}
/** Redraws when the width, the colours or the fonts change. */
function live(host, draw) {
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(host.clientWidth - width) < 1) return;
    width = host.clientWidth;
    draw();
  }).observe(host);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
}

const tip = byId('tip');
/** Shows content beside a place of the window, inside the window. */
function showTip(x, y, ...content) {
  tip.replaceChildren(...content.filter(c => c !== null));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = x + 16 + box.width > innerWidth - 6 ? x - 16 - box.width : x + 16;
  const top = Math.min(Math.max(6, y - box.height / 2), innerHeight - box.height - 6);
  tip.style.transform = `translate(${Math.max(6, left)}px, ${top}px)`;
}
function hideTip() {
  tip.hidden = true;
}
addEventListener('keydown', event => { if (event.key === 'Escape') hideTip(); });
addEventListener('scroll', hideTip, {passive: true});

/** The thumbnail of a cell, or null if none was kept. */
function thumbnail(cell) {
  if (cell < 0 || !data.sprite) return null;
  const pic = el('span', {class: 'pic t', 'aria-hidden': 'true'});
  pic.style.setProperty('--c', cell % data.sprite.columns);
  pic.style.setProperty('--r', Math.floor(cell / data.sprite.columns));
  return pic;
}
