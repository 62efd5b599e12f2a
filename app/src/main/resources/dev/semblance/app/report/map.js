// The embedding map: points on a canvas, pictures on hover, a legend that shows and hides classes.
const MOST_COLOURED = 20, SLOTS = 10, MOST_LISTED = 300;

/** Draws one marker; classes beyond the tenth share colours but not shapes. */
function marker(context, x, y, r, shape) {
  context.beginPath();
  if (shape === 0) context.arc(x, y, r, 0, 7);
  else {
    const s = r * 1.3;
    context.moveTo(x, y - s); context.lineTo(x + s, y); context.lineTo(x, y + s); context.lineTo(x - s, y); context.closePath();
  }
  context.fill();
}
function drawMap() {
  const host = byId('map');
  if (!host) return;
  const {labels, cells, projections, total} = data.map;
  const counts = new Array(data.classNames.length).fill(0);
  labels.forEach(label => counts[label]++);
  const present = counts.flatMap((n, i) => (n ? [i] : []));
  const picking = present.length > MOST_COLOURED;
  const hidden = new Set();
  const slots = new Map();
  if (picking) [...present].sort((a, b) => counts[b] - counts[a] || a - b).slice(0, SLOTS).forEach((c, i) => slots.set(c, i));
  const rank = new Map(present.map((c, i) => [c, i]));
  const slotOf = c => (picking ? slots.get(c) : rank.get(c));
  const colourOf = c => (slotOf(c) === undefined ? color('mute') : color('c' + slotOf(c) % 10));
  const shapeOf = c => (picking ? 0 : Math.floor(rank.get(c) / 10));
  const shown = c => !hidden.has(c);

  let view = 0, zoom = 1, middle = [0, 0], active = -1, lit = -1, names = !picking;
  const canvas = el('canvas', {tabindex: 0, role: 'img', 'aria-describedby': 'map-hint',
    'aria-label': `Map of the embedding: ${whole(total)} pictures of ${present.length} ${present.length === 1 ? 'class' : 'classes'}`});
  const stage = el('div', {class: 'stage'}, canvas, el('div', {class: 'zoom'},
    button('+', {'aria-label': 'Zoom in', onclick: () => zoomBy(1.5)}),
    button('\u2212', {'aria-label': 'Zoom out', onclick: () => zoomBy(1 / 1.5)}),
    button('\u2922', {'aria-label': 'Show all', onclick: () => { zoom = 1; zoomBy(1); }})));

  // Points in a scattered fixed order, so that no class is painted over all others.
  const places = projections.map(p => {
    const order = p.points.map((_, i) => i).filter(i => p.x[i] !== null && p.y[i] !== null);
    for (let i = order.length - 1, seed = 1; i > 0; i--) {
      seed = (seed * 48271) % 2147483647;
      const j = seed % (i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    const [left, right] = extent([order.map(i => p.x[i])]), [low, high] = extent([order.map(i => p.y[i])]);
    const byClass = new Map();
    order.forEach(i => {
      const c = labels[p.points[i]];
      if (!byClass.has(c)) byClass.set(c, []);
      byClass.get(c).push(i);
    });
    const median = list => list.sort((a, b) => a - b)[list.length >> 1];
    const centres = [...byClass].map(([c, list]) => [c, median(list.map(i => p.x[i])), median(list.map(i => p.y[i]))]);
    return {p, order, centres, lost: p.points.length - order.length, middle: [(left + right) / 2, (low + high) / 2],
      width: right - left || high - low || 1, height: high - low || right - left || 1};
  });
  let frame;
  function measure() {
    const now = places[view], w = canvas.clientWidth, h = canvas.clientHeight;
    const k = Math.min((w - 56) / now.width, (h - 56) / now.height) * zoom;
    frame = {w, h, k, x: v => w / 2 + (v - now.middle[0] - middle[0]) * k, y: v => h / 2 - (v - now.middle[1] - middle[1]) * k};
  }
  let asked = false;
  function draw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; paint(); });
  }
  function paint() {
    measure();
    const {w, h} = frame, density = devicePixelRatio || 1, now = places[view], {p} = now;
    if (!w) return;
    canvas.width = w * density;
    canvas.height = h * density;
    const g = canvas.getContext('2d');
    g.scale(density, density);
    const r = Math.max(1.5, Math.min(3.6, 170 / Math.sqrt(now.order.length + 400) / 1.05 * (w < 500 ? 0.6 : 0.75))) * Math.min(2, zoom ** 0.3);
    const colours = new Map(present.map(c => [c, colourOf(c)]));
    const paintWhere = (wanted, alpha) => {
      g.globalAlpha = alpha;
      for (const i of now.order) {
        const c = labels[p.points[i]];
        if (!shown(c) || !wanted(c)) continue;
        const x = frame.x(p.x[i]), y = frame.y(p.y[i]);
        if (x < -9 || y < -9 || x > w + 9 || y > h + 9) continue;
        g.fillStyle = c === lit && slotOf(c) === undefined ? color('ink') : colours.get(c);
        marker(g, x, y, r, shapeOf(c));
      }
    };
    if (lit >= 0) {
      paintWhere(c => c !== lit, 0.13);
      paintWhere(c => c === lit, 0.95);
    } else {
      if (picking) paintWhere(c => !slots.has(c), 0.6);
      paintWhere(c => !picking || slots.has(c), 0.82);
    }
    g.globalAlpha = 1;
    if (names || lit >= 0) {
      g.font = '600 12.5px system-ui, sans-serif';
      g.textAlign = 'center';
      g.lineJoin = 'round';
      const taken = [];
      const inside = (x, y) => x >= 0 && y >= 0 && x <= w && y <= h;
      for (const [c, x, y] of now.centres) {
        if (!shown(c) || !inside(frame.x(x), frame.y(y)) || (lit >= 0 ? c !== lit : picking && !slots.has(c))) continue;
        const text = clip(data.classNames[c], 24), half = g.measureText(text).width / 2 + 3;
        const tx = Math.min(w - half - 4, Math.max(half + 4, frame.x(x)));
        let ty = frame.y(y);
        for (let tries = 0; tries < 12 && taken.some(t => Math.abs(t.ty - ty) < 16 && Math.abs(t.tx - tx) < t.half + half); tries++) ty += 17;
        taken.push({tx, ty, half});
        g.strokeStyle = color('panel');
        g.lineWidth = 4;
        g.globalAlpha = 0.85;
        g.strokeText(text, tx, ty + 4);
        g.globalAlpha = 1;
        g.fillStyle = color('ink');
        g.fillText(text, tx, ty + 4);
      }
    }
    if (active >= 0) {
      g.strokeStyle = color('ink');
      g.lineWidth = 2;
      g.beginPath();
      g.arc(frame.x(p.x[active]), frame.y(p.y[active]), r + 4, 0, 7);
      g.stroke();
    }
  }
  function find(x, y, reach, wanted) {
    const {p, order} = places[view];
    let best = -1, least = reach * reach;
    for (const i of order) {
      if (!shown(labels[p.points[i]])) continue;
      const dx = frame.x(p.x[i]) - x, dy = frame.y(p.y[i]) - y, d = dx * dx + dy * dy;
      if (d < least && (!wanted || wanted(dx, dy, i))) { least = d; best = i; }
    }
    return best;
  }
  function show(i) {
    if (i !== active) { active = i; draw(); }
    if (i < 0) return hideTip();
    const {p} = places[view], box = canvas.getBoundingClientRect(), cell = cells[p.points[i]];
    showTip(box.left + frame.x(p.x[i]), box.top + frame.y(p.y[i]), thumbnail(cell), el('b', {}, data.classNames[labels[p.points[i]]]),
      cell >= 0 ? el('small', {}, el('br'), data.sprite.names[cell]) : data.sprite ? el('small', {}, el('br'), 'picture not kept in this file') : null);
  }
  function zoomBy(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    measure();
    const next = Math.min(60, Math.max(1, zoom * factor)), gain = 1 / frame.k - 1 / (frame.k * next / zoom);
    middle = next === 1 ? [0, 0] : [middle[0] + (x - frame.w / 2) * gain, middle[1] - (y - frame.h / 2) * gain];
    zoom = next;
    canvas.style.touchAction = zoom > 1 ? 'none' : 'pan-y';
    canvas.style.cursor = zoom > 1 ? 'grab' : 'default';
    show(-1);
    draw();
  }
  let drag = null;
  canvas.addEventListener('pointerdown', event => {
    if (zoom > 1) { drag = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); }
  });
  canvas.addEventListener('pointerup', () => { drag = null; });
  canvas.addEventListener('pointercancel', () => { drag = null; });
  canvas.addEventListener('pointermove', event => {
    if (!frame) return;
    if (drag) {
      middle = [middle[0] - (event.clientX - drag[0]) / frame.k, middle[1] + (event.clientY - drag[1]) / frame.k];
      drag = [event.clientX, event.clientY];
      show(-1);
      draw();
      return;
    }
    const box = canvas.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top, reach = event.pointerType === 'touch' ? 30 : 16;
    // Not every point has a picture here: one that has comes first if it is as good as under the pointer.
    const pictured = find(x, y, reach * 0.6, (dx, dy, i) => cells[places[view].p.points[i]] >= 0);
    show(pictured >= 0 ? pictured : find(x, y, reach));
  });
  canvas.addEventListener('pointerleave', () => show(-1));
  canvas.addEventListener('blur', () => show(-1));
  canvas.addEventListener('dblclick', event => zoomBy(2, event.offsetX, event.offsetY));
  canvas.addEventListener('wheel', event => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY / 200), event.offsetX, event.offsetY);
  }, {passive: false});
  canvas.addEventListener('keydown', event => {
    const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (way && frame) {
      event.preventDefault();
      const {p} = places[view], started = active >= 0;
      const x = started ? frame.x(p.x[active]) : frame.w / 2, y = started ? frame.y(p.y[active]) : frame.h / 2;
      const next = find(x, y, 1e4, started ? (dx, dy) => dx * way[0] + dy * way[1] > 0.5 && dx * way[0] + dy * way[1] >= Math.abs(dx * way[1] + dy * way[0]) : null);
      if (next >= 0) show(next);
    } else if (event.key === '+' || event.key === '=') zoomBy(1.5);
    else if (event.key === '-') zoomBy(1 / 1.5);
    else if (event.key === '0') zoomBy(1 / zoom);
  });

  // The legend.
  const list = el('ul', {});
  let filter = '';
  const search = picking ? el('input', {type: 'search', placeholder: `Find one of ${whole(present.length)} classes`, 'aria-label': 'Find a class',
    oninput: event => { filter = event.target.value.toLowerCase(); legend(); }}) : null;
  function press(c) {
    if (picking) {
      if (slots.has(c)) slots.delete(c);
      else {
        if (slots.size >= SLOTS) slots.delete(slots.keys().next().value);
        const used = new Set(slots.values());
        slots.set(c, Array.from({length: SLOTS}, (_, i) => i).find(i => !used.has(i)));
      }
    } else if (hidden.has(c)) hidden.delete(c);
    else hidden.add(c);
    legend(c);
    draw();
  }
  function legend(focus) {
    const wanted = present.filter(c => data.classNames[c].toLowerCase().includes(filter));
    if (picking) wanted.sort((a, b) => slots.has(b) - slots.has(a) || a - b);
    list.replaceChildren(...wanted.slice(0, MOST_LISTED).map(c => {
      const on = picking ? slots.has(c) : shown(c);
      const sign = svg('svg', {width: 14, height: 14, viewBox: '-7 -7 14 14', 'aria-hidden': 'true'}, shapeOf(c) === 0
        ? svg('circle', {r: 4.7}) : svg('path', {d: 'M0 -6.2L6.2 0L0 6.2L-6.2 0z'}));
      sign.style.fill = on ? `var(--${slotOf(c) === undefined ? 'mute' : 'c' + slotOf(c) % 10})` : 'none';
      sign.style.stroke = on ? 'none' : 'var(--faint)';
      const b = el('button', {type: 'button', 'aria-pressed': on, title: data.classNames[c], onclick: () => press(c),
        ondblclick: () => { if (!picking) { present.forEach(other => (other === c ? hidden.delete(other) : hidden.add(other))); legend(c); draw(); } },
        onpointerenter: () => { if (shown(c)) { lit = c; draw(); } }, onpointerleave: () => { lit = -1; draw(); }},
      sign, el('span', {class: 'name'}, data.classNames[c]), el('span', {class: 'count'}, whole(counts[c])));
      const item = el('li', {}, b);
      if (c === focus) requestAnimationFrame(() => b.focus({preventScroll: true}));
      return item;
    }));
    if (wanted.length > MOST_LISTED) list.append(el('li', {class: 'hint'}, `and ${whole(wanted.length - MOST_LISTED)} more: type to find them`));
    if (!wanted.length) list.append(el('li', {class: 'hint'}, 'No class has this in its name.'));
  }
  const all = picking ? button('Colour none', {onclick: () => { slots.clear(); legend(); draw(); }})
    : el('span', {class: 'group'}, button('All', {onclick: () => { hidden.clear(); legend(); draw(); }}),
      button('None', {onclick: () => { present.forEach(c => hidden.add(c)); show(-1); legend(); draw(); }}));
  const note = el('p', {class: 'hint'});
  function describe() {
    const {p, lost} = places[view];
    const drawn = labels.length < total ? `${whole(p.points.length)} of ${whole(total)} points are drawn, an even share of every class. ` : p.points.length < total ? `A sample of ${whole(p.points.length)} of ${whole(total)} points. ` : `${whole(total)} points. `;
    note.textContent = drawn + (lost ? `${whole(lost)} without a finite place are left out. ` : '') + p.note;
  }
  const views = projections.length > 1 ? choice('View', projections.map(p => p.name), 0, i => {
    view = i; zoom = 1; middle = [0, 0]; show(-1); describe(); draw();
  }) : el('b', {}, projections[0].name);
  legend();
  describe();
  host.replaceChildren(el('div', {class: 'controls'}, views, toggle('Class names', names, on => { names = on; draw(); })),
    el('div', {class: 'mapped'}, el('div', {}, stage, note),
      el('div', {class: 'legend'}, present.length > 1 ? all : null, search, list,
        el('p', {class: 'hint', id: 'map-hint'}, (picking ? `Up to ${SLOTS} classes are coloured at a time; press one to colour it.` : present.length > 1 ? 'Press a class to hide it, twice to see it alone.' : '')
          + ' Arrow keys step from point to point; + and \u2212 zoom.'))));
  live(canvas, draw);
}
function clip(text, most) {
  const letters = [...text];
  return letters.length <= most ? text : letters.slice(0, most - 1).join('') + '\u2026';
}
