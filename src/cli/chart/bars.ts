import type { ChartModel } from '../../dashboards/chart/model.ts';
import { compactNumber } from '../../dashboards/chart/numbers.ts';
import { grouped } from '../../grammar/counted.ts';
import { cellWidth, visible } from '../output/visible.ts';
import { type ChartLook, ink, padded, seriesInk } from './look.ts';

type Categories = Extract<ChartModel, { kind: 'categories' }>;

const LONGEST_LABEL = 32;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar for each label and series, with its value. A pie is drawn so too, with shares. */
export function barLines({ labels, series, unit, left, chart }: Categories, look: ChartLook): string[] {
  const values = series.flatMap((each) => each.values.map((value) => Math.abs(value ?? 0)));
  const highest = Math.max(...values, 0);
  const total = chart === 'pie' ? values.reduce((sum, value) => sum + value, 0) : 0;
  const labelWidth = Math.min(
    Math.max(...labels.map((label) => cellWidth(visible(label))), 1),
    LONGEST_LABEL,
    Math.floor(look.width / 2),
  );
  const texts = series.map((each) => each.values.map((value) => numberText(value, unit, total)));
  const textWidth = Math.max(...texts.flat().map((text) => text.length), 1);
  const room = Math.max(look.width - labelWidth - textWidth - 3, 4);
  const lines = labels.flatMap((label, row) =>
    series.map(({ name, values }, position) => {
      const value = Math.abs(values[row] ?? 0);
      const bar = barText(highest === 0 ? 0 : (value / highest) * room, look);
      const title = padded(position === 0 ? label : '', labelWidth, 'right');
      const color = series.length === 1 ? seriesInk(label, 0) : seriesInk(name, position);
      return `${title}  ${ink(bar, color, look)} ${texts[position]![row]!}`;
    }),
  );
  if (series.length > 1) lines.push(legendLine(series, look));
  if (left > 0) lines.push(ink(`and ${grouped(left)} more`, 'dim', look));
  return lines;
}

function numberText(value: number | null, unit: Categories['unit'], total: number): string {
  if (value === null) return '-';
  const text = compactNumber(value, unit);
  return total === 0 ? text : `${text}  ${((value / total) * 100).toFixed(1)} %`;
}

function barText(cells: number, { unicode }: ChartLook): string {
  if (!unicode) return '#'.repeat(Math.max(Math.round(cells), cells > 0 ? 1 : 0));
  const eighths = Math.max(Math.round(cells * 8), cells > 0 ? 1 : 0);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

/** The signs of stacked series where there are no colours. */
const FILLS = { unicode: ['█', '▓', '▒', '░'], ascii: ['#', '+', '=', '.', 'o', '*'] } as const;

/** The sign of a series. With colours every series has the full block. */
export function fillOf(position: number, look: ChartLook): string {
  if (!look.unicode) return FILLS.ascii[position % FILLS.ascii.length]!;
  return look.color ? '█' : FILLS.unicode[position % FILLS.unicode.length]!;
}

/** The names of the series with their signs, as far as they fit on a line. */
export function legendLine(series: readonly { readonly name: string }[], look: ChartLook): string {
  let line = '';
  let used = 0;
  for (const [position, { name }] of series.entries()) {
    const text = padded(name, Math.min(cellWidth(visible(name)), 24));
    used += cellWidth(text) + 4;
    if (used > look.width && position > 0) break;
    line += `${ink(fillOf(position, look), seriesInk(name, position), look)} ${text}  `;
  }
  return line.trimEnd();
}
