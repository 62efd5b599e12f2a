// A line chart in SVG: linear or logarithmic axes, a crosshair by pointer or arrow keys.
function niceTicks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step + 0);
  return ticks;
}
function logTicks(low, high) {
  const first = Math.floor(low), last = Math.ceil(high), ticks = [];
  const every = Math.ceil((high - low) / 7);
  for (let d = first; d <= last; d++) {
    const parts = high - low < 1 ? [1, 1.5, 2, 3, 4, 5, 7] : high - low < 2.5 ? [1, 2, 5] : d % every ? [] : [1];
    for (const m of parts) {
      const v = Math.log10(m) + d;
      if (v >= low - 1e-9 && v <= high + 1e-9) ticks.push(v);
    }
  }
  return ticks;
}
let clips = 0;
function axisOf(domain, log) {
  const to = log ? Math.log10 : v => v;
  let low = to(domain[0]), high = to(domain[1]);
  if (!(high > low)) { const pad = log ? 0.5 : Math.abs(low) * 0.1 || 1; low -= pad; high += pad; }
  return {low, high, log, at: v => (to(v) - low) / (high - low), back: p => { const v = low + p * (high - low); return log ? 10 ** v : v; },
    ticks: n => {
      if (!log) return niceTicks(low, high, n);
      const ticks = logTicks(low, high).map(t => 10 ** t);
      return ticks.length > 2 ? ticks : niceTicks(10 ** low, 10 ** high, n);
    }};
}

/**
 * Draws into host. spec: {height, label, x, y: {domain, log, label, format}, lines: [{x, y, color, width,
 * opacity, dash}], under: draw more below the lines, marks: [{x, y, text, shape, color}],
 * tip: (x value) => {x, dots: [{y, color}], content} or null}.
 */
function plot(host, spec) {
  const width = host.clientWidth, height = spec.height;
  if (width < 40) return;
  const y = axisOf(spec.y.domain, spec.y.log), yTicks = y.ticks(5);
  const left = 12 + 6.6 * Math.max(...yTicks.map(t => spec.y.format(t).length), 3), right = 22, top = 10, bottom = 38;
  const x = axisOf(spec.x.domain, spec.x.log), xTicks = x.ticks(Math.max(3, Math.floor(width / 110)));
  const px = v => left + x.at(v) * (width - left - right);
  const py = v => top + (1 - y.at(v)) * (height - top - bottom);
  const picture = svg('svg', {viewBox: `0 0 ${width} ${height}`, height, role: 'img', tabindex: 0, 'aria-label': spec.label});
  for (const t of yTicks) {
    picture.append(svg('line', {class: 'grid', x1: left, x2: width - right, y1: py(t), y2: py(t)}),
      svg('text', {x: left - 7, y: py(t) + 4, 'text-anchor': 'end'}, spec.y.format(t)));
  }
  for (const t of xTicks) {
    picture.append(svg('line', {class: 'grid', x1: px(t), x2: px(t), y1: top, y2: height - bottom}),
      svg('text', {x: px(t), y: height - bottom + 16, 'text-anchor': 'middle'}, spec.x.format(t)));
  }
  picture.append(svg('line', {class: 'base', x1: left, x2: width - right, y1: height - bottom, y2: height - bottom}),
    svg('text', {x: width - right, y: height - 4, 'text-anchor': 'end'}, spec.x.label));
  if (spec.y.label) picture.append(svg('text', {x: left + 6, y: top + 10}, spec.y.label));
  const clip = 'clip-' + ++clips, inner = svg('g', {'clip-path': `url(#${clip})`});
  picture.append(svg('clipPath', {id: clip}, svg('rect', {x: left - 2, y: top - 4, width: width - left - right + 4, height: height - top - bottom + 5})), inner);
  const visible = (v, axis) => v !== null && Number.isFinite(v) && (!axis.log || v > 0);
  for (const line of spec.lines) {
    let path = '', pen = false, run = 0, dots = [];
    for (let i = 0; i < line.x.length; i++) {
      if (!visible(line.y[i], spec.y) || !visible(line.x[i], spec.x)) {
        if (run === 1) dots.push(i - 1);
        pen = false; run = 0;
        continue;
      }
      path += (pen ? 'L' : 'M') + px(line.x[i]).toFixed(1) + ' ' + py(line.y[i]).toFixed(1);
      pen = true; run++;
    }
    if (run === 1) dots.push(line.x.length - 1);
    inner.append(svg('path', {d: path, fill: 'none', stroke: line.color, 'stroke-width': line.width,
      'stroke-opacity': line.opacity, 'stroke-dasharray': line.dash, 'stroke-linejoin': 'round'}));
    // A value between two gaps has no line: it gets a dot.
    for (const i of dots) inner.append(svg('circle', {cx: px(line.x[i]), cy: py(line.y[i]), r: 2.5, fill: line.color}));
  }
  for (const mark of spec.marks || []) {
    const mx = px(mark.x), my = mark.y === null ? height - bottom : py(mark.y);
    if (!(mx >= left - 1 && mx <= width - right + 1)) continue;
    picture.append(mark.shape === 'gap'
      ? svg('path', {d: `M${mx - 4.5} ${my}l4.5 -8l4.5 8z`, fill: mark.color})
      : svg('circle', {cx: mx, cy: my, r: 5, fill: mark.color, stroke: color('panel'), 'stroke-width': 2}));
    if (mark.text) {
      const start = mx < width * 0.6;
      picture.append(svg('text', {x: mx + (start ? 11 : 0), y: my + (start ? 16 : 24), 'text-anchor': start ? 'start' : 'middle',
        style: 'font-weight:600;fill:' + color('ink')}, mark.text));
    }
  }
  const cursor = svg('g', {'pointer-events': 'none'});
  picture.append(cursor);
  let place = 0.5;
  const point = p => {
    place = Math.min(1, Math.max(0, p));
    const found = spec.tip(x.back(place));
    cursor.replaceChildren();
    if (!found) return hideTip();
    const cx = px(found.x);
    cursor.append(svg('line', {class: 'base', x1: cx, x2: cx, y1: top, y2: height - bottom, 'stroke-dasharray': '2 3'}));
    for (const dot of found.dots) {
      if (visible(dot.y, spec.y)) cursor.append(svg('circle', {cx, cy: py(dot.y), r: 3.5, fill: dot.color}));
    }
    const box = picture.getBoundingClientRect();
    showTip(box.left + cx, box.top + top + 50, ...found.content);
  };
  const leave = () => { cursor.replaceChildren(); hideTip(); };
  picture.addEventListener('pointermove', event => {
    const box = picture.getBoundingClientRect();
    point((event.clientX - box.left - left) / (width - left - right));
  });
  picture.addEventListener('pointerleave', leave);
  picture.addEventListener('blur', leave);
  picture.addEventListener('keydown', event => {
    const step = {ArrowLeft: -0.01, ArrowRight: 0.01}[event.key];
    if (step === undefined) return;
    event.preventDefault();
    point(place + step * (event.shiftKey ? 10 : 1));
  });
  host.replaceChildren(picture);
}
/** The position of the value nearest to v in an ascending list. */
function nearest(list, v) {
  let low = 0, high = list.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (list[middle] < v) low = middle; else high = middle;
  }
  return Math.abs(list[low] - v) <= Math.abs(list[high] - v) ? low : high;
}
