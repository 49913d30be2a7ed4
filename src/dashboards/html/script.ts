/**
 * What a report's page does: tooltips, the switch between chart and table, sorting of tables, the
 * theme. Plain browser JavaScript; it only ever sets `textContent`, never markup.
 */
export const REPORT_SCRIPT = `
'use strict';
(() => {
  const root = document.documentElement;
  const wanted = matchMedia('(prefers-color-scheme: dark)');
  const setTheme = (name) => { root.dataset.theme = name; };
  setTheme(wanted.matches ? 'dark' : 'light');
  wanted.addEventListener('change', () => setTheme(wanted.matches ? 'dark' : 'light'));
  document.getElementById('theme').addEventListener('click', () => setTheme(root.dataset.theme === 'dark' ? 'light' : 'dark'));

  const make = (tag, text) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const tip = make('div');
  tip.className = 'tip';
  tip.hidden = true;
  document.body.append(tip);
  const place = (event) => {
    const { width, height } = tip.getBoundingClientRect();
    const left = event.clientX + 16 + width > innerWidth ? event.clientX - width - 12 : event.clientX + 16;
    const top = Math.min(event.clientY + 12, innerHeight - height - 8);
    tip.style.left = Math.max(left, 4) + 'px';
    tip.style.top = Math.max(top, 4) + 'px';
  };
  const hide = () => { tip.hidden = true; };

  document.addEventListener('mousemove', (event) => {
    if (!(event.target instanceof Element)) return;
    const marked = event.target.closest('[data-tip]');
    if (marked !== null) {
      tip.replaceChildren(document.createTextNode(marked.dataset.tip));
      tip.hidden = false;
      place(event);
    } else if (event.target.closest('.plot') === null) hide();
  });

  for (const timeline of document.querySelectorAll('.timeline')) {
    const data = JSON.parse(timeline.querySelector('script').textContent);
    const plot = timeline.querySelector('.plot');
    const cursor = plot.querySelector('.cursor');
    const count = data.times.length;
    plot.addEventListener('mousemove', (event) => {
      const box = plot.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      const position = data.column ? Math.min(Math.floor(share * count), count - 1) : Math.round(share * (count - 1));
      cursor.hidden = false;
      cursor.style.left = (data.column ? (position + 0.5) / count : count > 1 ? position / (count - 1) : 0.5) * 100 + '%';
      const lines = [make('strong', data.times[position])];
      const shown = data.series.filter((series) => series.values[position] !== null && series.values[position] !== '0');
      for (const series of shown.slice(0, 14)) {
        const line = make('div');
        const mark = make('i');
        mark.style.background = series.color;
        line.append(mark, make('span', series.name), make('b', series.values[position]));
        lines.push(line);
      }
      if (shown.length === 0) lines.push(make('div', 'nothing'));
      tip.replaceChildren(...lines);
      tip.hidden = false;
      place(event);
    });
    plot.addEventListener('mouseleave', () => { cursor.hidden = true; hide(); });
  }

  for (const button of document.querySelectorAll('[data-switch]')) {
    button.addEventListener('click', () => {
      const [chart, table] = button.closest('.panel').querySelectorAll('.body');
      chart.hidden = !chart.hidden;
      table.hidden = !chart.hidden;
      button.textContent = chart.hidden ? 'Chart' : 'Table';
    });
  }

  for (const button of document.querySelectorAll('th button')) {
    button.addEventListener('click', () => {
      const head = button.closest('th');
      const table = head.closest('table');
      const column = head.cellIndex;
      const down = head.getAttribute('aria-sort') !== 'descending';
      for (const other of table.querySelectorAll('th')) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const key = (row) => {
        const cell = row.cells[column];
        return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
      };
      const compare = (one, other) => {
        const [a, b] = [key(one), key(other)];
        if (typeof a === 'number' && typeof b === 'number') return a - b;
        return String(a).localeCompare(String(b), undefined, { numeric: true });
      };
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort((one, other) => (down ? compare(other, one) : compare(one, other))));
    });
  }
})();
`;
