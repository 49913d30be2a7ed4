import type { Batch } from './engine/columns/batch.ts';
import { keepBatch, rowOf } from './engine/columns/batch.ts';
import type { Value } from './engine/columns/value.ts';
import { withAutoParse } from './engine/plan/auto-parse.ts';
import type { Plan } from './engine/plan/plan.ts';
import { planQuery } from './engine/plan/plan-query.ts';
import { registry } from './engine/registry.ts';
import { execute, type Run } from './engine/run/execute.ts';
import type { RunOptions } from './engine/run/options.ts';
import type { Source } from './engine/source.ts';
import type { Diagnostic } from './grammar/diagnostics.ts';
import type { ParseOptions } from './grammar/parse.ts';
import { parseQuery } from './language.ts';

export type { Batch } from './engine/columns/batch.ts';
export type { Column } from './engine/columns/column.ts';
export type { Value } from './engine/columns/value.ts';
export { QueryFailure } from './engine/define.ts';
export type { Plan } from './engine/plan/plan.ts';
export type { Run, RunStatistics } from './engine/run/execute.ts';
export { batchSource, type MemoryMessage, memorySource } from './engine/run/memory-source.ts';
export type { RunOptions } from './engine/run/options.ts';
export type { LookupTable, LookupTables, Scan, ScanRequest, Source, TimeRange } from './engine/source.ts';
export { ALL_TIME, MESSAGE_FIELDS } from './engine/source.ts';
export type { Diagnostic } from './grammar/diagnostics.ts';
export { parseQuery } from './language.ts';

/** A query's plan, or null when it has errors, and everything that was found on the way. */
export interface Prepared {
  readonly plan: Plan | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** How a query is read. */
export interface PrepareOptions extends ParseOptions {
  /** Auto parse mode: JSON messages have the fields that `json auto` would find. Default false. */
  readonly autoParse?: boolean;
}

/** Parses, resolves and checks a query without running it. */
export function prepareQuery(text: string, options: PrepareOptions = {}): Prepared {
  const parsed = parseQuery(text, options);
  const query = parsed.query ?? parsed.partial;
  const { plan, diagnostics: found } = planQuery(
    options.autoParse === true ? withAutoParse(query) : query,
    registry,
  );
  const diagnostics = withoutRepeats([...parsed.diagnostics, ...found]);
  const wrong = parsed.query === null || diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  return { plan: wrong ? null : plan, diagnostics };
}

/** Parser and planner may find the same mistake: the first report of a code at a place stays. */
function withoutRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ code, span }) => {
    const key = `${code} ${span.start} ${span.end}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The start of a query: a run when the text has no errors, with what was found in it. */
export interface Started {
  readonly run: Run | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Runs a query over a source. Read `run.batches()` for the rows; throws a QueryFailure when the run must stop. */
export async function runQuery(
  text: string,
  source: Source,
  options: RunOptions & PrepareOptions = {},
): Promise<Started> {
  const { plan, diagnostics } = prepareQuery(text, options);
  return { run: plan === null ? null : await execute(plan, source, options), diagnostics };
}

/** All batches of a run. */
export async function collectBatches(run: Run): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of run.batches()) batches.push(keepBatch(batch));
  return batches;
}

/** All rows of a run as values, with the names of the columns in order of first sight. */
export async function collectRows(run: Run): Promise<{ names: readonly string[]; rows: Value[][] }> {
  const batches = await collectBatches(run);
  const names = new Map<string, number>();
  for (const { schema } of batches) {
    for (const name of schema.names)
      if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), names.size);
  }
  const spelled = [...names.keys()].map(
    (key) =>
      batches.flatMap(({ schema }) => schema.names.filter((name) => name.toLowerCase() === key))[0] ?? key,
  );
  const rows = batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, row) => {
      const values = rowOf(batch, row);
      return spelled.map((name) => values[batch.schema.find(name)] ?? null);
    }),
  );
  return { names: spelled, rows };
}
