import type { ChartModel } from '../chart/model.ts';
import { compactNumber, fullNumber } from '../chart/numbers.ts';
import { coordinate, html, type Markup } from './markup.ts';

type SingleValue = Extract<ChartModel, { kind: 'value' }>;

/** One number, large, over its course in time. */
export function valueMarkup({ value, label, unit, trend }: SingleValue): Markup {
  const shown = typeof value === 'number' ? compactNumber(value, unit) : value;
  const [, number = shown, suffix = ''] = /^(\S+) (\S+)$/.exec(shown) ?? [];
  const full = typeof value === 'number' ? fullNumber(value, unit) : value;
  return html`<div class="value"><p><strong data-tip="${`${label}\n${full}`}">${number}${suffix === '' ? null : html`<small>${suffix}</small>`}</strong></p>${trend.length > 1 ? sparkline(trend) : null}</div>`;
}

function sparkline(trend: readonly (number | null)[]): Markup {
  const highest = Math.max(...trend.map((value) => value ?? 0), 0);
  const points = trend.map((value, position) => {
    const x = (position / (trend.length - 1)) * 300;
    const y = 57 - (highest === 0 ? 0 : ((value ?? 0) / highest) * 54);
    return `${coordinate(x)} ${coordinate(y)}`;
  });
  const line = `M${points.join('L')}`;
  return html`<svg class="spark" viewBox="0 0 300 60" preserveAspectRatio="none" aria-hidden="true"><path class="under" d="${line}V60H0Z"/><path class="line" d="${line}"/></svg>`;
}
