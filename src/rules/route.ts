import { type Batch, findColumn, withColumn } from '../engine/columns/batch.ts';
import { type Column, constantColumn, textAt } from '../engine/columns/column.ts';
import { Words } from '../engine/columns/words.ts';
import { compileScope } from '../engine/scope/compile.ts';
import { INDEX_SEPARATOR } from '../engine/scope/indexes.ts';
import type { CompiledRules } from './compile-rules.ts';
import { type Partition, readRouting } from './partition.ts';

/**
 * What happens to messages when they arrive: the rules give them fields, then each partition takes those
 * that its routing expression matches. Null when there is neither.
 */
export function withPartitions(
  rules: CompiledRules | null,
  partitions: readonly Partition[],
): CompiledRules | null {
  const route = compileRouting(partitions);
  if (route === null) return rules;
  return {
    fields: [...(rules?.fields ?? []), '_index'],
    apply: (batch, notes) => route(rules?.apply(batch, notes) ?? batch),
  };
}

/** Names the partitions of each message in its `_index`; a message that none takes gets nothing. Null when none takes any. */
function compileRouting(partitions: readonly Partition[]): ((batch: Batch) => Batch) | null {
  const routes = partitions.flatMap(({ name, scope: text, removed }) => {
    const scope = removed === null ? readRouting(text).scope : null;
    return scope === null ? [] : [{ name, matches: compileScope(scope) }];
  });
  if (routes.length === 0) return null;
  return (batch) => {
    if (batch.length === 0) return batch;
    const found = routes.flatMap(({ name, matches }) => {
      const rows = matches(batch);
      return rows?.length === 0 ? [] : [{ name, rows }];
    });
    return found.length === 0 ? batch : withColumn(batch, '_index', indexColumn(batch, found));
  };
}

interface Taken {
  readonly name: string;
  /** Null for all rows. */
  readonly rows: Uint32Array | null;
}

function indexColumn(batch: Batch, taken: readonly Taken[]): Column {
  const { length } = batch;
  const [only] = taken;
  if (taken.length === 1 && only?.rows === null) return constantColumn(only.name, length);
  const words = new Words();
  const codes = new Uint32Array(length);
  const given = findColumn(batch, '_index');
  if (given !== null) {
    for (let row = 0; row < length; row++) {
      const text = textAt(given, row);
      if (text !== null) codes[row] = words.internText(text);
    }
    // What came with a message counts only where no partition takes it.
    for (const { rows } of taken) {
      if (rows === null) codes.fill(0);
      else for (const row of rows) codes[row] = 0;
    }
  }
  for (const { name, rows } of taken) addName(codes, words, name, rows);
  return { kind: 'dictionary', length, codes, words };
}

/** Puts a name behind those that the rows have. */
function addName(codes: Uint32Array, words: Words, name: string, rows: Uint32Array | null): void {
  const together = new Map<number, number>();
  const next = (code: number): number => {
    let joined = together.get(code);
    if (joined === undefined) {
      const before = words.text(code);
      joined = words.internText(before === null ? name : `${before}${INDEX_SEPARATOR}${name}`);
      together.set(code, joined);
    }
    return joined;
  };
  if (rows === null) for (let row = 0; row < codes.length; row++) codes[row] = next(codes[row]!);
  else for (const row of rows) codes[row] = next(codes[row]!);
}
