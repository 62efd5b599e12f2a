// Loss and metric curves: one card for each chart.
/**
 * Exponential smoothing forward and backward, so that the line does not lag; gaps stay gaps.
 * Strength 1 averages over a twentieth of the curve, whatever its length.
 */
function smooth(values, strength) {
  const weight = Math.exp(-20 / (strength * strength * values.length));
  const pass = order => {
    const result = new Array(values.length).fill(null);
    let sum = 0, mass = 0;
    for (const i of order) {
      if (values[i] === null) continue;
      sum = weight * sum + (1 - weight) * values[i];
      mass = weight * mass + (1 - weight);
      result[i] = sum / mass;
    }
    return result;
  };
  const order = values.map((_, i) => i);
  const forward = pass(order), backward = pass(order.reverse());
  return forward.map((v, i) => (v === null ? null : (v + backward[i]) / 2));
}
/** Whether a curve goes up and down so much that a smoothed line helps. */
function noisy(values) {
  const finite = values.filter(v => v !== null);
  if (finite.length < 30) return false;
  const [low, high] = extent([finite]);
  const travel = finite.reduce((sum, v, i) => sum + (i ? Math.abs(v - finite[i - 1]) : 0), 0);
  return travel > 4 * (high - low);
}
function extent(lists) {
  let low = Infinity, high = -Infinity;
  for (const list of lists) for (const v of list) {
    if (v === null) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}
function drawCurves() {
  const host = byId('curves');
  if (!host) return;
  const charts = new Map();
  for (const curve of data.curves) {
    if (curve.values.length) charts.set(curve.chart, [...(charts.get(curve.chart) || []), curve]);
  }
  let strength = 0.5;
  const redraws = [];
  const worth = data.curves.some(c => noisy(c.values));
  const grid = el('div', {class: 'charts'});
  host.replaceChildren(worth ? el('div', {class: 'controls'}, el('label', {class: 'inline'}, 'Smoothing',
    el('input', {type: 'range', min: 0, max: 1, step: 0.02, value: strength, oninput: event => {
      strength = Number(event.target.value);
      redraws.forEach(draw => draw());
    }}))) : '', grid);
  for (const [title, curves] of charts) redraws.push(chart(grid, title, curves, () => strength));
}
function chart(grid, title, curves, strength) {
  const values = extent(curves.map(c => c.values)), steps = extent(curves.map(c => c.steps));
  const loggable = values[0] > 0 && Number.isFinite(values[1]);
  let log = false;
  const lonely = curves.length === 1;
  const body = el('div', {class: 'plotted'});
  const tone = i => color('c' + i % 10);
  const key = el('div', {class: 'key'});
  const foot = el('p', {class: 'remark'});
  const head = el('header', {}, el('h3', {}, title), lonely ? null : key,
    button('log', {'aria-pressed': 'false', disabled: !loggable, 'aria-label': 'Logarithmic axis for ' + title,
      title: loggable ? 'Logarithmic axis' : 'A logarithmic axis needs values above 0', onclick: event => {
        log = !log;
        event.target.setAttribute('aria-pressed', log);
        draw();
      }}));
  grid.append(el('div', {class: 'card'}, head, body, foot));
  const broken = curves.flatMap(c => c.steps.filter((_, i) => c.values[i] === null));
  const lost = curves.reduce((sum, c) => sum + c.notFinite, 0);
  const thinned = curves.some(c => c.recorded > c.values.length);
  foot.textContent = [
    broken.length ? `${whole(lost)} ${lost === 1 ? 'value is' : 'values are'} not finite, first at step ${whole(broken[0])} (\u25B2).` : '',
    thinned ? 'Thinned for drawing; extremes are kept.' : ''].filter(Boolean).join(' ');
  const unit = curves[0].unit;
  function draw() {
    if (!Number.isFinite(values[0])) {
      body.replaceChildren(el('p', {class: 'empty'}, 'No finite value was recorded.'));
      return;
    }
    key.replaceChildren(...curves.map((c, i) => {
      const line = el('i');
      line.style.background = tone(i);
      return el('span', {}, line, c.name);
    }));
    const smoothed = curves.map(c => {
      if (!noisy(c.values) || strength() === 0) return null;
      // A thinned curve keeps extremes; its smoothed line follows the means.
      const base = c.means || c;
      return {x: base.steps, y: smooth(base.values, strength())};
    });
    const pad = log ? 1 : (values[1] - values[0]) * 0.05;
    plot(body, {
      height: 250,
      label: `${title}: ${curves.map(c => `${c.name} from ${short(c.values[0])} to ${short(c.values[c.values.length - 1])}`).join('; ')}, over steps ${steps.map(whole).join(' to ')}`,
      x: {domain: steps, log: false, label: 'step', format: t => (Math.abs(t) >= 10000 ? short(t / 1000) + 'k' : whole(t))},
      y: {domain: log ? values : [values[0] >= 0 && values[0] - pad < 0 ? 0 : values[0] - pad, values[1] + pad], log, label: unit, format: short},
      lines: curves.flatMap((c, i) => {
        const raw = {x: c.steps, y: c.values, color: tone(i), width: smoothed[i] ? 1 : 2, opacity: smoothed[i] ? 0.32 : 1};
        return smoothed[i] ? [raw, {x: smoothed[i].x, y: smoothed[i].y, color: tone(i), width: 2.2, opacity: 1}] : [raw];
      }),
      marks: curves.flatMap(c => c.steps.flatMap((s, i) => (c.values[i] === null ? [{x: s, y: null, shape: 'gap', color: color('wrong')}] : []))),
      tip: step => {
        const at = curves.map(c => nearest(c.steps, step));
        const soft = smoothed.map(s => (s ? s.y[nearest(s.x, step)] : null));
        const rows = curves.map((c, i) => el('tr', {}, el('th', {}, lonely ? 'value' : c.name), el('td', {}, short(c.values[at[i]])),
          smoothed[i] ? el('td', {}, '\u2248\u2009' + short(soft[i])) : null));
        return {x: curves[0].steps[at[0]], dots: curves.map((c, i) => ({y: smoothed[i] ? soft[i] : c.values[at[i]], color: tone(i)})),
          content: [el('b', {}, 'step ' + whole(curves[0].steps[at[0]])), el('table', {}, ...rows)]};
      },
    });
  }
  live(body, draw);
  return draw;
}
function drawRoc() {
  const host = byId('roc');
  if (!host) return;
  const roc = data.roc;
  const positive = roc.fpr.filter(v => v > 0);
  const least = positive.length ? Math.max(1e-6, Math.min(...positive, 0.1)) : 0.01;
  let log = false;
  const body = el('div', {class: 'plotted'});
  const draw = () => {
    const diagonal = log ? Array.from({length: 60}, (_, i) => least ** (1 - i / 59)) : [0, 1];
    const eer = roc.eer === null ? [] : [{x: roc.eer, y: 1 - roc.eer, shape: 'dot', color: color('wrong'), text: 'EER ' + share(roc.eer)}];
    plot(body, {
      height: Math.min(460, Math.max(300, body.clientWidth * 0.78)),
      label: `ROC curve; area ${roc.auc === null ? 'not measured' : share(roc.auc)}, equal error rate ${roc.eer === null ? 'not measured' : share(roc.eer)}`,
      x: {domain: log ? [least, 1] : [0, 1], log, label: 'false positive rate: other pairs accepted', format: v => Number((100 * v).toPrecision(3)) + '\u2009%'},
      y: {domain: [0, 1], log: false, label: '', format: v => Math.round(100 * v) + '\u2009%'},
      lines: [{x: diagonal, y: diagonal, color: color('faint'), width: 1.2, dash: '4 4'},
        {x: roc.fpr, y: roc.tpr, color: color('accent'), width: 2.4}],
      marks: eer,
      tip: rate => {
        const i = nearest(roc.fpr, rate);
        return {x: roc.fpr[i], dots: [{y: roc.tpr[i], color: color('accent')}], content: [el('table', {},
          el('tr', {}, el('th', {}, 'accepted of same'), el('td', {}, share(roc.tpr[i]))),
          el('tr', {}, el('th', {}, 'accepted of others'), el('td', {}, Number((100 * roc.fpr[i]).toPrecision(3)) + '\u2009%')))]};
      },
    });
  };
  host.replaceChildren(el('div', {class: 'controls'}, choice('Axis of the false positive rate', ['linear', 'logarithmic'], 0, i => {
    log = i === 1;
    draw();
  }), 'false positive axis'), el('div', {class: 'card'}, body));
  live(body, draw);
}
