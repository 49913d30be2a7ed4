import { textOf, type Value } from '../../engine/columns/value.ts';
import { grouped } from '../../grammar/counted.ts';
import { compactNumber, decimal, fullNumber } from '../chart/numbers.ts';
import { timeText } from '../chart/times.ts';
import type { Unit } from '../dashboard.ts';
import type { ResultTable } from '../result-table.ts';
import { html, type Markup } from './markup.ts';

const MOST_ROWS = 200;
const TIME_COLUMNS = new Set(['_timeslice', '__timeslice_end', '_messagetime', '_receipttime']);

/** A result as a table: numbers to the right with thousands set off, times in the zone. */
export function tableMarkup({ columns, rows }: ResultTable, timeZone: string, unit: Unit | null): Markup {
  const numeric = columns.map(({ type }) => type === 'long' || type === 'double');
  const kinds = columns.map(({ name }) => cellKind(name, unit));
  const head = columns.map(({ name }, position) => {
    const look = numeric[position] && kinds[position] !== 'time' ? 'number' : '';
    return html`<th scope="col" class="${look}"><button type="button">${name}</button></th>`;
  });
  const body = rows.slice(0, MOST_ROWS).map((row) => {
    const cells = row.map((value, position) => cell(value, kinds[position] ?? 'plain', timeZone));
    return html`<tr>${cells}</tr>`;
  });
  const hidden = rows.length - MOST_ROWS;
  const note =
    hidden > 0 ? html`<p class="note">the first ${MOST_ROWS} of ${grouped(rows.length)} rows</p>` : null;
  return html`<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>${note}`;
}

type CellKind = 'time' | 'bytes' | 'plain';

function cellKind(name: string, unit: Unit | null): CellKind {
  if (TIME_COLUMNS.has(name.toLowerCase())) return 'time';
  return unit === 'bytes' && /bytes/i.test(name) ? 'bytes' : 'plain';
}

function cell(value: Value, kind: CellKind, timeZone: string): Markup {
  if (value === null) return html`<td class="none">–</td>`;
  if (typeof value !== 'number') return html`<td>${textOf(value)}</td>`;
  if (kind === 'time') return html`<td data-sort="${value}">${timeText(value, timeZone)}</td>`;
  if (kind === 'bytes') {
    return html`<td class="number" data-sort="${value}" data-tip="${fullNumber(value, null)} B">${compactNumber(value, 'bytes')}</td>`;
  }
  const text = Number.isFinite(value) ? decimal(value, 3) : String(value);
  return html`<td class="number" data-sort="${value}">${text}</td>`;
}
