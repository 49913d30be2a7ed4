import { html, type Markup } from '../../dashboards/html/markup.ts';
import { tableMarkup } from '../../dashboards/html/table-markup.ts';
import { tableOf } from '../../dashboards/result-table.ts';
import { type Batch, concatBatches } from '../../engine/columns/batch.ts';
import { QueryFailure } from '../../engine/define.ts';
import { parseRange } from '../../engine/time/range.ts';
import { zoneNamed } from '../../engine/time/zones.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import { prepareQuery } from '../../index.ts';
import type { Exchange } from '../http/exchange.ts';
import { sendPage } from '../http/respond.ts';
import type { Route } from '../http/routes.ts';
import type { QueryRunner } from '../search/query-runner.ts';
import { page } from './layout.ts';

/** A page shows this many rows; reading stops there. */
const MOST_ROWS = 200;

interface SearchForm {
  readonly text: string;
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

/** The page with a box for a query, its result as a table, and what is wrong with it. */
export function searchPages(runner: QueryRunner, now: () => number): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/search',
      scope: 'query',
      errors: 'page',
      handle: async (exchange) => {
        const form = readForm(exchange.query);
        const outcome = form.text === '' ? null : await outcomeOf(form, exchange, runner, now());
        sendPage(exchange, 200, page('weir: search', html`<main>${formMarkup(form)}${outcome}</main>`));
      },
    },
  ];
}

function readForm(query: URLSearchParams): SearchForm {
  return {
    text: (query.get('q') ?? '').replaceAll('\r\n', '\n').trim(),
    from: query.get('from')?.trim() ?? '',
    to: query.get('to')?.trim() ?? '',
    timeZone: query.get('tz')?.trim() || 'UTC',
  };
}

function formMarkup({ text, from, to, timeZone }: SearchForm): Markup {
  return html`<form class="controls" method="get" action="/search">
<label class="query">Query <textarea name="q" spellcheck="false" autofocus placeholder="_sourceCategory=* error | count by _sourceHost">${text}</textarea></label>
<label>From <input name="from" value="${from}" placeholder="-24h" size="18"></label>
<label>To <input name="to" value="${to}" placeholder="now" size="18"></label>
<label>Time zone <input name="tz" value="${timeZone}" size="14"></label>
<button type="submit">Search</button>
</form>`;
}

async function outcomeOf(
  { text, from, to, timeZone }: SearchForm,
  exchange: Exchange,
  runner: QueryRunner,
  now: number,
): Promise<Markup> {
  if (zoneNamed(timeZone) === null) return trouble(`\`${timeZone}\` is no known time zone`);
  const range = parseRange(from === '' ? null : from, to === '' ? null : to, { now, timeZone });
  if (!range.ok) return trouble(`${range.problem}\n${range.hint}`);
  const { plan, diagnostics } = prepareQuery(text, { macros: await runner.macros(text) });
  const shown = diagnostics.filter(({ severity }) => severity !== 'hint');
  const notes = shown.length === 0 ? null : trouble(renderDiagnostics(text, shown));
  if (plan === null) return notes ?? trouble('the query cannot run');
  try {
    const batches: Batch[] = [];
    let rows = 0;
    const request = {
      time: range.value,
      timeZone,
      signal: exchange.signal,
      mayWrite: false,
      kind: 'page' as const,
    };
    const { run, ended } = await runner.run(plan, request, (batch) => {
      batches.push(batch);
      rows += batch.length;
      return rows < MOST_ROWS;
    });
    const warnings = run.warnings().map((warning) => html`<p class="note warn">${warning}</p>`);
    if (rows === 0) return html`${notes}<p class="nothing">No rows</p>${warnings}`;
    const table = tableMarkup(tableOf(concatBatches(batches)), timeZone, null);
    const more = ended ? html`<p class="note">there may be more rows</p>` : null;
    return html`${notes}<div class="results">${table}${more}${warnings}</div>`;
  } catch (failure) {
    if (!(failure instanceof QueryFailure)) throw failure;
    return trouble(failure.hint === null ? failure.message : `${failure.message}\n${failure.hint}`);
  }
}

function trouble(text: string): Markup {
  return html`<pre class="trouble">${text}</pre>`;
}
