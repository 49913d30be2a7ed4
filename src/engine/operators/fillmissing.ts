import type { Amount, FieldReference, OperatorStage, Text } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import {
  choice,
  duration,
  field,
  flag,
  list,
  number,
  optional,
  sequence,
  symbol,
  text,
  word,
} from '../../grammar/syntax.ts';
import { type Batch, newBatch, Schema } from '../columns/batch.ts';
import { constantColumn } from '../columns/column.ts';
import { defineOperator, type StageContext, wholeTable } from '../define.ts';
import { checkDuration, millisecondsOf } from './amounts.ts';
import { type Constant, type Filling, filled, type Generator } from './fill-rows.ts';
import { lastOperator, transposedRows } from './place.ts';
import { TIMESLICE } from './timeslice.ts';

/** `fillmissing timeslice(5m), values("a", "b") in f, values all in g [with 0 for _count] [takelast]`. */
export const fillmissing = defineOperator({
  name: 'fillmissing',
  summary: 'Adds rows for time slices and values that do not occur.',
  description:
    'Generators name the values that each key field should have:\n\n' +
    '- `timeslice` or `timeslice(5m)`, with `in field` for a slice of another name: every slice of the time range; ' +
    'without a width that of the `timeslice` stage, which must not be in buckets\n' +
    '- `values("a", "b") in field`: these texts\n' +
    '- `values all in field`: the values that occur\n\n' +
    'Every combination that no row has is added at the end (sort afterwards). Other fields of an added row are 0 ' +
    'where they hold numbers, false where they hold booleans, else null; `with 5 for field` sets another constant. ' +
    'After `transpose` the columns it made are always null. `takelast` copies the other fields from the slice ' +
    'before with the same keys. At most 10,000 combinations are made, with a warning when there are more. It usually ' +
    'stands after an aggregate.',
  syntax: {
    generators: list(
      choice({
        timeslice: sequence({
          timeslice: word('timeslice'),
          width: optional(sequence({ open: symbol('('), width: optional(duration()), close: symbol(')') })),
          in: optional(sequence({ in: word('in'), field: field() })),
        }),
        values: sequence({
          values: word('values'),
          which: choice({
            all: word('all'),
            these: sequence({ open: symbol('('), texts: list(text()), close: symbol(')') }),
          }),
          in: word('in'),
          field: field(),
        }),
      }),
    ),
    with: optional(
      sequence({
        with: word('with'),
        constants: list(
          sequence({
            value: choice({ number: number(), text: text(), null: word('null') }),
            for: word('for'),
            field: field(),
          }),
        ),
      }),
    ),
    takelast: flag('takelast'),
  },
  reads: () => 'all',
  writes: ({ generators }) =>
    generators.map(({ timeslice, values }) => values?.field.name ?? timeslice?.in?.field.name ?? TIMESLICE),
  order: 'makes',
  split: 'coordinator',
  changesRowCount: true,
  live: true,
  check({ generators, takelast }, stage): readonly Diagnostic[] {
    const problems = generators.flatMap(({ timeslice }) =>
      checkDuration(timeslice?.width?.width ?? null, 'the width of `timeslice`'),
    );
    if (takelast && generators.every(({ timeslice }) => timeslice === undefined)) {
      problems.push(error('wrong-arguments', stage.span, '`takelast` needs a `timeslice` generator'));
    }
    return problems;
  },
  checkPlace({ generators }, { span }, before): readonly Diagnostic[] {
    const bare = generators.some(
      ({ timeslice }) => timeslice !== undefined && widthOf(timeslice.width) === null,
    );
    if (!bare) return [];
    const timeslice = lastOperator(before, 'timeslice');
    if (timeslice !== null && !isBuckets(timeslice)) return [];
    const found = timeslice === null ? 'there is none' : 'it is in buckets';
    return [
      error(
        'wrong-place',
        span,
        `\`fillmissing timeslice\` takes the width of the \`timeslice\` stage before, but ${found}`,
        {
          help: 'write the width: `fillmissing timeslice(5m)`',
        },
      ),
    ];
  },
  start({ generators, with: constants, takelast }, context) {
    const filling: Filling = {
      generators: generators.map(({ timeslice, values }): Generator => {
        if (values !== undefined) return valuesGenerator(values.which.these?.texts, values.field);
        return {
          kind: 'slices',
          field: timeslice?.in?.field.name ?? TIMESLICE,
          width: widthOf(timeslice?.width ?? null) ?? context.timesliceWidth,
        };
      }),
      constants: (constants?.constants ?? []).map(({ value, field: { name } }): Constant => {
        if (value.number !== undefined) return { field: name, value: value.number.count };
        return { field: name, value: value.text?.value ?? null };
      }),
      takeLast: takelast,
      transposedRows: transposedRows(context.stagesBefore ?? []),
    };
    const given = (constants?.constants ?? []).map(({ field }) => field.name);
    const empty = emptyTable(context.fieldsBefore ?? given, context);
    return wholeTable((table) => filled(table.length === 0 ? empty : table, filling, context));
  },
  examples: [
    {
      query:
        '* | parse "type=*" as type | count by type | fillmissing values("disk", "tape") in type with -1 for _count | sort by type asc',
      input: 'type=disk\ntype=disk',
      expect: 'type,_count\ndisk,2\ntape,-1',
    },
  ],
});

/** Aggregates whose result is whatever the field holds; those of all others are numbers. */
const ANY_VALUE = new Set(['first', 'last', 'most_recent', 'least_recent', 'values']);

/** The table that comes in when there are no rows: no batch says what fields it has, nor which hold numbers. */
function emptyTable(names: readonly string[], { stagesBefore, groupedBy }: StageContext): Batch {
  const aggregate = stagesBefore?.findLast((stage) => stage.kind === 'aggregate');
  const counts = aggregate?.calls.filter(({ name }) => !ANY_VALUE.has(name)) ?? [];
  const isNumber = (name: string) =>
    !groupedBy.includes(name) &&
    counts.some(({ alias }) => (alias === null ? name.startsWith('_') : alias.text === name));
  const columns = names.map((name) => constantColumn(isNumber(name) ? 0 : null, 0));
  return newBatch(new Schema(names), columns, 0);
}

function widthOf(given: { readonly width: Amount | null } | null): number | null {
  return given?.width == null ? null : millisecondsOf(given.width);
}

function valuesGenerator(texts: readonly Text[] | undefined, { name }: FieldReference): Generator {
  if (texts === undefined) return { kind: 'occurring', field: name };
  return { kind: 'given', field: name, texts: texts.map(({ value }) => value) };
}

function isBuckets(timeslice: OperatorStage): boolean {
  return timeslice.args.buckets === true;
}
