import { type Batch, columnNamed, newBatch, Schema } from '../columns/batch.ts';
import { type Column, columnOf, selectColumn, textColumn } from '../columns/column.ts';
import { GroupTable } from '../kernels/group-table.ts';
import type { Clustering } from './cluster-messages.ts';
import { groupsOf } from './running.ts';

/** How the rows of a reduction are made. */
export interface ReductionForm {
  readonly groupBy: readonly string[];
  /** At most so many signatures. */
  readonly limit: number;
  /** `mostcommon`, `leastcommon`, or null for the most unusual first. */
  readonly criteria: string | null;
  readonly relevance: boolean;
}

/** Nobody has rated the signatures: all are as relevant as any. */
const NEUTRAL = 5;

/** One row per signature (and combination of `groupBy` fields), ordered by signature. */
export function reducedRows(table: Batch, clustering: Clustering, form: ReductionForm): Batch {
  const { signatures, ofMessage } = clustering;
  // All have the same relevance, so unusual means rare.
  const sign = form.criteria === 'mostcommon' ? -1 : 1;
  const ranked = signatures
    .map((_, at) => at)
    .sort((a, b) => sign * (countOf(clustering, a) - countOf(clustering, b)));
  const shown = ranked.slice(0, form.limit);
  const groups = new GroupTable(form.groupBy.length);
  const groupOf = groupsOf(table, form.groupBy, groups);
  const perSignature = new Map<number, Map<number, { count: number; first: number }>>(
    shown.map((signature) => [signature, new Map()]),
  );
  for (let row = 0; row < table.length; row++) {
    const counts = perSignature.get(ofMessage[row]!);
    if (counts === undefined) continue;
    const group = groupOf[row]!;
    const known = counts.get(group);
    if (known === undefined) counts.set(group, { count: 1, first: row });
    else known.count++;
  }
  const rows = [...perSignature].flatMap(([signature, counts]) =>
    [...counts.values()].map((cell) => ({ ...cell, signature })),
  );
  const firsts = Uint32Array.from(rows, ({ first }) => first);
  const keys = form.groupBy.map((name) => selectColumn(columnNamed(table, name), firsts));
  const texts = (of: 'id' | 'text') =>
    textColumn(rows.map(({ signature }) => signatures[signature]?.[of] ?? null));
  const measures: readonly (readonly [string, Column])[] = [
    // First, as `transpose` takes the first measure.
    ['_count', columnOf(rows.map(({ count }) => count))],
    ['_signature_id', texts('id')],
    ...(form.relevance ? [['_relevance', columnOf(rows.map(() => NEUTRAL))] as const] : []),
    ['signature', texts('text')],
  ];
  return newBatch(
    new Schema([...form.groupBy, ...measures.map(([name]) => name)]),
    [...keys, ...measures.map(([, column]) => column)],
    rows.length,
  );
}

function countOf({ signatures }: Clustering, at: number): number {
  return signatures[at]?.count ?? 0;
}
