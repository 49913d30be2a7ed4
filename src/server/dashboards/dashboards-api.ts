import { dashboardJson } from '../../dashboards/dashboard-json.ts';
import type { DashboardList, DashboardSummary } from '../api.ts';
import { type Exchange, parameter } from '../http/exchange.ts';
import { HttpFailure } from '../http/http-failure.ts';
import type { InFlight } from '../http/in-flight.ts';
import { entriesOf, readJson } from '../http/read-body.ts';
import { JSON_TYPE, send, sendJson } from '../http/respond.ts';
import type { Route } from '../http/routes.ts';
import type { StoredDashboard, StoredDashboards } from './stored-dashboards.ts';

const BASE = '/api/v1/dashboards';

/** The API of the installed dashboards: list them, look at one, run one. */
export function dashboardRoutes(dashboards: StoredDashboards, inFlight: InFlight): readonly Route[] {
  const route = (
    method: Route['method'],
    path: string,
    handle: (exchange: Exchange) => Promise<void>,
  ): Route => ({ method, path, scope: 'query', errors: 'openapi', handle });
  return [
    route('GET', BASE, async (exchange) => {
      const list: DashboardList = { dashboards: (await dashboards.list()).map(summary) };
      sendJson(exchange, 200, list);
    }),
    route('GET', `${BASE}/:app/:name`, async (exchange) => {
      sendJson(exchange, 200, summary(await dashboards.find(nameIn(exchange))));
    }),
    route('POST', `${BASE}/:app/:name/run`, (exchange) => run(exchange, dashboards, inFlight)),
  ];
}

function nameIn(exchange: Exchange): string {
  return `${parameter(exchange, 'app')}/${parameter(exchange, 'name')}`;
}

async function run(exchange: Exchange, dashboards: StoredDashboards, inFlight: InFlight): Promise<void> {
  const found = await dashboards.find(nameIn(exchange));
  const body = await readJson(exchange.request, inFlight);
  const entries = entriesOf(body);
  const text = (key: string): string | null => {
    const value = entries.get(key) ?? null;
    if (value === null || typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw invalid(`\`${key}\` must be a text`);
  };
  const result = await dashboards.run(found, {
    from: text('from'),
    to: text('to'),
    timeZone: text('timeZone') ?? 'UTC',
    parameters: texts(entries.get('parameters')),
    panels: panelKeys(entries.get('panels')),
    signal: exchange.signal,
  });
  send(exchange, 200, JSON_TYPE, [...dashboardJson(result)].join(''));
}

function texts(value: unknown): ReadonlyMap<string, string> {
  if (value === undefined || value === null) return new Map();
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalid('`parameters` must be an object of texts');
  return new Map(
    Object.entries(value).map(([name, one]) => {
      if (typeof one !== 'string' && typeof one !== 'number')
        throw invalid(`the parameter \`${name}\` must be a text`);
      return [name, String(one)];
    }),
  );
}

function panelKeys(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((key) => typeof key === 'string')) return value as string[];
  throw invalid('`panels` must be a list of keys');
}

function invalid(message: string): HttpFailure {
  return new HttpFailure(400, 'request.invalid', message);
}

function summary({ name, dashboard }: StoredDashboard): DashboardSummary {
  const { title, description, timeRange, variables, panels } = dashboard;
  return {
    name,
    title,
    description,
    timeRange,
    variables: variables.map((variable) => ({
      name: variable.name,
      label: variable.label,
      default: variable.default,
      values: variable.values,
    })),
    panels: panels.map(({ key, title, chart }) => ({ key, title, chart })),
  };
}
