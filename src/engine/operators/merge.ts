import type { Name } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import {
  type ArgsOf,
  alias,
  choice,
  field,
  list,
  optional,
  sequence,
  text,
  word,
} from '../../grammar/syntax.ts';
import { type Batch, columnNamed, newBatch, Schema } from '../columns/batch.ts';
import { columnOf, isNullAt, valueAt } from '../columns/column.ts';
import { textOf, type Value } from '../columns/value.ts';
import { defineOperator, wholeTable } from '../define.ts';
import { rowsInTimeOrder } from './rows-in-time-order.ts';

const strategy = choice({
  takeDistinct: word('takeDistinct'),
  takeFirst: word('takeFirst'),
  takeLast: word('takeLast'),
  join: sequence({
    join: word('join'),
    with: optional(sequence({ with: word('with'), separator: text() })),
  }),
});

const merged = { field: field(), strategy: optional(strategy), as: alias() };
type Merged = ArgsOf<typeof merged>;

/** `merge [f1 [takeFirst|takeLast|takeDistinct|join [with "…"]] [as name], …]`. */
export const merge = defineOperator({
  name: 'merge',
  summary: 'Makes one row out of all rows.',
  description:
    'Each listed field is merged by its strategy: `takeFirst` (the earliest value), `takeLast` (the latest), ' +
    '`takeDistinct` (different values joined by line ends, in the order they came) or `join` (all values, joined by ' +
    'line ends or by the text after `with`; the default). Rows are taken in ascending order of `_messageTime`. ' +
    'Nulls are skipped; fields that are not listed are dropped. `_messageTime` can only be taken first or last. ' +
    'Without fields, `_raw` is joined and `_messageTime` is the earliest time. No rows give no row. Mostly used ' +
    'inside `transactionize`.',
  syntax: { fields: optional(list(sequence(merged))) },
  reads: ({ fields }) => ['_messageTime', ...(fields?.map((one) => one.field.name) ?? ['_raw'])],
  writes: ({ fields }) => (fields === null ? ['_raw', '_messageTime'] : fields.map(outputOf)),
  fields: 'replaces',
  order: 'makes',
  split: 'coordinator',
  changesRowCount: true,
  check: ({ fields }) => (fields ?? []).flatMap(checkTime),
  start: ({ fields }) => wholeTable((table) => mergedRow(table, fields)),
  examples: [
    {
      query:
        '* | parse "v=*" as v | merge v join with " / ", v takeDistinct as different | fields v, different',
      input: 'v=a\nv=b\nv=a',
      expect: 'v,different\na / b / a,"a\nb"',
    },
  ],
});

function outputOf({
  field,
  as,
}: {
  readonly field: { readonly name: string };
  readonly as: { readonly name: Name } | null;
}): string {
  return as?.name.text ?? field.name;
}

function checkTime({ field, strategy: how }: Merged): readonly Diagnostic[] {
  if (field.name.toLowerCase() !== '_messagetime' || how?.takeFirst || how?.takeLast) return [];
  return [
    error('wrong-arguments', field.span, '`_messageTime` can only be merged by `takeFirst` or `takeLast`', {
      help: 'write `_messageTime takeFirst`',
    }),
  ];
}

function mergedRow(table: Batch, fields: readonly Merged[] | null): Batch {
  if (table.length === 0) return table;
  const rows = rowsInTimeOrder(table);
  if (fields === null) {
    return newBatch(
      new Schema(['_raw', '_messageTime']),
      [
        columnOf([joined(values(table, '_raw', rows), '\n')]),
        columnOf([values(table, '_messageTime', rows)[0] ?? null]),
      ],
      1,
    );
  }
  return newBatch(
    new Schema(fields.map(outputOf)),
    fields.map((one) => columnOf([mergedValue(table, one, rows)])),
    1,
  );
}

function mergedValue(table: Batch, { field, strategy: how }: Merged, rows: Uint32Array): Value {
  const found = values(table, field.name, rows);
  if (how?.takeFirst) return found[0] ?? null;
  if (how?.takeLast) return found.at(-1) ?? null;
  if (how?.takeDistinct) return joined([...new Set(found.map(String))], '\n');
  return joined(found, how?.join?.with?.separator.value ?? '\n');
}

function values(table: Batch, name: string, rows: Uint32Array): Value[] {
  const column = columnNamed(table, name);
  const found: Value[] = [];
  for (const row of rows) if (!isNullAt(column, row)) found.push(valueAt(column, row));
  return found;
}

function joined(found: readonly Value[], separator: string): string | null {
  return found.length === 0
    ? null
    : found.map((value) => (value === null ? '' : textOf(value))).join(separator);
}
