// Confusion of nearest neighbours: the table comes from the page; many classes are drawn here.
function heatTip(x, y, query, found, count) {
  const total = data.confusion.totals[query];
  showTip(x, y, el('b', {}, data.classNames[query]), query === found ? ' lands among its own' : ' lands next to ',
    query === found ? null : el('b', {}, data.classNames[found]),
    el('small', {}, el('br'), `${whole(count)} of ${whole(total)} queries` + (total ? `, ${share(count / total)}` : '')));
}
function liveTable() {
  const table = byId('heat-table');
  if (!table) return;
  const cells = [...table.querySelectorAll('td[data-count]')];
  table.parentElement.before(el('div', {class: 'controls'}, choice('Cells show', ['per cent', 'counts'], 0, i => {
    for (const cell of cells) cell.firstChild.textContent = i === 0 ? cell.dataset.percent : cell.dataset.count === '0' ? '' : cell.dataset.count;
  })));
  table.addEventListener('pointerover', event => {
    const cell = event.target.closest('td[data-count]');
    if (!cell) return hideTip();
    const box = cell.getBoundingClientRect();
    heatTip(box.right - 10, box.top + box.height / 2, cell.parentElement.rowIndex - 1, cell.cellIndex - 1, Number(cell.dataset.count));
  });
  table.addEventListener('pointerleave', hideTip);
}
function drawHeat() {
  const host = byId('heat');
  if (!host) return;
  const {rows, totals, leastShown} = data.confusion, n = rows.length;
  const stage = el('div', {class: 'heat-stage'}), canvas = el('canvas', {role: 'img', 'aria-label': `Heat map of ${n} by ${n} classes; the pairs most often confused are listed below`});
  stage.append(canvas);
  host.replaceChildren(el('p', {class: 'remark'}, 'Rows are query classes, columns the class of the nearest. Blue is right, orange is wrong; point at a place to read it.'
    + (leastShown > 1 ? ` Cells below ${whole(leastShown)} are left out.` : '')), stage);
  let layout;
  function draw() {
    const width = Math.min(stage.clientWidth, n <= 60 ? 920 : 720), density = devicePixelRatio || 1;
    if (!width) return;
    const margin = width / n >= 15 ? 120 : 0, cell = (width - margin * 1.5) / n, side = cell * n;
    // With names there is room for them at the left and, slanted, above and to the right.
    layout = {margin, cell};
    canvas.width = (side + margin * 1.5) * density;
    canvas.height = (side + margin * 0.8) * density;
    canvas.style.width = side + margin * 1.5 + 'px';
    const g = canvas.getContext('2d'), right = color('heat'), wrong = color('heat-wrong');
    g.scale(density, density);
    g.translate(0, margin * 0.8);
    g.strokeStyle = color('line');
    g.strokeRect(margin + 0.5, 0.5, side - 1, side - 1);
    if (margin) {
      g.font = '11px system-ui, sans-serif';
      g.textAlign = 'right';
      g.textBaseline = 'middle';
      g.fillStyle = color('soft');
      data.classNames.forEach((name, i) => g.fillText(clip(name, 20), margin - 8, (i + 0.5) * cell));
      g.textAlign = 'left';
      data.classNames.forEach((name, i) => {
        g.save();
        g.translate(margin + (i + 0.6) * cell, -6);
        g.rotate(-0.8);
        g.fillText(clip(name, 20), 0, 0);
        g.restore();
      });
    }
    const dot = Math.max(cell > 6 ? cell - 1 : cell, 1.6);
    rows.forEach((row, i) => {
      for (let j = 0; j < row.length; j += 2) {
        const part = row[j + 1] / totals[i], same = row[j] === i;
        g.globalAlpha = Math.max(cell < 4 ? 0.6 : 0.08, same ? part : Math.min(1, Math.sqrt(part)));
        g.fillStyle = same ? right : wrong;
        g.fillRect(margin + row[j] * cell, i * cell, dot, dot);
      }
    });
  }
  canvas.addEventListener('pointermove', event => {
    const x = (event.offsetX - layout.margin) / layout.cell, y = (event.offsetY - layout.margin * 0.8) / layout.cell, reach = Math.max(0.5, 4 / layout.cell);
    let best = null, least = reach;
    for (let i = Math.max(0, Math.floor(y - reach)); i <= Math.min(n - 1, Math.floor(y + reach)); i++) {
      for (let j = 0; j < rows[i].length; j += 2) {
        const d = Math.max(Math.abs(rows[i][j] + 0.5 - x), Math.abs(i + 0.5 - y));
        if (d <= least) { least = d; best = [i, rows[i][j], rows[i][j + 1]]; }
      }
    }
    if (best) heatTip(event.clientX, event.clientY, ...best);
    else if (x >= 0 && x < n && y >= 0 && y < n && layout.cell >= 4) heatTip(event.clientX, event.clientY, Math.floor(y), Math.floor(x), 0);
    else hideTip();
  });
  canvas.addEventListener('pointerleave', hideTip);
  live(stage, draw);
}
