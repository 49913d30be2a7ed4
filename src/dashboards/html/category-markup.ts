import { grouped } from '../../grammar/counted.ts';
import type { ChartModel } from '../chart/model.ts';
import { compactNumber, fullNumber } from '../chart/numbers.ts';
import { seriesColor } from './colors.ts';
import { coordinate, html, type Markup } from './markup.ts';
import { legend } from './timeline-markup.ts';

type Categories = Extract<ChartModel, { kind: 'categories' }>;

/** Bars, one row for each label; several series give several bars a row. */
export function barsMarkup({ labels, series, unit, left }: Categories): Markup {
  const highest = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => Math.abs(value ?? 0))));
  const rows = labels.map((label, row) => {
    const bars = series.map(({ name, values }, position) => {
      const value = values[row] ?? null;
      const width = highest === 0 || value === null ? 0 : (Math.abs(value) / highest) * 100;
      const tip = `${label}\n${name}: ${value === null ? '–' : fullNumber(value, unit)}`;
      return html`<span class="bar" data-tip="${tip}"><i style="width:${coordinate(width)}%;background:${seriesColor(name, position)}"></i><b>${value === null ? '–' : compactNumber(value, unit)}</b></span>`;
    });
    return html`<li><span class="name" title="${label}">${label}</span><span class="bars">${bars}</span></li>`;
  });
  return html`<ol class="barlist">${rows}</ol>${series.length > 1 ? legend(series) : null}${left > 0 ? html`<p class="note">and ${grouped(left)} more</p>` : null}`;
}

const RADIUS = 84;
const HOLE = 54;

/** A ring of slices with a list of what they are. */
export function pieMarkup({ labels, series, unit }: Categories): Markup {
  const values = (series[0]?.values ?? []).map((value) => Math.max(value ?? 0, 0));
  const total = values.reduce((sum, value) => sum + value, 0);
  let turned = 0;
  const slices = values.map((value, position) => {
    const from = turned;
    turned += total === 0 ? 0 : value / total;
    const label = labels[position]!;
    const tip = `${label}\n${fullNumber(value, unit)} (${share(value, total)})`;
    const color = seriesColor(label, position);
    return value === 0
      ? html``
      : html`<path data-tip="${tip}" style="fill:${color}" d="${slicePath(from, turned)}"><title>${tip}</title></path>`;
  });
  const items = labels.map((label, position) => {
    const value = values[position]!;
    return html`<li><i style="background:${seriesColor(label, position)}"></i><span class="name" title="${label}">${label}</span><b>${compactNumber(value, unit)}</b><em>${share(value, total)}</em></li>`;
  });
  return html`<div class="pie"><svg viewBox="-100 -100 200 200" role="img" aria-label="ring of ${labels.length} parts of ${compactNumber(total, unit)}">${slices}<text class="total" y="2">${compactNumber(total, unit)}</text><text class="of" y="20">total</text></svg><ul>${items}</ul></div>`;
}

function share(value: number, total: number): string {
  return total === 0 ? '0 %' : `${((value / total) * 100).toFixed(1)} %`;
}

/** A piece of the ring, in turns from the top, clockwise. */
function slicePath(from: number, to: number): string {
  const end = Math.min(to, from + 0.99999);
  const point = (turn: number, radius: number) =>
    `${coordinate(Math.sin(turn * 2 * Math.PI) * radius)} ${coordinate(-Math.cos(turn * 2 * Math.PI) * radius)}`;
  const large = end - from > 0.5 ? 1 : 0;
  return `M${point(from, RADIUS)}A${RADIUS} ${RADIUS} 0 ${large} 1 ${point(end, RADIUS)}L${point(end, HOLE)}A${HOLE} ${HOLE} 0 ${large} 0 ${point(from, HOLE)}Z`;
}
