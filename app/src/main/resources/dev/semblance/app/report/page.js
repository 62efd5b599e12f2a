// What the page does as a whole.
function copyCommand() {
  const copy = byId('copy');
  if (!copy) return;
  copy.addEventListener('click', async () => {
    const select = () => {
      const range = document.createRange();
      range.selectNodeContents(byId('command'));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return document.execCommand('copy');
    };
    let done;
    try {
      // A page opened from a file may have no clipboard.
      await navigator.clipboard.writeText(data.command);
      done = true;
    } catch {
      done = select();
    }
    copy.textContent = done ? 'Copied' : 'Selected';
    setTimeout(() => { copy.textContent = 'Copy'; }, 1600);
  });
}
function followSections() {
  const links = [...document.querySelectorAll('.sections a')];
  const sections = links.map(link => byId(link.hash.slice(1)));
  const mark = () => {
    let now = -1;
    sections.forEach((section, i) => { if (section.getBoundingClientRect().top < 130) now = i; });
    if (innerHeight + scrollY >= document.body.scrollHeight - 4 && scrollY > 0) now = sections.length - 1;
    links.forEach((link, i) => {
      if (i === now && !link.hasAttribute('aria-current')) {
        link.setAttribute('aria-current', 'true');
        const bar = link.closest('ul');
        bar.scrollTo({left: link.offsetLeft - bar.clientWidth / 2 + link.clientWidth / 2});
      } else if (i !== now) link.removeAttribute('aria-current');
    });
  };
  addEventListener('scroll', mark, {passive: true});
  mark();
}
function filterGallery(bar) {
  const items = [...byId(bar.dataset.for).children];
  const labels = [...new Set(items.map(item => Number(item.dataset.label)))].sort((a, b) => a - b);
  const none = el('p', {class: 'empty', hidden: true}, 'No query here is like that.');
  let label = -1, kind = 0;
  const apply = () => {
    let count = 0;
    for (const item of items) {
      const wrong = Number(item.dataset.wrong) > 0;
      item.hidden = (label >= 0 && Number(item.dataset.label) !== label) || (kind === 1 && !wrong) || (kind === 2 && wrong);
      count += !item.hidden;
    }
    none.hidden = count > 0;
    status.textContent = count === items.length ? `${whole(count)} ${count === 1 ? 'query' : 'queries'}` : `${whole(count)} of ${whole(items.length)} queries`;
  };
  const status = el('span', {role: 'status'});
  const mixed = items.some(item => item.dataset.wrong === '0') && items.some(item => item.dataset.wrong !== '0');
  if (labels.length > 1) {
    bar.append(el('label', {class: 'inline'}, 'Class', el('select', {onchange: event => { label = Number(event.target.value); apply(); }},
      el('option', {value: -1}, 'all'), ...labels.map(l => el('option', {value: l}, clip(data.classNames[l], 40))))));
  }
  if (mixed) bar.append(choice('Queries', ['all', 'with a wrong hit', 'all right'], 0, i => { kind = i; apply(); }));
  bar.append(status);
  byId(bar.dataset.for).after(none);
  apply();
}

root.classList.add('scripted');
// One part that fails must not take the others with it.
for (const part of [copyCommand, followSections, drawCurves, drawMap, drawRoc, liveTable, drawHeat,
  ...[...document.querySelectorAll('.filters')].map(bar => () => filterGallery(bar))]) {
  try {
    part();
  } catch (error) {
    console.error(error);
  }
}
