import { csvCell } from '../src/cli/output/csv.ts';
import type { Value } from '../src/engine/columns/value.ts';
import { explainText } from '../src/engine/plan/explain.ts';
import { registry } from '../src/engine/registry.ts';
import { execute } from '../src/engine/run/execute.ts';
import { batchSource, type MemoryMessage, messageBatch } from '../src/engine/run/memory-source.ts';
import type { RunOptions } from '../src/engine/run/options.ts';
import { renderDiagnostics } from '../src/grammar/render.ts';
import { collectRows, type Diagnostic, prepareQuery, QueryFailure, type Source } from '../src/index.ts';
import { memoryDocuments } from '../src/lookups/document-store.ts';
import { createLookups } from '../src/lookups/lookups.ts';
import { openStore } from '../src/store/store.ts';
import { inLayout, type Layout } from './layouts.ts';
import { MemoryDisk } from './store/memory-disk.ts';

/** When the last message of a spec came, unless it says so itself. */
export const END = Date.UTC(2024, 0, 1);

/** What a query gave, in the forms in which specs state it. */
export interface Outcome {
  /** CSV with a header line; null when the query did not run to its end. */
  readonly csv: string | null;
  /** Rendered diagnostics that are errors, or the failure of the run. */
  readonly error: string | null;
  readonly warning: string | null;
  /** The plan as `explain` prints it; null for a query with errors. */
  readonly plan: string | null;
  /** The rows without regard to the order of columns and, but for messages, of rows; nulls left out. */
  readonly rows: readonly string[];
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
    return {
      csv: null,
      error: renderDiagnostics(text, errors),
      warning: warnings || null,
      plan: null,
      rows: [],
      diagnostics,
    };
  }
  try {
    const run = await execute(plan, source, options);
    const { names, rows } = await collectRows(run);
    const header = rows.length === 0 ? (plan.columns ?? []) : names;
    const lines = [header, ...rows].map((row) =>
      row.map((value) => csvCell(value, { guardFormulas: false })).join(','),
    );
    const said = [warnings, ...run.warnings()].filter((each) => each !== '').join('\n');
    return {
      csv: lines.join('\n'),
      error: null,
      warning: said || null,
      plan: explainText(plan, text, registry),
      rows: unordered(names, rows, plan.raw),
      diagnostics,
    };
  } catch (failure) {
    if (!(failure instanceof QueryFailure)) throw failure;
    const hint = failure.hint === null ? '' : `\n= help: ${failure.hint}`;
    return {
      csv: null,
      error: `${failure.reason}: ${failure.message}${hint}`,
      warning: warnings || null,
      plan: explainText(plan, text, registry),
      rows: [],
      diagnostics,
    };
  }
}

function unordered(names: readonly string[], rows: readonly (readonly Value[])[], raw: boolean): string[] {
  const printed = rows.map((row) =>
    JSON.stringify(names.flatMap((name, at) => (row[at] === null ? [] : [[name, row[at]]])).sort()),
  );
  return raw ? printed : printed.sort();
}

/** Runs a query text over the messages in a store: half of them in a segment, half in its log, opened again. */
export async function storedOutcome(text: string, input: string, options: RunOptions): Promise<Outcome> {
  const disk = new MemoryDisk();
  const messages = readMessages(input);
  const writer = await openStore('/store', { mode: 'write', disk, now: () => END });
  const half = messages.length >> 1;
  if (half > 0) await writer.append(messageBatch(messages.slice(0, half)));
  await writer.flush();
  if (messages.length > 0) await writer.append(messageBatch(messages.slice(half)));
  const store = await openStore('/store', { mode: 'read', disk, now: () => END });
  const outcome = await outcomeOf(text, store.source(), options);
  await store.close();
  await writer.close();
  return outcome;
}

/** A source over the messages of an `input` block, their columns laid out as told. */
export function inputSource(input: string, layout: Layout = 'as it is'): Source {
  return batchSource([inLayout(messageBatch(readMessages(input)), layout)]);
}
