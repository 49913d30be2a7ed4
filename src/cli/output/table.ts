import type { Batch } from '../../engine/columns/batch.ts';
import { columnType, flatten, valueAt } from '../../engine/columns/column.ts';
import { textOf, type Value } from '../../engine/columns/value.ts';
import { cellWidth, truncate, visible } from './visible.ts';

/** How a table is drawn. `width` is that of the terminal in cells; Infinity cuts nothing. */
export interface TableOptions {
  readonly width: number;
  readonly timeZone: string;
  readonly color: boolean;
  /** Escape what could steer a terminal. */
  readonly escape: boolean;
}

const TIME_FIELDS = new Set([
  '_timeslice',
  '__timeslice_end',
  '_messagetime',
  '_receipttime',
  '_start_time',
  '_end_time',
]);

/** Draws a batch as a table: header, rule, rows; numbers to the right, times readable, `-` dimmed for null. */
export function renderTable(batch: Batch, options: TableOptions): string {
  const names = batch.schema.names;
  const formatTime = timeFormatter(options.timeZone);
  const cells = batch.columns.map((column, position) => {
    const flat = flatten(column);
    const isTime = TIME_FIELDS.has(names[position]!.toLowerCase());
    return Array.from({ length: batch.length }, (_, row) => {
      const value = valueAt(flat, row);
      const text = cellText(value, isTime ? formatTime : null);
      return options.escape ? visible(text) : text;
    });
  });
  const rightAligned = batch.columns.map((column, position) => {
    const type = columnType(flatten(column));
    return (type === 'long' || type === 'double') && !TIME_FIELDS.has(names[position]!.toLowerCase());
  });
  const titles = names.map((name) => (options.escape ? visible(name) : name));
  const widths = columnWidths(titles, cells, options.width);
  const paint = (code: string, text: string) => (options.color ? `\u001b[${code}m${text}\u001b[0m` : text);

  const lines = [
    line(
      titles.map((title, position) =>
        paint('1', pad(truncate(title, widths[position]!), widths[position]!, rightAligned[position]!)),
      ),
    ),
    paint('2', widths.map((width) => '─'.repeat(width)).join('  ')),
  ];
  for (let row = 0; row < batch.length; row++) {
    lines.push(
      line(
        cells.map((column, position) => {
          const width = widths[position]!;
          return pad(truncate(column[row]!, width), width, rightAligned[position]!);
        }),
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

function line(cells: readonly string[]): string {
  return cells.join('  ').trimEnd();
}

function cellText(value: Value, formatTime: ((ms: number) => string) | null): string {
  if (value === null) return '';
  if (typeof value !== 'number') return textOf(value);
  if (formatTime !== null) return formatTime(value);
  return Number.isInteger(value) || !Number.isFinite(value)
    ? textOf(value)
    : String(Number(value.toPrecision(12)));
}

/** Formats epoch ms as `2024-01-31 13:45:00.250` in the zone, without the fraction where it is zero. */
export function timeFormatter(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return (ms) => {
    if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return textOf(ms);
    const text = format.format(ms).replace(', ', ' ');
    const fraction = ((ms % 1000) + 1000) % 1000;
    return fraction === 0 ? text : `${text}.${String(Math.floor(fraction)).padStart(3, '0')}`;
  };
}

/** Widths that show everything if the table fits, else the widest columns give way first (never below 6 cells). */
function columnWidths(
  titles: readonly string[],
  cells: readonly (readonly string[])[],
  available: number,
): number[] {
  const widths = titles.map((title, position) =>
    cells[position]!.reduce((width, cell) => Math.max(width, cellWidth(cell)), cellWidth(title)),
  );
  let excess = widths.reduce((sum, width) => sum + width, 0) + 2 * (widths.length - 1) - available;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= 6) break;
    const second = Math.max(6, ...widths.filter((width) => width < widest));
    const positions = widths.flatMap((width, position) => (width === widest ? [position] : []));
    const cut = Math.max(1, Math.min(widest - second, Math.ceil(excess / positions.length)));
    for (const position of positions) widths[position] = widest - cut;
    excess -= cut * positions.length;
  }
  return widths;
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - cellWidth(text)));
  return right ? space + text : text + space;
}
