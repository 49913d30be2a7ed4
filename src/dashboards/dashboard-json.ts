import { jsonRows } from '../engine/columns/json-rows.ts';
import { columnsOf } from './result-table.ts';
import type { DashboardResult, PanelResult } from './run-dashboard.ts';

/** Rows of a panel that become text at once. */
const JSON_ROWS = 10_000;

/**
 * A result as the JSON text that `-o json` prints, in pieces: one text of a large result would be
 * longer than a text can be. Rows are objects in column order.
 */
export function* dashboardJson(result: DashboardResult): Generator<string> {
  const { title, description, range, timeZone, parameters, panels } = result;
  const head = {
    title,
    description,
    from: finite(range.from),
    to: finite(range.to),
    timeZone,
    parameters: Object.fromEntries(parameters.map(({ name, value }) => [name, value])),
  };
  yield listStart(head, 'panels');
  for (const [position, panel] of panels.entries()) {
    if (position > 0) yield ',';
    yield* panelJson(panel);
  }
  yield ']}';
}

function* panelJson(panel: PanelResult): Generator<string> {
  const { key, title, description, chart, layout } = panel;
  const base = { key, title, description, chart, layout };
  switch (panel.state) {
    case 'text':
      yield JSON.stringify({ ...base, text: panel.text });
      return;
    case 'failed':
      yield JSON.stringify({ ...base, error: panel.failure.message, hint: panel.failure.hint });
      return;
    case 'done': {
      const { batch } = panel;
      const head = {
        ...base,
        unit: panel.unit,
        from: finite(panel.range.from),
        to: finite(panel.range.to),
        milliseconds: Math.round(panel.milliseconds),
        warnings: panel.warnings,
        columns: columnsOf(batch),
      };
      yield listStart(head, 'rows');
      for (let from = 0; from < batch.length; from += JSON_ROWS) {
        const rows = jsonRows(batch, from, Math.min(batch.length, from + JSON_ROWS)).join(',');
        yield from > 0 ? `,${rows}` : rows;
      }
      yield ']}';
    }
  }
}

/** The JSON of an object up to the start of the list that ends it. */
function listStart(head: object, key: string): string {
  return `${JSON.stringify(head).slice(0, -1)},"${key}":[`;
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}
