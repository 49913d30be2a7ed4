import { type Batch, newBatch, Schema } from '../engine/columns/batch.ts';
import { constantColumn, textAt, textColumn } from '../engine/columns/column.ts';
import { MESSAGE_FIELDS } from '../engine/source.ts';
import { compileRules, type RuleNotes } from './compile-rules.ts';
import type { Rule, RuleExample } from './rule.ts';

/** One field of an example that is not as the rule file says. */
export interface FieldDifference {
  readonly field: string;
  /** Null: it must not be there. */
  readonly expected: string | null;
  readonly found: string | null;
}

/** What became of one example of a rule. */
export interface ExampleResult {
  readonly example: RuleExample;
  /** Everything that the rule took out of the message, in order. */
  readonly found: readonly (readonly [name: string, value: string])[];
  /** Empty when the example holds. */
  readonly differences: readonly FieldDifference[];
  /** True when the scope leaves the message out (only looked at when the example has metadata). */
  readonly outOfScope: boolean;
}

/** Runs the examples in a rule file. Throws a RuleProblem for a rule with mistakes. */
export function testRule(rule: Rule): readonly ExampleResult[] {
  const enabled = { ...rule, enabled: true };
  const anywhere = compileRules([{ ...enabled, scope: '*' }]);
  const inScope = compileRules([enabled]);
  return rule.examples.map((example) => {
    const scoped = example.category !== null || example.name !== null || example.host !== null;
    const rules = scoped ? inScope : anywhere;
    const given = new Set<string>();
    const batch = rules.apply(exampleBatch(example), notesInto(given));
    const found = rules.fields.flatMap((name) => {
      const position = batch.schema.find(name);
      const value = position < 0 ? null : textAt(batch.columns[position]!, 0);
      return value === null ? [] : [[name, value] as const];
    });
    return {
      example,
      found,
      differences: differences(example, found),
      outOfScope: scoped && given.size === 0,
    };
  });
}

/** One message as a batch; nothing but its text and metadata is known. */
function exampleBatch({ message, category, name, host }: RuleExample): Batch {
  const values = [null, 0, 0, category, name, host, Buffer.byteLength(message)];
  const columns = MESSAGE_FIELDS.map((field, at) =>
    field === '_raw' ? textColumn([message]) : constantColumn(values[at] ?? null, 1),
  );
  return newBatch(new Schema(MESSAGE_FIELDS), columns, 1);
}

function notesInto(given: Set<string>): RuleNotes {
  return {
    extract: (rule, messages) => {
      if (messages > 0) given.add(rule);
    },
    flag: () => {},
    warn: () => {},
  };
}

function differences(
  example: RuleExample,
  found: readonly (readonly [string, string])[],
): readonly FieldDifference[] {
  const values = new Map(found.map(([name, value]) => [name.toLowerCase(), value]));
  if (example.fields.length === 0)
    return found.map(([field, value]) => ({ field, expected: null, found: value }));
  return example.fields.flatMap(([field, expected]) => {
    const value = values.get(field.toLowerCase()) ?? null;
    return value === expected ? [] : [{ field, expected, found: value }];
  });
}
