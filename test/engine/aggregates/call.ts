import { aggregates } from '../../../src/engine/aggregates/index.ts';
import { type Column, valuesOf } from '../../../src/engine/columns/column.ts';
import type { Value } from '../../../src/engine/columns/value.ts';
import type { AggregateDefinition, RunContext } from '../../../src/engine/define.ts';
import type { AggregateCall, Expression } from '../../../src/grammar/ast.ts';

const span = { start: 0, end: 0 };

/** A call such as `pct(f, 50)`: texts are fields, numbers literals. */
export function callOf(name: string, ...args: (string | number)[]): AggregateCall {
  const expressions = args.map(
    (arg): Expression =>
      typeof arg === 'string' ? { kind: 'field', name: arg, span } : { kind: 'literal', value: arg, span },
  );
  return { name, nameSpan: span, args: expressions, alias: null, span };
}

export function aggregateNamed(name: string): AggregateDefinition {
  const found = aggregates.find((aggregate) => aggregate.name === name);
  if (found === undefined) throw new Error(`no aggregate ${name}`);
  return found;
}

/** A run context that notes the warnings. */
export function contextOf(): RunContext & { readonly warnings: Map<string, number> } {
  const warnings = new Map<string, number>();
  return {
    warnings,
    time: { from: 0, to: 1000 },
    timeZone: 'UTC',
    now: () => 0,
    rowWarning: (what, rows = 1) => warnings.set(what, (warnings.get(what) ?? 0) + rows),
    warn: (message) => warnings.set(message, 1),
    signal: new AbortController().signal,
  };
}

/** The results of one call over one batch: by group, one value per output. */
export function aggregated(
  name: string,
  args: readonly (string | number)[],
  groups: readonly number[],
  column: Column | null,
  more: readonly Column[] = [],
): Value[][] {
  const call = callOf(name, ...args);
  const accumulator = aggregateNamed(name).create(call, contextOf());
  const groupCount = Math.max(0, ...groups.map((group) => group + 1));
  accumulator.add(Uint32Array.from(groups), groups.length, groupCount, column, more);
  const outputs = accumulator.finish(groupCount).map(valuesOf);
  return Array.from({ length: groupCount }, (_, group) => outputs.map((values) => values[group]!));
}
