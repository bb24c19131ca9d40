'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // Light or dark: the reader's own until the button is pressed.
  const theme = $('theme');
  theme.hidden = false;
  theme.setAttribute('aria-label', 'Change between light and dark');
  theme.addEventListener('click', () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });

  // The section that is being read.
  const links = new Map([...document.querySelectorAll('nav li a')].map((a) => [a.hash.slice(1), a]));
  const inView = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const one of entries) inView[one.isIntersecting ? 'add' : 'delete'](one.target.id);
    const now = [...links.keys()].find((id) => inView.has(id));
    for (const [id, a] of links) {
      if (id === now) a.setAttribute('aria-current', 'true');
      else a.removeAttribute('aria-current');
    }
  }, { rootMargin: '-10% 0px -70% 0px' });
  for (const id of links.keys()) watch.observe($(id));

  // A link to a group of differences or to one of its records opens what it lies in.
  const open = () => {
    const node = /^#(group|record)-/.test(location.hash) && $(decodeURIComponent(location.hash.slice(1)));
    const around = node && node.closest('details');
    if (!around) return;
    around.open = true;
    node.scrollIntoView();
  };
  addEventListener('hashchange', open);
  open();

  const { colours, records } = JSON.parse($('data').textContent);
  if (!records.length) return;

  // Characters that do not show themselves stand as their code points; the same ones as in curate_reports.visible.
  const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u{e0100}-\u{e01ef}]/gu;
  const JOINED = /[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u2600-\u27bf\ufe0f\u{1f000}-\u{1faff}]$/u;
  const show = (node, text) => {
    let start = 0;
    for (const found of text.matchAll(HIDDEN)) {
      const before = text.slice(Math.max(0, found.index - 2), found.index);
      if ((found[0] === '\u200c' || found[0] === '\u200d') && JOINED.test(before)) continue;
      node.append(text.slice(start, found.index));
      const code = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
      node.append(make('span', 'cp', `U+${code}`));
      start = found.index + found[0].length;
    }
    node.append(text.slice(start));
    return node;
  };

  const list = $('list');
  const detail = $('record');
  const filters = ['source', 'task', 'outcome', 'step'];
  const controls = Object.fromEntries(['q', 'order', ...filters].map((id) => [id, $(id)]));
  for (const name of filters) {
    const values = new Set(records.map((one) => one[name]).filter(Boolean));
    for (const value of values) controls[name].add(new Option(value, value));
    controls[name].hidden = values.size < 2;
  }
  $('controls').hidden = $('browser').hidden = false;
  const texts = records.map((one) => [one.id, ...one.fields.map((field) => field[1])].join('\n').toLowerCase());
  const orders = {
    long: (a, b) => b.length - a.length,
    short: (a, b) => a.length - b.length,
    source: (a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0),
  };
  let shown = [];
  let current = -1;

  const fits = (one, place) => {
    const words = controls.q.value.toLowerCase();
    if (words && !texts[place].includes(words)) return false;
    return filters.every((name) => {
      const wanted = controls[name].value;
      return !wanted || (name === 'step' ? wanted.split(',') : [wanted]).includes(one[name]);
    });
  };

  const item = (one, place) => {
    const node = make('li');
    node.id = `item-${place}`;
    node.setAttribute('role', 'option');
    node.dataset.place = place;
    const top = make('div', 'top');
    top.append(make('span', `key k${colours[one.source] ?? 8}`), show(make('span', 'name'), one.source));
    if (one.outcome !== 'kept') top.append(show(make('span', 'pill'), one.reason || one.outcome));
    top.append(make('span', 'size', one.length.toLocaleString('en')));
    const head = show(make('div', 'head'), one.head.replace(/\s+/g, ' '));
    head.dir = 'auto';
    node.append(top, head);
    return node;
  };

  const tell = (one) => {
    detail.replaceChildren();
    const tags = make('div', 'tags');
    const pill = (text, className) => tags.append(show(make('span', `pill ${className ?? ''}`), text));
    pill(one.outcome, one.outcome === 'kept' ? 'good' : 'bad');
    pill(one.source);
    if (one.task) pill(one.task);
    if (one.step) pill(one.step);
    pill(`${one.length.toLocaleString('en')} characters${one.outcome === 'kept' ? '' : ' of excerpt'}`);
    const why = Object.entries(one.about).map(([name, value]) => `${name} ${value}`).join(' · ');
    tags.append(show(make('span', 'why'), [one.id, why].filter(Boolean).join(' · ')));
    detail.append(tags);
    one.fields.forEach(([label, text, cut], place) => {
      detail.append(show(make('h3'), label));
      const last = place === one.fields.length - 1 && one.outcome === 'kept';
      const node = show(make('p', last ? 'text said' : 'text'), text || '(empty)');
      node.dir = 'auto';
      if (cut) node.append(make('span', 'pill', `… ${cut.toLocaleString('en')} more characters`));
      detail.append(node);
    });
    detail.scrollTop = 0;
  };

  const remember = () => {
    const said = new URLSearchParams();
    for (const [name, control] of Object.entries(controls)) if (control.value) said.set(name, control.value);
    if (current >= 0 && shown[current].id) said.set('id', shown[current].id);
    history.replaceState(null, '', `#samples?${said}`);
  };

  const select = (place, quiet) => {
    if (!shown.length) return;
    current = Math.min(Math.max(place, 0), shown.length - 1);
    for (const node of list.querySelectorAll('[aria-selected="true"]')) node.setAttribute('aria-selected', 'false');
    const node = list.children[current];
    node.setAttribute('aria-selected', 'true');
    list.setAttribute('aria-activedescendant', node.id);
    const { offsetTop, offsetHeight } = node;
    if (offsetTop < list.scrollTop + list.offsetTop) list.scrollTop = offsetTop - list.offsetTop;
    const below = offsetTop - list.offsetTop + offsetHeight - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
    tell(shown[current]);
    if (!quiet) remember();
  };

  const fill = (quiet, id) => {
    shown = records.filter(fits);
    const order = orders[controls.order.value];
    if (order) shown.sort(order);
    list.replaceChildren(...shown.map(item));
    list.removeAttribute('aria-activedescendant');
    $('count').textContent = `${shown.length.toLocaleString('en')} of ${records.length.toLocaleString('en')}`;
    current = -1;
    if (shown.length) select(Math.max(shown.findIndex((one) => id && one.id.startsWith(id)), 0), quiet);
    else detail.replaceChildren(make('p', 'nothing', 'The sample holds no such record; the ledger and data/ hold all.'));
    if (!shown.length && !quiet) remember();
  };

  // A link names filters and a record: #samples?step=6.dedup&id=0a1b.
  const follow = () => {
    const [where, said] = location.hash.split('?');
    if (where !== '#samples' || said === undefined) return false;
    const asked = new URLSearchParams(said);
    for (const [name, control] of Object.entries(controls)) {
      const value = asked.get(name) ?? '';
      const known = control.options ? [...control.options].some((one) => one.value === value) : true;
      if (!known) control.add(new Option(name === 'step' ? `${value.split(',').length} steps` : value, value));
      control.value = value;
    }
    fill(true, asked.get('id'));
    $('samples').scrollIntoView();
    list.focus({ preventScroll: true });
    return true;
  };

  controls.q.addEventListener('input', () => fill(false));
  for (const name of ['order', ...filters]) controls[name].addEventListener('change', () => fill(false));
  $('controls').addEventListener('submit', (event) => event.preventDefault());
  $('clear').addEventListener('click', () => {
    for (const control of Object.values(controls)) control.value = '';
    fill(false);
  });
  list.addEventListener('click', (event) => {
    const node = event.target.closest('li');
    if (node) select(Number(node.dataset.place));
  });
  const moves = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 8, PageUp: -8, Home: -1e9, End: 1e9 };
  list.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in moves)) return;
    event.preventDefault();
    select(current + moves[event.key]);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    controls.q.focus();
  });
  addEventListener('hashchange', follow);
  if (!follow()) fill(true);
})();
