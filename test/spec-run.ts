import { csvCell } from '../src/cli/output/csv.ts';
import type { Value } from '../src/engine/columns/value.ts';
import { execute } from '../src/engine/run/execute.ts';
import { batchSource, type MemoryMessage, messageBatch } from '../src/engine/run/memory-source.ts';
import type { RunOptions } from '../src/engine/run/options.ts';
import { renderDiagnostics } from '../src/grammar/render.ts';
import { collectRows, type Diagnostic, prepareQuery, QueryFailure, type Source } from '../src/index.ts';
import { memoryDocuments } from '../src/lookups/document-store.ts';
import { createLookups } from '../src/lookups/lookups.ts';
import { inLayout, type Layout } from './layouts.ts';

/** When the last message of a spec came, unless it says so itself. */
export const END = Date.UTC(2024, 0, 1);

/** What a query gave, in the forms in which specs state it. */
export interface Outcome {
  /** CSV with a header line; null when the query did not run to its end. */
  readonly csv: string | null;
  /** Rendered diagnostics that are errors, or the failure of the run. */
  readonly error: string | null;
  readonly warning: string | null;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The messages of an `input` block, one a line, newest last: `@<ISO time> ` sets the time, then
 * `{field=value,…} ` sets fields. Lines of examples may start with an ISO time and a tab.
 */
export function readMessages(input: string): MemoryMessage[] {
  const lines = input === '' ? [] : input.replace(/\n$/, '').split('\n');
  return lines.map((line, at) => readMessage(line, END - (lines.length - 1 - at) * 1000));
}

function readMessage(line: string, defaultTime: number): MemoryMessage {
  let raw = line;
  let time = defaultTime;
  const stamp = /^@(\S+) /.exec(raw) ?? /^(\d{4}-\d\d-\d\dT\S+)\t/.exec(raw);
  if (stamp !== null && !Number.isNaN(Date.parse(stamp[1] ?? ''))) {
    time = Date.parse(stamp[1] ?? '');
    raw = raw.slice(stamp[0].length);
  }
  const fields = new Map<string, Value>([['_sourceCategory', 'test']]);
  const metadata = /^\{([\w.]+=[^}]*)\} /.exec(raw);
  if (metadata !== null) {
    raw = raw.slice(metadata[0].length);
    for (const pair of (metadata[1] ?? '').split(',')) {
      const [name = '', ...value] = pair.split('=');
      fields.set(name.trim(), value.join('='));
    }
  }
  return { raw, time, fields };
}

/** Lookup tables from a `tables` block: `name:` lines, each followed by CSV. */
export async function readTables(block: string) {
  const lookups = createLookups(memoryDocuments(), () => END);
  for (const part of block.split(/^(?=\S+:$)/m)) {
    const [head = '', ...lines] = part.split('\n');
    if (head.trim() === '') continue;
    await lookups.add(head.trim().replace(/:$/, ''), 'table.csv', new TextEncoder().encode(lines.join('\n')));
  }
  return lookups;
}

/** Runs a query text over a source and puts what came out into words. */
export async function outcomeOf(text: string, source: Source, options: RunOptions): Promise<Outcome> {
  const { plan, diagnostics } = prepareQuery(text);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const warnings = renderDiagnostics(
    text,
    diagnostics.filter(({ severity }) => severity === 'warning'),
  );
  if (plan === null) {
    return { csv: null, error: renderDiagnostics(text, errors), warning: warnings || null, diagnostics };
  }
  try {
    const run = await execute(plan, source, options);
    const { names, rows } = await collectRows(run);
    const header = rows.length === 0 ? (plan.columns ?? []) : names;
    const lines = [header, ...rows].map((row) =>
      row.map((value) => csvCell(value, { guardFormulas: false })).join(','),
    );
    const said = [warnings, ...run.warnings()].filter((each) => each !== '').join('\n');
    return { csv: lines.join('\n'), error: null, warning: said || null, diagnostics };
  } catch (failure) {
    if (!(failure instanceof QueryFailure)) throw failure;
    const hint = failure.hint === null ? '' : `\n= help: ${failure.hint}`;
    return {
      csv: null,
      error: `${failure.reason}: ${failure.message}${hint}`,
      warning: warnings || null,
      diagnostics,
    };
  }
}

/** A source over the messages of an `input` block, their columns laid out as told. */
export function inputSource(input: string, layout: Layout = 'as it is'): Source {
  return batchSource([inLayout(messageBatch(readMessages(input)), layout)]);
}
