import type { Value } from '../../../src/engine/columns/value.ts';
import { numberOf, textOf } from '../../../src/engine/columns/value.ts';
import type { FunctionArgument, FunctionDefinition, RunContext } from '../../../src/engine/define.ts';
import { registry } from '../../../src/engine/registry.ts';

/** A run context for tests that counts row warnings. */
export interface TestContext extends RunContext {
  readonly rowWarnings: Map<string, number>;
}

export function testContext(settings: Partial<RunContext> = {}): TestContext {
  const rowWarnings = new Map<string, number>();
  return {
    time: { from: 1000, to: 901_000 },
    timeZone: 'UTC',
    now: () => 1_700_000_000_000,
    rowWarning: (what, rows = 1) => rowWarnings.set(what, (rowWarnings.get(what) ?? 0) + rows),
    warn: () => {},
    signal: new AbortController().signal,
    ...settings,
    rowWarnings,
  };
}

export function functionNamed(name: string): FunctionDefinition {
  const definition = registry.function(name);
  if (definition === null) throw new Error(`no function ${name}`);
  return definition;
}

/** The value of a function for one row, arguments converted as its parameters say. */
export function applyFunction(
  definition: FunctionDefinition,
  args: readonly FunctionArgument[],
  context: RunContext,
): Value {
  const converted: FunctionArgument[] = [];
  for (const [index, arg] of args.entries()) {
    const parameter = definition.parameters[index] ?? definition.parameters.at(-1);
    if (arg !== null && typeof arg !== 'object' && parameter?.type === 'number') {
      const number = numberOf(arg);
      if (number === null) context.rowWarning(`${definition.name} got text`);
      converted.push(number);
    } else if (arg !== null && typeof arg !== 'object' && parameter?.type === 'string') {
      converted.push(textOf(arg));
    } else converted.push(arg);
  }
  if (definition.nulls !== 'handle' && converted.includes(null)) return null;
  return definition.evaluate(converted, context);
}

/** The value of a function by name; warnings are dropped. */
export function call(name: string, ...args: FunctionArgument[]): Value {
  return applyFunction(functionNamed(name), args, testContext());
}
