import type { Batch } from '../../engine/columns/batch.ts';
import { type Column, columnType, flatten, valueAt } from '../../engine/columns/column.ts';
import { linkIn } from '../../engine/columns/link.ts';
import { textOf, type Value } from '../../engine/columns/value.ts';
import { yearOfEra } from '../../engine/time/civil.ts';
import { localTime } from '../../engine/time/local-time.ts';
import { UTC, zoneNamed } from '../../engine/time/zones.ts';
import { counted } from '../../grammar/counted.ts';
import { cellWidth, truncate, visible } from './visible.ts';

/** How a table is drawn. `width` is that of the terminal in cells; Infinity cuts nothing and leaves out nothing. */
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

/** What every message has besides its text and time: the first to give way where there is no room. */
const METADATA = new Set(['_receipttime', '_sourcecategory', '_sourcename', '_sourcehost', '_size']);

/** Columns of messages are left out before texts are cut to fewer cells than this. */
const READABLE = 12;
/** The same for the text of messages. */
const READABLE_MESSAGE = 40;
/** No column is cut to fewer cells. */
const NARROWEST = 6;

/** The header of the table before, so that the next part of a result goes on below it. */
export interface TableHeader {
  readonly names: readonly string[];
  readonly widths: readonly number[];
}

interface Cells {
  readonly title: string;
  readonly texts: readonly string[];
  /** The addresses behind texts that are links, by row; null for a column without any. */
  readonly urls: readonly (string | null)[] | null;
  readonly isRight: boolean;
  /** That shows everything. */
  readonly width: number;
  /** Below this the column says nothing, and others give way first. */
  readonly least: number;
}

/** Draws a batch as a table: header, rule, rows; numbers to the right, times readable, nothing for null. */
export function renderTable(batch: Batch, options: TableOptions): string {
  return renderTablePart(batch, options, null).text;
}

/** The same for one part of a long result: the header is repeated only where it must change. */
export function renderTablePart(
  batch: Batch,
  options: TableOptions,
  before: TableHeader | null,
): { readonly text: string; readonly header: TableHeader } {
  const isRaw = batch.schema.find('_raw') >= 0;
  const drawn = batch.columns.map((column, position) =>
    cellsOf(batch.schema.names[position]!, column, batch.length, options, isRaw),
  );
  const chosen = chosenColumns(batch.schema.names, drawn, options.width);
  const columns = chosen.map((position) => drawn[position]!);
  const names = chosen.map((position) => batch.schema.names[position]!);
  const goesOn = before !== null && before.names.join('\n') === names.join('\n');
  const wanted = columns.map(({ width }, at) => (goesOn ? Math.max(width, before.widths[at]!) : width));
  const least = columns.map((column) => column.least);
  const widths = fitted(fitted(wanted, least, options.width), [], options.width);
  const paint = (code: string, text: string) => (options.color ? `\u001b[${code}m${text}\u001b[0m` : text);

  const lines: string[] = [];
  if (!goesOn || widths.some((width, at) => width !== before.widths[at])) {
    const titles = columns.map(({ title, isRight }, at) => paint('1', fill(title, widths[at]!, isRight)));
    lines.push(line(titles), paint('2', widths.map((width) => '─'.repeat(width)).join('  ')));
  }
  for (let row = 0; row < batch.length; row++)
    lines.push(
      line(
        columns.map(({ texts, urls, isRight }, at) =>
          fill(texts[row]!, widths[at]!, isRight, urls?.[row] ?? null),
        ),
      ),
    );
  const left = drawn.filter((_, position) => !chosen.includes(position)).map(({ title }) => title);
  if (left.length > 0) {
    const note = `${counted(left.length, 'more column')}: ${left.join(', ')}`;
    lines.push(paint('2', truncate(note, options.width)));
  }
  return { text: `${lines.join('\n')}\n`, header: { names, widths } };
}

