import type { ChartModel, Series } from '../../dashboards/chart/model.ts';
import { axisSteps, compactNumber } from '../../dashboards/chart/numbers.ts';
import { timeTicks } from '../../dashboards/chart/times.ts';
import { fillOf, legendLine } from './bars.ts';
import { type ChartLook, ink, seriesInk } from './look.ts';

type Timeline = Extract<ChartModel, { kind: 'timeline' }>;

/** A drawn cell: its sign and the series it belongs to, -1 for nobody. */
interface Cell {
  sign: string;
  series: number;
}

const TOPS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Lines in braille dots, or stacked columns in blocks, `height` lines high, with axes. */
export function timelineLines(model: Timeline, look: ChartLook, height: number): string[] {
  const { series, unit, times, step, chart } = model;
  const stack = chart !== 'line';
  const highest = highestOf(series, stack);
  const labels = axisSteps(0, highest, 3);
  const top = labels.at(-1)!;
  const labelTexts = labels.map((value) => compactNumber(value, unit));
  const gutter = Math.max(...labelTexts.map((text) => text.length));
  const width = Math.max(look.width - gutter - 2, 10);
  const cells = stack
    ? columnCells(resampled(series, width), top, width, height, look)
    : look.unicode
      ? brailleCells(resampled(series, width * 2), top, width, height)
      : dotCells(resampled(series, width), top, width, height, look);
  const rows = cells.map((row, line) => {
    const value = labels.findIndex((each) => lineOf(each, top, height) === line);
    const label = (value < 0 ? '' : labelTexts[value]!).padStart(gutter);
    return `${ink(label, 'dim', look)} ${ink(look.unicode ? '│' : '|', 'dim', look)}${painted(row, series, look)}`;
  });
  const axis = axisLine(times[0]!, times.at(-1)! + step, width, look);
  const lines = [...rows, `${' '.repeat(gutter + 2)}${ink(axis, 'dim', look)}`];
  if (series.length > 1) lines.push(`${' '.repeat(gutter + 2)}${legendLine(series, look)}`);
  return lines;
}

function highestOf(series: readonly Series[], stack: boolean): number {
  const count = series[0]?.values.length ?? 0;
  let highest = 0;
  for (let slot = 0; slot < count; slot++) {
    let sum = 0;
    for (const { values } of series) {
      const value = Math.max(values[slot] ?? 0, 0);
      sum = stack ? sum + value : Math.max(sum, value);
    }
    highest = Math.max(highest, sum);
  }
  return highest;
}

/** The highest value of each series in `width` equal parts of the time. */
function resampled(series: readonly Series[], width: number): readonly (readonly (number | null)[])[] {
  return series.map(({ values }) =>
    Array.from({ length: width }, (_, part) => {
      const from = Math.floor((part * values.length) / width);
      const to = Math.max(Math.floor(((part + 1) * values.length) / width), from + 1);
      const there = values.slice(from, to).filter((value) => value !== null);
      return there.length === 0 ? null : Math.max(...there);
    }),
  );
}

function lineOf(value: number, top: number, height: number): number {
  return Math.min(height - 1, Math.max(0, Math.round((1 - value / top) * (height - 1))));
}

function emptyCells(width: number, height: number): Cell[][] {
  return Array.from({ length: height }, () =>
    Array.from({ length: width }, () => ({ sign: ' ', series: -1 })),
  );
}

function columnCells(
  series: readonly (readonly (number | null)[])[],
  top: number,
  width: number,
  height: number,
  look: ChartLook,
): Cell[][] {
  const cells = emptyCells(width, height);
  for (let column = 0; column < width; column++) {
    const heights = series.map((values) => (Math.max(values[column] ?? 0, 0) / top) * height);
    const total = heights.reduce((sum, value) => sum + value, 0);
    for (let line = 0; line < height; line++) {
      const floor = height - 1 - line;
      if (total <= floor) continue;
      const owner = ownerAt(heights, Math.min(floor + 0.5, (floor + total) / 2));
      const filled = Math.min(total - floor, 1);
      const cell = cells[line]![column]!;
      cell.series = owner;
      cell.sign = signOf(filled, owner, look);
    }
  }
  return cells;
}

