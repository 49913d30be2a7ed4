import type { ChartRequest } from '../../dashboards/chart/model.ts';
import { type ResultTable, tableOf } from '../../dashboards/result-table.ts';
import type { Batch } from '../../engine/columns/batch.ts';
import { outputLook, plain } from './look.ts';
import { renderChart } from './render-chart.ts';

/** A query's result as the chart that suits it (`-o chart`). */
export function chartOfResult(batch: Batch, { timeZone }: { readonly timeZone: string }): string {
  const table = tableOf(batch);
  const look = outputLook(timeZone);
  const chart = suitableChart(table);
  return plain(`${renderChart(table, { chart, unit: null, limit: null }, look).join('\n')}\n`, look);
}

/** A line over time, a map for places, one number as such, bars for groups; else the table. */
function suitableChart({ columns, rows }: ResultTable): ChartRequest['chart'] {
  const names = columns.map(({ name }) => name.toLowerCase());
  const measures = columns.filter(
    ({ type, name }) => (type === 'long' || type === 'double') && name !== '_timeslice',
  );
  if (names.includes('latitude') && names.includes('longitude')) return 'map';
  if (names.includes('_raw') || measures.length === 0) return 'table';
  if (names.includes('_timeslice')) return 'line';
  if (rows.length === 1 && measures.length === 1 && columns.length === 1) return 'value';
  return 'bar';
}
