import { aggregates } from './aggregates/index.ts';
import type { AggregateDefinition, FunctionDefinition, OperatorDefinition } from './define.ts';
import { functions } from './functions/index.ts';
import { operators, plannedOperators } from './operators/index.ts';

/**
 * Everything the language knows by name. Found in any letter case, by name or alias. `operator` also finds
 * the stages that only the planner makes, which stand in no list.
 */
export interface Registry {
  readonly operators: readonly OperatorDefinition[];
  readonly functions: readonly FunctionDefinition[];
  readonly aggregates: readonly AggregateDefinition[];
  operator(name: string): OperatorDefinition | null;
  function(name: string): FunctionDefinition | null;
  aggregate(name: string): AggregateDefinition | null;
}

/** A registry of these definitions; two with one name are a bug. */
function createRegistry(
  operators: readonly OperatorDefinition[],
  functions: readonly FunctionDefinition[],
  aggregates: readonly AggregateDefinition[],
): Registry {
  const operatorByName = byName(operators);
  const functionByName = byName(functions);
  const aggregateByName = byName(aggregates);
  const plannedByName = byName(plannedOperators);
  return {
    operators,
    functions,
    aggregates,
    operator: (name) => operatorByName.get(name.toLowerCase()) ?? plannedByName.get(name) ?? null,
    function: (name) => functionByName.get(name.toLowerCase()) ?? null,
    aggregate: (name) => aggregateByName.get(name.toLowerCase()) ?? null,
  };
}

function byName<D extends { readonly name: string; readonly aliases?: readonly string[] }>(
  definitions: readonly D[],
): Map<string, D> {
  const found = new Map<string, D>();
  for (const definition of definitions) {
    for (const name of [definition.name, ...(definition.aliases ?? [])]) {
      const key = name.toLowerCase();
      if (found.has(key)) throw new Error(`two definitions are named ${name}`);
      found.set(key, definition);
    }
  }
  return found;
}

/** The language as it ships. */
export const registry: Registry = createRegistry(operators, functions, aggregates);
