import { stringify } from 'yaml';
import type { ChartKind } from './dashboard.ts';

/** A dashboard in our form, made from an exported one. */
export interface ImportedDashboard {
  /** For the file: `my-dashboard`. Folders of the export come first: `aws/my-dashboard`. */
  readonly name: string;
  readonly yaml: string;
  /** What could not be taken over as it was. */
  readonly notes: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Turns an exported dashboard, or a folder of them, into dashboard files. Keys that have no meaning
 * here are kept under `imported`, so that nothing is lost. Throws an Error for other JSON.
 */
export function importDashboards(exported: unknown): readonly ImportedDashboard[] {
  const found = collect(exported, '');
  if (found.length === 0)
    throw new Error('the file holds no dashboard: expected an exported dashboard or folder');
  return withOwnNames(found);
}

/** Dashboards of one name are told apart by a number. */
function withOwnNames(dashboards: readonly ImportedDashboard[]): readonly ImportedDashboard[] {
  const uses = new Map<string, number>();
  return dashboards.map((dashboard) => {
    const use = (uses.get(dashboard.name) ?? 0) + 1;
    uses.set(dashboard.name, use);
    return use === 1 ? dashboard : { ...dashboard, name: `${dashboard.name}-${use}` };
  });
}

function collect(exported: unknown, folder: string): ImportedDashboard[] {
  if (!isObject(exported)) return [];
  if (exported.type === 'FolderSyncDefinition') {
    const inner = `${folder}${slug(textOf(exported.name) ?? 'folder')}/`;
    return listOf(exported.children).flatMap((child) => collect(child, inner));
  }
  const known = exported.type === 'DashboardV2SyncDefinition' || exported.type === undefined;
  return known && Array.isArray(exported.panels) ? [importDashboard(exported, folder)] : [];
}

function importDashboard(exported: Json, folder: string): ImportedDashboard {
  const notes: string[] = [];
  const { type, name, title, description, timeRange, layout, panels, variables, ...rest } = exported;
  const heading = textOf(title) ?? textOf(name) ?? 'Dashboard';
  const places = readLayout(layout);
  const quoted = listOf(variables).flatMap((each) =>
    each.valueType === 'String' ? (textOf(each.name) ?? []) : [],
  );
  const dashboard = {
    title: heading,
    ...(textOf(description) === null ? {} : { description: textOf(description) }),
    timeRange: rangeText(timeRange, notes) ?? '-24h',
    variables: listOf(variables).map(importVariable),
    panels: listOf(panels).map((panel, position) => importPanel(panel, position, places, quoted, notes)),
    ...(Object.keys(rest).length === 0 ? {} : { imported: rest }),
  };
  const head = '# yaml-language-server: $schema=../dashboard.schema.json\n';
  return {
    name: `${folder}${slug(textOf(name) ?? heading)}`,
    yaml: head + stringify(dashboard, { lineWidth: 0, blockQuote: 'literal' }),
    notes,
  };
}

function importVariable(variable: Json): object {
  const source = isObject(variable.sourceDefinition) ? variable.sourceDefinition : {};
  const values = textOf(source.values)
    ?.split(',')
    .map((value) => value.trim());
  return {
    name: (textOf(variable.name) ?? 'variable').replace(/\W/g, '_'),
    default: textOf(variable.defaultValue) ?? '*',
    label: textOf(variable.displayName) ?? textOf(variable.name) ?? 'variable',
    ...(values === undefined ? {} : { values }),
  };
}

const CHARTS: ReadonlyMap<string, ChartKind> = new Map([
  ['table', 'table'],
  ['line', 'line'],
  ['area', 'area'],
  ['bar', 'bar'],
  ['column', 'column'],
  ['pie', 'pie'],
  ['donut', 'pie'],
  ['svp', 'value'],
  ['map', 'map'],
  ['text', 'text'],
]);

function importPanel(
  panel: Json,
  position: number,
  places: ReadonlyMap<string, object>,
  quoted: readonly string[],
  notes: string[],
): object {
  const { key, title, description, queries, timeRange, panelType, text, visualSettings, ...rest } = panel;
  const name = textOf(key) ?? `panel-${position + 1}`;
  const settings = parsed(visualSettings);
  const general = isObject(settings.general) ? settings.general : {};
  const kind = textOf(general.type) ?? 'table';
  const imported = { panelType, visualSettings: settings, ...rest };
  const base = {
    key: name,
    title: textOf(title) || `Panel ${position + 1}`,
    ...(textOf(description) ? { description: textOf(description) } : {}),
  };
  const layout = places.get(name) ?? { x: 0, y: position * 8, width: 24, height: 8 };
  const [first, ...more] = listOf(queries);
  const query = textOf(first?.queryString);
  if (panelType === 'TextPanel')
    return { ...base, chart: 'text', layout, text: textOf(text) ?? '', imported };
  if (query === null || (first?.queryType ?? 'Logs') !== 'Logs') {
    notes.push(`panel \`${base.title}\` does not search logs; its text was kept`);
    return {
      ...base,
      chart: 'text',
      layout,
      text: `This panel does not search logs.\n\n${query ?? ''}`,
      imported: { ...imported, queries },
    };
  }
  const chart = CHARTS.get(kind) ?? 'table';
  if (!CHARTS.has(kind)) notes.push(`panel \`${base.title}\`: chart \`${kind}\` is shown as a table`);
  if (more.length > 0)
    notes.push(`panel \`${base.title}\` has ${more.length + 1} queries; the first is shown`);
  const range = rangeText(timeRange, notes);
  return {
    ...base,
    chart: chart === 'text' ? 'table' : chart,
    layout,
    ...(range === null ? {} : { timeRange: range }),
    query: quoteVariables(query, quoted),
    imported: more.length === 0 ? imported : { ...imported, queries },
  };
}

/** Variables of type String stand for a phrase: their quotes go into the query. */
function quoteVariables(query: string, names: readonly string[]): string {
  return names.reduce(
    (text, name) =>
      text.replaceAll(
        new RegExp(`(?<!")\\{\\{\\s*${name.replace(/\W/g, '\\$&')}\\s*\\}\\}(?!")`, 'gi'),
        (use) => `"${use}"`,
      ),
    query,
  );
}

function readLayout(layout: unknown): ReadonlyMap<string, object> {
  const places = new Map<string, object>();
  if (!isObject(layout)) return places;
  for (const each of listOf(layout.layoutStructures)) {
    const place = parsed(each.structure);
    const key = textOf(each.key);
    if (key === null) continue;
    const whole = (value: unknown, otherwise: number) =>
      typeof value === 'number' ? Math.max(0, Math.round(value)) : otherwise;
    const width = Math.min(24, Math.max(1, whole(place.width, 12)));
    const x = Math.min(whole(place.x, 0), 24 - width);
    places.set(key, { x, y: whole(place.y, 0), width, height: Math.max(1, whole(place.height, 8)) });
  }
  return places;
}

/** A range as text, or null when there is none. */
function rangeText(range: unknown, notes: string[]): string | null {
  if (!isObject(range)) return null;
  if (range.type === 'CompleteLiteralTimeRange') {
    const name = textOf(range.rangeName) ?? '';
    const text = {
      today: '-24h',
      yesterday: '-48h to -24h',
      previous_week: '-2w to -1w',
      previous_month: '-60d to -30d',
    }[name];
    notes.push(`the range \`${name}\` became \`${text ?? '-24h'}\``);
    return text ?? '-24h';
  }
  const from = boundaryText(range.from);
  const to = boundaryText(range.to);
  if (from === null) return null;
  return to === null || to === 'now' ? from : `${from} to ${to}`;
}

const LITERALS: ReadonlyMap<string, string> = new Map([
  ['now', 'now'],
  ['second', '-1s'],
  ['minute', '-1m'],
  ['hour', '-1h'],
  ['day', '-1d'],
  ['today', '-1d'],
  ['week', '-1w'],
  ['month', '-30d'],
  ['year', '-365d'],
]);

function boundaryText(boundary: unknown): string | null {
  if (!isObject(boundary)) return null;
  if (typeof boundary.epochMillis === 'number') return String(boundary.epochMillis);
  return (
    textOf(boundary.relativeTime) ??
    textOf(boundary.iso8601Time) ??
    LITERALS.get(textOf(boundary.rangeName) ?? '') ??
    null
  );
}

function parsed(text: unknown): Json {
  try {
    const value: unknown = JSON.parse(textOf(text) ?? '{}');
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'dashboard'
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
