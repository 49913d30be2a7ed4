import { expression, field, list, optional, sequence, word } from '../../grammar/syntax.ts';
import { type Batch, newBatch, Schema } from '../columns/batch.ts';
import { columnOf, textColumn } from '../columns/column.ts';
import { defineOperator, wholeTable } from '../define.ts';
import { fieldsOf } from '../expression/references.ts';
import { allRows } from '../kernels/rows.ts';
import { type Explanation, explainSets, type RowValues } from './explain-sets.ts';
import { textsOf } from './field-texts.ts';

/** `logexplain condition [against condition] on f1, f2`. */
export const logexplain = defineOperator({
  name: 'logexplain',
  summary: 'Finds the field values that are more frequent when a condition holds.',
  description: [
    'Compares the rows for which the condition is true with those for which the one after `against` is true (all others by default), and lists',
    'combinations of up to four `field=value` pairs, most relevant first: `_explanation`, `_relevance` (0 to 1; 0.5 means equally frequent, below 0.6 is not significant),',
    '`_test_coverage` and `_control_coverage` (percent of the rows that have it). Combinations in at most 5 % of the event rows and those with a relevance of 0.1 or less',
    'are left out, and so is one whose pairs all occur in more relevant ones. Nulls are ignored. The fields should have few different values.',
  ].join(' '),
  syntax: {
    event: expression(),
    against: optional(sequence({ against: word('against'), condition: expression() })),
    on: word('on'),
    fields: list(field()),
  },
  reads: ({ event, against, fields }) => [
    ...fieldsOf(event),
    ...(against === null ? [] : fieldsOf(against.condition)),
    ...fields.map(({ name }) => name),
  ],
  writes: () => ['_explanation', '_relevance', '_test_coverage', '_control_coverage'],
  fields: 'replaces',
  order: 'makes',
  split: 'coordinator',
  stands: 'raw-to-aggregate',
  changesRowCount: true,
  live: false,
  start({ event, against, fields }, context) {
    const isEvent = context.compileFilter(event);
    const isControl = against === null ? null : context.compileFilter(against.condition);
    const names = fields.map(({ name }) => name);
    return wholeTable((table) => {
      const all = allRows(table.length);
      const eventRows = isEvent(table) ?? all;
      const inEvent = new Set(eventRows);
      const controlRows =
        isControl === null ? all.filter((row) => !inEvent.has(row)) : (isControl(table) ?? all);
      const valuesOf = rowValues(table, names);
      return explanationRows(
        explainSets(names, Array.from(eventRows, valuesOf), Array.from(controlRows, valuesOf)),
      );
    });
  },
  examples: [
    {
      query: '* | parse "user=* code=*" as user, code | logexplain code = "denied" on user',
      input:
        'user=bob code=denied\nuser=bob code=denied\nuser=ann code=ok\nuser=bob code=ok\nuser=cy code=ok\nuser=cy code=ok',
      expect: '_explanation,_relevance,_test_coverage,_control_coverage\nuser=bob,0.8,100,25',
    },
  ],
});

function rowValues(table: Batch, names: readonly string[]): (row: number) => RowValues {
  const columns = names.map((name) => textsOf(table, name));
  return (row) => columns.map((column) => column[row] ?? null);
}

function explanationRows(explanations: readonly Explanation[]): Batch {
  return newBatch(
    new Schema(['_explanation', '_relevance', '_test_coverage', '_control_coverage']),
    [
      textColumn(explanations.map(({ pairs }) => pairs.join(', '))),
      columnOf(
        explanations.map(({ relevance }) => relevance),
        'double',
      ),
      columnOf(
        explanations.map(({ testCoverage }) => testCoverage),
        'double',
      ),
      columnOf(
        explanations.map(({ controlCoverage }) => controlCoverage),
        'double',
      ),
    ],
    explanations.length,
  );
}
