import type { ChartModel, Series } from '../chart/model.ts';
import { axisSteps, compactNumber, fullNumber } from '../chart/numbers.ts';
import { timeText, timeTicks } from '../chart/times.ts';
import { isEarlier, seriesColor } from './colors.ts';
import { coordinate, html, jsonData, type Markup } from './markup.ts';

type Timeline = Extract<ChartModel, { kind: 'timeline' }>;

const WIDTH = 1000;
const HEIGHT = 300;
const MOST_SEPARATE_COLUMNS = 150;

/**
 * Lines, stacked areas or stacked columns over time. The drawing stretches with the panel; labels are
 * HTML beside it, so that they stay sharp.
 */
export function timelineMarkup(model: Timeline, timeZone: string): Markup {
  const { times, step, series, unit, chart } = model;
  const stacks =
    chart === 'line' ? series.map(({ values }) => ({ low: null, high: values })) : stacked(series);
  const highest = Math.max(0, ...stacks.flatMap(({ high }) => high.map((value) => value ?? 0)));
  const lowest =
    chart === 'line' ? Math.min(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))) : 0;
  const steps = axisSteps(lowest, highest, 4);
  const bottom = steps[0]!;
  const top = steps.at(-1)!;
  const from = times[0]!;
  const to = times.at(-1)! + (chart === 'column' ? step : 0);
  const x = (time: number) => (to > from ? ((time - from) / (to - from)) * WIDTH : WIDTH / 2);
  const y = (value: number) => HEIGHT - ((value - bottom) / (top - bottom)) * HEIGHT;
  const shape = ({ low, high }: Band, position: number): Markup => {
    const { name } = series[position]!;
    const color = seriesColor(name, position);
    switch (chart) {
      case 'line': {
        const look = isEarlier(name) ? 'line earlier' : 'line';
        return html`<path class="${look}" style="stroke:${color}" d="${linePath(times, high, x, y)}"/>`;
      }
      case 'area':
        return html`<path class="band" style="fill:${color};stroke:${color}" d="${bandPath(times, low ?? [], high, x, y)}"/>`;
      case 'column':
        return html`<path style="fill:${color}" d="${columnsPath(times, step, low ?? [], high, x, y)}"/>`;
    }
  };
  const shapes = stacks.map(shape);
  const labels = steps.map((value) => compactNumber(value, unit));
  const gutter = Math.max(...labels.map((label) => label.length));
  const summary = `${chart} chart of ${series.map(({ name }) => name).join(', ')} from ${timeText(from, timeZone)} to ${timeText(to, timeZone)}`;
  return html`<div class="timeline" style="--gutter:${gutter}ch" role="img" aria-label="${summary}">
<div class="plot">${steps.map((value, position) => html`<span class="y" style="top:${coordinate((y(value) / HEIGHT) * 100)}%">${labels[position]!}</span>`)}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${steps.map((value) => html`<line class="grid" x1="0" x2="${WIDTH}" y1="${coordinate(y(value))}" y2="${coordinate(y(value))}"/>`)}${chart === 'line' ? shapes.toReversed() : shapes}</svg>
<i class="cursor" hidden></i>
${timeTicks(from, to, 6, timeZone).map(({ time, label }) => html`<span class="x" style="left:${coordinate((x(time) / WIDTH) * 100)}%">${label}</span>`)}</div>
${jsonData({ times: times.map((time) => timeText(time, timeZone)), column: chart === 'column', series: series.map(({ name, values }, position) => ({ name, color: seriesColor(name, position), values: values.map((value) => (value === null ? null : fullNumber(value, unit))) })) })}
</div>${series.length > 1 ? legend(series) : null}`;
}

/** The names of the series with their colours. */
export function legend(series: readonly Series[]): Markup {
  return html`<ul class="legend">${series.map(({ name }, position) => html`<li><i style="background:${seriesColor(name, position)}"></i>${name}</li>`)}</ul>`;
}

interface Band {
  readonly low: readonly (number | null)[] | null;
  readonly high: readonly (number | null)[];
}

function stacked(series: readonly Series[]): readonly Band[] {
  let low: readonly number[] = series[0]?.values.map(() => 0) ?? [];
  return series.map(({ values }) => {
    const under = low;
    low = values.map((value, position) => under[position]! + Math.max(value ?? 0, 0));
    return { low: under, high: low };
  });
}

type Scale = (value: number) => number;

function linePath(times: readonly number[], values: readonly (number | null)[], x: Scale, y: Scale): string {
  let path = '';
  let drawing = false;
  values.forEach((value, position) => {
    if (value !== null)
      path += `${drawing ? 'L' : 'M'}${coordinate(x(times[position]!))} ${coordinate(y(value))}`;
    drawing = value !== null;
  });
  // A point without neighbours would not be seen: it becomes a short dash.
  return path.replace(/M([\d.-]+) ([\d.-]+)(?=M|$)/g, 'M$1 $2h2');
}

function bandPath(
  times: readonly number[],
  low: readonly (number | null)[],
  high: readonly (number | null)[],
  x: Scale,
  y: Scale,
): string {
  const point = (value: number | null, position: number) =>
    `${coordinate(x(times[position]!))} ${coordinate(y(value ?? 0))}`;
  return `M${high.map(point).join('L')}L${low.map(point).toReversed().join('L')}Z`;
}

function columnsPath(
  times: readonly number[],
  step: number,
  low: readonly (number | null)[],
  high: readonly (number | null)[],
  x: Scale,
  y: Scale,
): string {
  const share = times.length > MOST_SEPARATE_COLUMNS ? 1 : 0.82;
  return high
    .map((value, position) => {
      const under = low[position] ?? 0;
      if (value === null || value === under) return '';
      const start = times[position]! + (step * (1 - share)) / 2;
      const left = coordinate(x(start));
      const right = coordinate(x(start + step * share));
      return `M${left} ${coordinate(y(under))}V${coordinate(y(value))}H${right}V${coordinate(y(under))}Z`;
    })
    .join('');
}
