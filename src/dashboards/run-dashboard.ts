import type { Batch } from '../engine/columns/batch.ts';
import { reasonOf } from '../engine/reason-of.ts';
import type { TimeRange } from '../engine/source.ts';
import { parseRange, parseRangeText, type TimeSettings } from '../engine/time/range.ts';
import type { ChartKind, Dashboard, Layout, QueryPanel, Unit } from './dashboard.ts';

/** Why a panel has no result. */
export interface PanelFailure {
  readonly message: string;
  readonly hint: string | null;
}

interface PanelOutcome {
  readonly key: string;
  readonly title: string;
  readonly description: string | null;
  readonly layout: Layout;
}

/** What became of one panel. */
export type PanelResult = PanelOutcome &
  (
    | { readonly state: 'text'; readonly chart: 'text'; readonly text: string }
    | {
        readonly state: 'done';
        readonly chart: Exclude<ChartKind, 'text'>;
        readonly unit: Unit | null;
        readonly limit: number | null;
        readonly range: TimeRange;
        readonly batch: Batch;
        readonly warnings: readonly string[];
        readonly milliseconds: number;
      }
    | { readonly state: 'failed'; readonly chart: Exclude<ChartKind, 'text'>; readonly failure: PanelFailure }
  );

/** What became of a dashboard. */
export interface DashboardResult {
  readonly title: string;
  readonly description: string | null;
  readonly range: TimeRange;
  readonly timeZone: string;
  readonly parameters: readonly { readonly name: string; readonly label: string; readonly value: string }[];
  readonly panels: readonly PanelResult[];
}

/** What running a dashboard needs. */
export interface DashboardRun {
  /** Runs one query with these parameters over this range; rejects when it cannot. */
  readonly run: (
    query: string,
    range: TimeRange,
    parameters: ReadonlyMap<string, string>,
  ) => Promise<{ readonly batch: Batch; readonly warnings: readonly string[] }>;
  /** In words, what a rejection of `run` means. */
  readonly explain?: (error: unknown) => PanelFailure;
  readonly time: TimeSettings;
  /** The user's range; it replaces those of the dashboard and of its panels. Null ends are not given. */
  readonly from?: string | null;
  readonly to?: string | null;
  /** The user's values of variables, found in any letter case. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** Only these panels, by key; all when empty. */
  readonly panels?: readonly string[];
  /** Called before each panel. */
  readonly progress?: (title: string, position: number, count: number) => void;
}

/** A request that a dashboard cannot meet: a panel or a time that is not there. */
export class DashboardRequestError extends Error {
  readonly hint: string | null;
  constructor(message: string, hint: string | null) {
    super(message);
    this.name = 'DashboardRequestError';
    this.hint = hint;
  }
}

/**
 * Runs the panels one after the other. A panel that fails is a result like any other and never stops
 * the rest. Throws a DashboardRequestError when the range or a panel asked for makes no sense.
 */
export async function runDashboard(dashboard: Dashboard, request: DashboardRun): Promise<DashboardResult> {
  const asked = request.panels ?? [];
  for (const key of asked) {
    if (!dashboard.panels.some((panel) => panel.key === key)) {
      throw new DashboardRequestError(
        `there is no panel \`${key}\``,
        `the panels are ${dashboard.panels.map((panel) => panel.key).join(', ')}`,
      );
    }
  }
  const given = (request.from ?? null) !== null || (request.to ?? null) !== null;
  const rangeOf = (text: string): TimeRange => {
    const result = given
      ? parseRange(request.from ?? null, request.to ?? null, request.time)
      : parseRangeText(text, request.time);
    if (!result.ok) throw new DashboardRequestError(result.problem, result.hint);
    return result.value;
  };
  const range = rangeOf(dashboard.timeRange);
  const parameters = parametersOf(dashboard, request.parameters ?? new Map());
  const panels = dashboard.panels.filter(({ key }) => asked.length === 0 || asked.includes(key));
  const results: PanelResult[] = [];
  for (const [position, panel] of panels.entries()) {
    request.progress?.(panel.title, position, panels.length);
    const { key, title, description, layout } = panel;
    const base = { key, title, description, layout };
    if (panel.chart === 'text') {
      results.push({ ...base, state: 'text', chart: 'text', text: panel.text });
      continue;
    }
    const started = performance.now();
    try {
      const own = panel.timeRange === null ? range : rangeOf(panel.timeRange);
      const { batch, warnings } = await request.run(panel.query, own, parameters);
      const milliseconds = performance.now() - started;
      const { chart, unit, limit } = panel;
      results.push({ ...base, state: 'done', chart, unit, limit, range: own, batch, warnings, milliseconds });
    } catch (error) {
      results.push(failedPanel(base, panel, error, request.explain ?? explainError));
    }
  }
  return {
    title: dashboard.title,
    description: dashboard.description,
    range,
    timeZone: request.time.timeZone,
    parameters: dashboard.variables.map(({ name, label }) => ({
      name,
      label,
      value: parameters.get(name) ?? '*',
    })),
    panels: results,
  };
}

function failedPanel(
  base: PanelOutcome,
  { chart }: QueryPanel,
  error: unknown,
  explain: (error: unknown) => PanelFailure,
): PanelResult {
  return { ...base, state: 'failed', chart, failure: explain(error) };
}

function explainError(error: unknown): PanelFailure {
  const message = reasonOf(error);
  const hint =
    error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : null;
  return { message, hint };
}

/** The values of all parameters: the user's, else the dashboard's defaults. Names ignore letter case. */
function parametersOf(dashboard: Dashboard, given: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const spelling = new Map<string, string>();
  for (const { name, default: value } of dashboard.variables) {
    values.set(name, value);
    spelling.set(name.toLowerCase(), name);
  }
  for (const [name, value] of given) values.set(spelling.get(name.toLowerCase()) ?? name, value);
  return values;
}
