import { createHash } from 'node:crypto';
import { chartModel } from '../chart/model.ts';
import { timeText } from '../chart/times.ts';
import { WORLD_OUTLINE } from '../chart/world-outline.ts';
import { type ResultTable, tableOf } from '../result-table.ts';
import type { DashboardResult, PanelResult } from '../run-dashboard.ts';
import { barsMarkup, pieMarkup } from './category-markup.ts';
import { landSymbol, mapMarkup } from './map-markup.ts';
import { html, type Markup } from './markup.ts';
import { REPORT_SCRIPT } from './script.ts';
import { REPORT_STYLE } from './style.ts';
import { tableMarkup } from './table-markup.ts';
import { timelineMarkup } from './timeline-markup.ts';
import { valueMarkup } from './value-markup.ts';

/** What a report says besides its results. */
export interface ReportOptions {
  /** Epoch ms. */
  readonly made: number;
  /** Whose data is shown: lines such as `IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0`. */
  readonly attributions: readonly string[];
}

const WORLD_ATTRIBUTION = 'World outline made with Natural Earth';

/**
 * Dashboards as one HTML file that needs nothing else: no request leaves it, and its only script is
 * named by its hash, so that nothing in the data can run.
 */
export function renderReport(results: readonly DashboardResult[], options: ReportOptions): string {
  const title = results.length === 1 ? results[0]!.title : 'weir dashboards';
  const hash = createHash('sha256').update(REPORT_SCRIPT).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const navigation = results.map(
    ({ title }, position) => html`<li><a href="#dashboard-${position}">${title}</a></li>`,
  );
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${{ markup: REPORT_STYLE }}</style>
</head>
<body>
<header class="page"><span>weir</span><button type="button" class="tool" id="theme">Light / dark</button></header>
${results.length > 1 ? html`<nav aria-label="Dashboards"><ul>${navigation}</ul></nav>` : null}
${reportBody(results, options)}
<script>${{ markup: REPORT_SCRIPT }}</script>
</body>
</html>
`;
  return page.markup;
}

/** The dashboards of a report and its last lines, for a page that brings its own head, style and script. */
export function reportBody(results: readonly DashboardResult[], options: ReportOptions): Markup {
  const maps = results.some(({ panels }) => panels.some(({ chart }) => chart === 'map'));
  const attributions = [...options.attributions, ...(maps ? [WORLD_ATTRIBUTION] : [])];
  const timeZone = results[0]?.timeZone ?? 'UTC';
  return html`${maps ? landSymbol(WORLD_OUTLINE) : null}<main>
${results.map(dashboardMarkup)}
</main>
<footer><p>Made ${timeText(options.made, timeZone)} (${timeZone}).</p>${attributions.map((text) => html`<p>${withLinks(text)}</p>`)}</footer>`;
}

function withLinks(text: string): Markup {
  const [, before = text, url, after = ''] = /^(.*?)(https:\/\/[\w./-]+)(.*)$/.exec(text) ?? [];
  return url === undefined
    ? html`${text}`
    : html`${before}<a href="${url}" rel="noreferrer">${url}</a>${after}`;
}

function dashboardMarkup(result: DashboardResult, position: number): Markup {
  const { title, description, range, timeZone, parameters, panels } = result;
  const ends = [range.from, range.to].map((time) =>
    Number.isFinite(time) ? timeText(time, timeZone) : 'open',
  );
  const chosen = parameters.filter(({ value }) => value !== '*');
  return html`<section class="dashboard" id="dashboard-${position}">
<h1>${title}</h1>${description === null ? null : html`<p class="about">${description}</p>`}
<ul class="facts"><li><b>${ends[0]!}</b> to <b>${ends[1]!}</b> ${timeZone}</li>${chosen.map(({ label, value }) => html`<li>${label} <b>${value}</b></li>`)}</ul>
<div class="grid">
${panels.map((panel) => panelMarkup(panel, timeZone))}
</div>
</section>`;
}

function panelMarkup(panel: PanelResult, timeZone: string): Markup {
  const { title, description, layout } = panel;
  const place = `--x:${layout.x};--y:${layout.y};--w:${layout.width};--h:${layout.height}`;
  const tone = /accept/i.test(title) ? 'accept' : /reject/i.test(title) ? 'reject' : '';
  const { content, table } = panelContent(panel, timeZone);
  const half = layout.width <= 12 ? html` data-half` : null;
  return html`<article class="panel" style="${place}"${half} data-tone="${tone}">
<header><h2 title="${description ?? title}">${title}</h2>${table === null ? null : html`<button type="button" data-switch>Table</button>`}</header>
<div class="body">${content}</div>${table === null ? null : html`<div class="body" hidden>${table}</div>`}
</article>
`;
}

interface Content {
  readonly content: Markup;
  /** The same as a table, for panels that show a chart. */
  readonly table: Markup | null;
}

function panelContent(panel: PanelResult, timeZone: string): Content {
  switch (panel.state) {
    case 'text':
      return { content: html`<div class="words">${panel.text}</div>`, table: null };
    case 'failed': {
      const { message, hint } = panel.failure;
      return { content: html`<p class="failed"><b>${message}</b>${hint ?? ''}</p>`, table: null };
    }
    case 'done': {
      const rows = tableOf(panel.batch);
      const { content, isTable } = chartMarkup(panel, rows, timeZone);
      const warnings = panel.warnings.map((text) => html`<p class="note warn">${text}</p>`);
      const table = isTable ? null : tableMarkup(rows, timeZone, panel.unit);
      return { content: html`${content}${warnings}`, table };
    }
  }
}

function chartMarkup(
  panel: Extract<PanelResult, { state: 'done' }>,
  table: ResultTable,
  timeZone: string,
): { content: Markup; isTable: boolean } {
  const model = chartModel(table, panel);
  switch (model.kind) {
    case 'empty':
      return { content: html`<p class="nothing">Nothing in this time range</p>`, isTable: true };
    case 'table':
      return { content: tableMarkup(model.table, timeZone, panel.unit), isTable: true };
    case 'timeline':
      return { content: timelineMarkup(model, timeZone), isTable: false };
    case 'categories':
      return { content: model.chart === 'pie' ? pieMarkup(model) : barsMarkup(model), isTable: false };
    case 'value':
      return { content: valueMarkup(model), isTable: false };
    case 'map':
      return { content: mapMarkup(model), isTable: false };
  }
}
