import { type FieldCollector, sameAliases, shapeOfAlias } from './field-collector.ts';
import type { SegmentCollector } from './segment-collector.ts';
import type { Alias } from './segment-index.ts';

/** The aliases of a field: the distinct sets, and which one each block has. */
export interface FieldAliases {
  readonly sets: readonly (readonly Alias[])[];
  readonly blocks: readonly number[];
}

/**
 * Settles for each field and block which aliases hold in the whole block. Where batches of one block
 * disagree, the values that were left to an alias are copied into the field's own columns.
 */
export function resolveAliases(
  collector: SegmentCollector,
  ends: readonly number[],
  sizeOf: (row: number) => number,
): Map<FieldCollector, FieldAliases> {
  const resolved = new Map<FieldCollector, FieldAliases>();
  for (const field of collector.fields.values()) {
    const sets: (readonly Alias[])[] = [];
    const blocks = ends.map((end, block) => {
      const aliases = settle(field, block === 0 ? 0 : ends[block - 1]!, end, collector, sizeOf);
      let position = sets.findIndex((set) => sameAliases(set, aliases));
      if (position < 0) position = sets.push(aliases) - 1;
      return position;
    });
    resolved.set(field, { sets, blocks });
  }
  return resolved;
}

function settle(
  field: FieldCollector,
  from: number,
  to: number,
  collector: SegmentCollector,
  sizeOf: (row: number) => number,
): readonly Alias[] {
  const runs = field.runs
    .filter((run) => run.from < to && run.to > from)
    .map((run) => ({ from: Math.max(run.from, from), to: Math.min(run.to, to), aliases: run.aliases }));
  const whole = runs.length === 1 && runs[0]!.from === from && runs[0]!.to === to;
  if (whole) return runs[0]!.aliases;
  const kept: Alias[] = [];
  const candidates = new Map<string, Alias>();
  for (const run of runs) for (const alias of run.aliases) candidates.set(JSON.stringify(alias), alias);
  for (const [key, alias] of candidates) {
    const holds = covered(runs, key, alias, from, to, collector.shapeOf);
    const shape = shapeOfAlias(alias);
    const taken = shape !== null && kept.some((other) => shapeOfAlias(other) === shape);
    if (holds && !taken) {
      kept.push(alias);
      continue;
    }
    for (const run of runs) {
      if (!run.aliases.some((other) => JSON.stringify(other) === key)) continue;
      if (alias.kind !== 'size') {
        field.materialise(alias, run.from, run.to, collector);
      } else {
        for (let row = run.from; row < run.to; row++) field.setNumber(row, sizeOf(row));
      }
    }
  }
  return kept;
}

/** Whether every row of the alias's shape in `[from, to)` lies in a run that has the alias. */
function covered(
  runs: readonly { from: number; to: number; aliases: readonly Alias[] }[],
  key: string,
  alias: Alias,
  from: number,
  to: number,
  shapeOf: Uint8Array,
): boolean {
  const shape = shapeOfAlias(alias);
  let row = from;
  const free = (until: number): boolean => {
    for (; row < until; row++) {
      if (shape === null || shapeOf[row] === shape) return false;
    }
    return true;
  };
  for (const run of runs) {
    if (!free(run.from)) return false;
    if (run.aliases.some((other) => JSON.stringify(other) === key)) row = run.to;
    else if (!free(run.to)) return false;
  }
  return free(to);
}
