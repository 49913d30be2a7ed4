import type { Dashboard, Variable } from '../../dashboards/dashboard.ts';
import { html, type Markup } from '../../dashboards/html/markup.ts';
import { reportBody } from '../../dashboards/html/report.ts';
import { ASN_ATTRIBUTION } from '../../lookups/asn-table.ts';
import { GEO_ATTRIBUTION } from '../../lookups/geo-table.ts';
import type { StoredDashboards } from '../dashboards/stored-dashboards.ts';
import { type Exchange, parameter } from '../http/exchange.ts';
import { sendPage } from '../http/respond.ts';
import type { Route } from '../http/routes.ts';
import { page } from './layout.ts';

/** Names of the query string that are not variables of a dashboard. */
const OWN = new Set(['from', 'to', 'tz']);

/** The list of dashboards, and each of them run. */
export function dashboardPages(dashboards: StoredDashboards, now: () => number): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      scope: 'query',
      errors: 'page',
      handle: async (exchange) => sendPage(exchange, 200, await listPage(dashboards)),
    },
    {
      method: 'GET',
      path: '/dashboards/:app/:name',
      scope: 'query',
      errors: 'page',
      handle: async (exchange) => sendPage(exchange, 200, await dashboardPage(exchange, dashboards, now())),
    },
  ];
}

async function listPage(dashboards: StoredDashboards): Promise<string> {
  const items = (await dashboards.list()).map(({ name, dashboard }) => {
    const description =
      dashboard.description === null ? null : html`<p class="about">${dashboard.description}</p>`;
    return html`<li><a href="${pathOf(name)}">${dashboard.title}</a>${description}</li>`;
  });
  const list =
    items.length === 0
      ? html`<p class="about">No dashboards are installed. <code>weir apps list</code> shows the apps that bring some.</p>`
      : html`<ul class="list">${items}</ul>`;
  return page('weir', html`<main><section class="dashboard"><h1>Dashboards</h1>${list}</section></main>`);
}

function pathOf(name: string): string {
  return `/dashboards/${name.split('/').map(encodeURIComponent).join('/')}`;
}

async function dashboardPage(exchange: Exchange, dashboards: StoredDashboards, now: number): Promise<string> {
  const { query, signal } = exchange;
  const found = await dashboards.find(`${parameter(exchange, 'app')}/${parameter(exchange, 'name')}`);
  const given = (name: string) => query.get(name)?.trim() || null;
  const parameters = new Map([...query].filter(([name, value]) => !OWN.has(name) && value !== ''));
  const timeZone = given('tz') ?? 'UTC';
  const result = await dashboards.run(found, {
    from: given('from'),
    to: given('to'),
    timeZone,
    parameters,
    panels: [],
    signal,
  });
  const values = new Map(result.parameters.map(({ name, value }) => [name, value]));
  const controls = html`<main>${controlsMarkup(found.dashboard, values, {
    from: given('from') ?? '',
    to: given('to') ?? '',
    tz: timeZone,
  })}</main>`;
  const body = reportBody([result], { made: now, attributions: [GEO_ATTRIBUTION, ASN_ATTRIBUTION] });
  return page(result.title, html`${controls}${body}`);
}

function controlsMarkup(
  dashboard: Dashboard,
  values: ReadonlyMap<string, string>,
  time: { readonly from: string; readonly to: string; readonly tz: string },
): Markup {
  const variables = dashboard.variables.map((variable) =>
    variableMarkup(variable, values.get(variable.name) ?? variable.default),
  );
  return html`<form class="controls" method="get">
<label>From <input name="from" value="${time.from}" placeholder="${dashboard.timeRange}" size="18"></label>
<label>To <input name="to" value="${time.to}" placeholder="now" size="18"></label>
<label>Time zone <input name="tz" value="${time.tz}" size="14"></label>
${variables}<button type="submit">Run</button>
</form>`;
}

function variableMarkup({ name, label, values }: Variable, value: string): Markup {
  if (values.length === 0) {
    return html`<label>${label} <input name="${name}" value="${value}" size="18"></label>
`;
  }
  const choices = [...new Set([value, ...values])].map((choice) =>
    choice === value ? html`<option selected>${choice}</option>` : html`<option>${choice}</option>`,
  );
  return html`<label>${label} <select name="${name}">${choices}</select></label>
`;
}