function signOf(filled: number, owner: number, look: ChartLook): string {
  if (filled >= 1) return fillOf(owner, look);
  if (!look.unicode) return filled >= 0.5 ? fillOf(owner, look) : filled > 0.1 ? '.' : ' ';
  return TOPS[Math.max(Math.ceil(filled * 8) - 1, 0)]!;
}

/** Which series of a stack lies at a height. */
function ownerAt(heights: readonly number[], at: number): number {
  let reached = 0;
  let last = 0;
  for (const [position, height] of heights.entries()) {
    if (height > 0) last = position;
    reached += height;
    if (at < reached) return position;
  }
  return last;
}

/** The dots of a braille sign by their place: two columns of four. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

function brailleCells(
  series: readonly (readonly (number | null)[])[],
  top: number,
  width: number,
  height: number,
): Cell[][] {
  const cells = emptyCells(width, height);
  const dots = cells.map((row) => row.map(() => 0));
  const set = (x: number, y: number, owner: number) => {
    const line = Math.min(Math.max(y >> 2, 0), height - 1);
    const column = Math.min(x >> 1, width - 1);
    dots[line]![column]! |= DOTS[x & 1]![y & 3]!;
    const cell = cells[line]![column]!;
    cell.series = owner;
    cell.sign = String.fromCodePoint(0x2800 + dots[line]![column]!);
  };
  const deep = height * 4 - 1;
  // The first series is the one that matters: it is drawn last, over the others.
  for (let owner = series.length - 1; owner >= 0; owner--) {
    let before: number | null = null;
    for (const [x, value] of series[owner]!.entries()) {
      if (value === null) {
        before = null;
        continue;
      }
      const y = Math.round((1 - Math.max(value, 0) / top) * deep);
      const from = before ?? y;
      for (let step = Math.min(from, y); step <= Math.max(from, y); step++) set(x, step, owner);
      before = y;
    }
  }
  return cells;
}

function dotCells(
  series: readonly (readonly (number | null)[])[],
  top: number,
  width: number,
  height: number,
  look: ChartLook,
): Cell[][] {
  const cells = emptyCells(width, height);
  for (let owner = series.length - 1; owner >= 0; owner--) {
    for (const [column, value] of series[owner]!.entries()) {
      const cell = value === null ? undefined : cells[lineOf(Math.max(value, 0), top, height)]?.[column];
      if (cell === undefined) continue;
      cell.sign = fillOf(owner, look);
      cell.series = owner;
    }
  }
  return cells;
}

/** A row with its colours: neighbours of one series share an escape. */
function painted(row: readonly Cell[], series: readonly Series[], look: ChartLook): string {
  let text = '';
  let run = '';
  let owner = -1;
  const flush = () => {
    text += owner < 0 ? run : ink(run, seriesInk(series[owner]?.name ?? '', owner), look);
    run = '';
  };
  for (const cell of row) {
    if (cell.series !== owner) {
      flush();
      owner = cell.series;
    }
    run += cell.sign;
  }
  flush();
  return text.trimEnd();
}

function axisLine(from: number, to: number, width: number, look: ChartLook): string {
  const signs = new Array<string>(width).fill(' ');
  for (const { time, label } of timeTicks(from, to, Math.max(Math.floor(width / 14), 2), look.timeZone)) {
    const middle = Math.round(((time - from) / (to - from)) * width);
    const start = Math.min(Math.max(middle - Math.floor(label.length / 2), 0), width - label.length);
    const taken = signs.slice(Math.max(start - 1, 0), start + label.length + 1).some((sign) => sign !== ' ');
    if (start < 0 || taken) continue;
    for (const [position, sign] of [...label].entries()) signs[start + position] = sign;
  }
  return signs.join('').trimEnd();
}

const SPARKS = { unicode: '▁▂▃▄▅▆▇█', ascii: '_.-=+*#@' } as const;

/** The course of values in one line of `width` cells: the highest of each part. */
export function sparkline(values: readonly (number | null)[], width: number, look: ChartLook): string {
  const signs = look.unicode ? SPARKS.unicode : SPARKS.ascii;
  const count = Math.min(values.length, width);
  const parts = resampled([{ name: '', values }], count)[0] ?? [];
  const highest = Math.max(...parts.map((value) => value ?? 0), 0);
  return parts
    .map((value) =>
      value === null ? ' ' : signs[highest === 0 ? 0 : Math.round((Math.max(value, 0) / highest) * 7)]!,
    )
    .join('');
}
