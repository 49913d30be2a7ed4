import type { Name, Stage } from '../../grammar/ast.ts';
import { withColumn } from '../columns/batch.ts';
import { type OperatorDefinition, perBatch } from '../define.ts';
import { builtInColumn, fieldsBehind } from '../scope/built-in-fields.ts';

/** A stage that the planner puts before the others when one of them reads a built-in field. No text can name it. */
export const builtInFields: OperatorDefinition = {
  kind: 'operator',
  name: 'built-in fields',
  summary: 'Makes built-in fields of messages that something reads.',
  syntax: {},
  reads: (args) => namesOf(args).flatMap(fieldsBehind),
  writes: (args) => namesOf(args),
  order: 'keeps',
  split: 'anywhere',
  start(args, context) {
    const names = namesOf(args).filter((name) => context.needed(name));
    return perBatch((batch) =>
      names.reduce((result, name) => withColumn(result, name, builtInColumn(result, name)), batch),
    );
  },
  examples: [],
};

/** The stage that makes these fields; it stands at `at`, an offset of the query's text. */
export function builtInFieldsStage(names: readonly string[], at: number): Stage {
  const span = { start: at, end: at };
  const fields = names.map((text): Name => ({ kind: 'name', text, span }));
  return { kind: 'operator', name: builtInFields.name, nameSpan: span, args: { fields }, span };
}

function namesOf(args: { readonly [clause: string]: unknown }): readonly string[] {
  return (args.fields as readonly Name[]).map(({ text }) => text);
}