function cellsOf(name: string, column: Column, length: number, options: TableOptions, isRaw: boolean): Cells {
  const flat = flatten(column);
  const formatTime = TIME_FIELDS.has(name.toLowerCase()) ? timeFormatter(options.timeZone) : null;
  const shown = (text: string) => (options.escape ? visible(text) : text);
  const values = Array.from({ length }, (_, row) => cellText(valueAt(flat, row), formatTime));
  const links = values.map(linkIn);
  const texts = values.map((text, row) => shown(links[row]?.label ?? text));
  const title = shown(name);
  const type = columnType(flat);
  const isNumber = type === 'long' || type === 'double';
  const width = texts.reduce((widest, text) => Math.max(widest, cellWidth(text)), cellWidth(title));
  // The last columns of an aggregate are what it is about: they stay, whatever becomes of the others.
  const readable = !isRaw ? NARROWEST : name.toLowerCase() === '_raw' ? READABLE_MESSAGE : READABLE;
  return {
    title,
    texts,
    urls: links.some((link) => link !== null) ? links.map((link) => link?.url ?? null) : null,
    isRight: isNumber && formatTime === null,
    width,
    least: isNumber ? width : Math.min(width, readable),
  };
}

/**
 * The columns that are shown, in order. Where not all fit, those of messages are their time, their
 * fields and at the end their text; what comes with every message goes first.
 */
function chosenColumns(names: readonly string[], cells: readonly Cells[], available: number): number[] {
  const all = names.map((_, position) => position);
  const sum = (widths: readonly number[]) => widths.reduce((total, width) => total + width + 2, -2);
  if (sum(cells.map(({ width }) => width)) <= available) return all;
  const keys = names.map((name) => name.toLowerCase());
  const raw = keys.indexOf('_raw');
  const time = keys.indexOf('_messagetime');
  const others = all.filter((position) => position !== raw && position !== time);
  const first = raw < 0 ? all : [raw, time, ...others.filter((position) => !METADATA.has(keys[position]!))];
  const chosen: number[] = [];
  for (const position of first.filter((each) => each >= 0)) {
    const need = [...chosen, position].map((each) => cells[each]!.least);
    if (chosen.length > 0 && sum(need) > available) break;
    chosen.push(position);
  }
  const place = (position: number) => (position === raw ? names.length : position === time ? -1 : position);
  return raw < 0 ? chosen : chosen.toSorted((a, b) => place(a) - place(b));
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
  const zone = zoneNamed(timeZone) ?? UTC;
  return (ms) => {
    if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return textOf(ms);
    const { date, clock } = localTime(ms, zone);
    const year = String(yearOfEra(date.year)).padStart(4, '0');
    const text = `${year}-${twoDigits(date.month)}-${twoDigits(date.day)} ${clock}`;
    const fraction = ((ms % 1000) + 1000) % 1000;
    return fraction === 0 ? text : `${text}.${String(Math.floor(fraction)).padStart(3, '0')}`;
  };
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** The widths, if they fit together, else the widest give way first, but never below their `least`. */
function fitted(wanted: readonly number[], least: readonly number[], available: number): number[] {
  const widths = [...wanted];
  let excess = widths.reduce((sum, width) => sum + width + 2, -2) - available;
  while (excess > 0) {
    const spare = widths.map((width, at) => width - (least[at] ?? NARROWEST));
    const widest = Math.max(...widths.filter((_, at) => spare[at]! > 0));
    if (widest <= NARROWEST) break;
    const position = widths.findIndex((width, at) => width === widest && spare[at]! > 0);
    const second = Math.max(NARROWEST, ...widths.filter((width) => width < widest));
    const cut = Math.min(excess, Math.max(1, Math.min(widest - second, spare[position]!)));
    widths[position] = widest - cut;
    excess -= cut;
  }
  return widths;
}

/** The text in exactly `width` cells, leading to an address where it has one. */
function fill(text: string, width: number, right: boolean, url: string | null = null): string {
  const short = truncate(text, width);
  const space = ' '.repeat(Math.max(0, width - cellWidth(short)));
  const shown = url === null ? short : terminalLink(short, url);
  return right ? space + shown : shown + space;
}

/** A text that terminals open (OSC 8). An address that could steer the terminal is left out. */
function terminalLink(text: string, url: string): string {
  if (visible(url) !== url) return text;
  return `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`;
}
