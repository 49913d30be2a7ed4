import { type ChartRequest, chartModel } from '../../dashboards/chart/model.ts';
import { compactNumber } from '../../dashboards/chart/numbers.ts';
import type { ResultTable } from '../../dashboards/result-table.ts';
import { newBatch, Schema } from '../../engine/columns/batch.ts';
import { columnOf } from '../../engine/columns/column.ts';
import { grouped } from '../../grammar/counted.ts';
import { renderTable } from '../output/table.ts';
import { barLines } from './bars.ts';
import { type ChartLook, ink, padded, plain } from './look.ts';
import { sparkline, timelineLines } from './timeline.ts';
import { mapLines } from './world.ts';

const CHART_HEIGHT = 9;
const MOST_ROWS = 10;
const NOTHING = 'nothing in this time range';

/** A result as a chart in text, line by line; no line is wider than the look. */
export function renderChart(table: ResultTable, request: ChartRequest, look: ChartLook): string[] {
  const model = chartModel(table, request);
  switch (model.kind) {
    case 'empty':
      return [ink(look.width < NOTHING.length ? 'nothing' : NOTHING, 'dim', look)];
    case 'table':
      return tableLines(model.table, look);
    case 'timeline':
      return timelineLines(model, look, CHART_HEIGHT);
    case 'categories':
      return barLines(model, look);
    case 'map':
      return mapLines(model, look);
    case 'value': {
      const { value, unit, trend } = model;
      const text =
        typeof value === 'number'
          ? compactNumber(value, unit)
          : padded(value, Math.min(value.length, look.width));
      const number = ink(text, 'bold', look);
      return trend.length === 0
        ? [number]
        : [number, ink(sparkline(trend, look.width - 1, look), 'series-0', look)];
    }
  }
}

function tableLines({ columns, rows }: ResultTable, look: ChartLook): string[] {
  const shown = rows.slice(0, MOST_ROWS);
  const batch = newBatch(
    new Schema(columns.map(({ name }) => name)),
    columns.map((_, position) => columnOf(shown.map((row) => row[position] ?? null))),
    shown.length,
  );
  const { width, timeZone, color } = look;
  const drawn = plain(renderTable(batch, { width, timeZone, color, escape: true }), look)
    .trimEnd()
    .split('\n');
  const left = rows.length - shown.length;
  return left > 0 ? [...drawn, ink(`and ${grouped(left)} more rows`, 'dim', look)] : drawn;
}
