import type { AggregateStage, FieldReference } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/span.ts';
import { choice, field, list, number, optional, sequence, symbol, word } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, newBatch, Schema, selectRows } from '../columns/batch.ts';
import { isNullAt, isSet, newBitmap, setBit } from '../columns/column.ts';
import { defineOperator, QueryFailure, type Stage, type StageContext, wholeTable } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { grown } from '../kernels/grow.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { rowsTrue } from '../kernels/rows.ts';
import { type SortKey, sortedRows } from '../kernels/sort.ts';
import { checkWhole } from './amounts.ts';
import { groupsOf } from './running.ts';

/** `top n field [by order]`. */
export const top = defineOperator({
  name: 'top',
  summary: 'Keeps the rows with the greatest values.',
  description:
    'On aggregate rows, `top 10 host by _count` sorts by `_count` in descending order and keeps ten rows with all ' +
    'their columns; further fields after `by` break ties, `asc` and `desc` set their direction. Rows where `host` ' +
    'is null are left out. Without `by` the only aggregate result, or `_count`, is used.\n\n' +
    'On messages, `top 10 host` counts the messages per `host` and gives the columns `host` and `_count`. With ' +
    '`by` and other fields it gives the hosts in descending order of the greatest value of those fields.',
  syntax: {
    count: number(),
    fields: list(field()),
    by: optional(
      sequence({
        by: word('by'),
        keys: list(
          sequence({
            sign: optional(choice({ plus: symbol('+'), minus: symbol('-') })),
            field: field(),
            direction: optional(choice({ ascending: word('asc'), descending: word('desc') })),
          }),
        ),
      }),
    ),
  },
  reads({ fields, by }) {
    const keys = by === null ? [] : by.keys.filter((key) => !isCount(key.field.name));
    return [...fields, ...keys.map((key) => key.field)].map(({ name }) => name);
  },
  writes: ({ by }) => (by === null || isCount(by.keys[0]?.field.name ?? '') ? ['_count'] : []),
  order: 'makes',
  split: 'coordinator',
  changesRowCount: true,
  makesAggregate: true,
  onMessages(args, stage) {
    const { fields, by } = args;
    if (by !== null && !by.keys.every((key) => isCount(key.field.name))) return null;
    return [countBy(fields, stage.nameSpan), stage];
  },
  check: ({ count }) => checkWhole(count, 'the number of rows of `top`', 1, Infinity),
  start({ count, fields, by }, context) {
    const keys = (by?.keys ?? []).map((key) => ({
      name: key.field.name,
      descending: key.direction?.ascending !== true && key.sign?.plus !== true,
    }));
    const names = fields.map(({ name }) => name);
    if (!context.raw) return topOfRows(count.count, names, keys, context);
    return topByFields(count.count, fields, keys);
  },
  examples: [
    {
      query: '* | parse "host=*" as host | count by host | top 1 host by _count',
      input: 'host=a\nhost=b\nhost=a',
      expect: 'host,_count\na,2',
    },
    {
      query: '* | parse "host=*" as host | top 1 host',
      input: 'host=a\nhost=b\nhost=a',
      expect: 'host,_count\na,2',
    },
  ],
});

interface Key {
  readonly name: string;
  readonly descending: boolean;
}

/** `count by a, b`. */
function countBy(fields: readonly FieldReference[], span: Span): AggregateStage {
  return {
    kind: 'aggregate',
    calls: [{ name: 'count', nameSpan: span, args: [], alias: null, span }],
    by: fields.map(({ name, span: at }) => ({ kind: 'name', text: name, span: at })),
    span,
  };
}

function isCount(name: string): boolean {
  return name.toLowerCase() === 'count' || name.toLowerCase() === '_count';
}

function topOfRows(
  count: number,
  names: readonly string[],
  keys: readonly Key[],
  context: StageContext,
): Stage {
  return wholeTable((table) => {
    const kept = withoutNulls(table, names);
    const given = keys.length > 0 ? keys : [{ name: defaultKey(kept, context), descending: true }];
    const sortKeys = given.map(({ name, descending }): SortKey => {
      const known = kept.schema.find(name) < 0 && isCount(name) ? '_count' : name;
      return { column: columnNamed(kept, known), descending };
    });
    return selectRows(kept, sortedRows(sortKeys, kept.length, count));
  });
}

/** The only column that is no group key, else `_count`. */
function defaultKey(table: Batch, context: StageContext): string {
  const keys = new Set(context.groupedBy.map((name) => name.toLowerCase()));
  const results = table.schema.names.filter((name) => !keys.has(name.toLowerCase()));
  const [only] = results;
  if (only !== undefined && results.length === 1) return only;
  if (table.length === 0 || table.schema.find('_count') >= 0) return '_count';
  throw new QueryFailure(
    'unsupported',
    `\`top\` does not know which of ${results.map((name) => `\`${name}\``).join(', ')} to order by`,
    'name one with `by`',
  );
}

function withoutNulls(table: Batch, names: readonly string[]): Batch {
  const columns = names.map((name) => columnNamed(table, name));
  const present = new Uint8Array(table.length);
  for (let row = 0; row < table.length; row++) {
    present[row] = columns.some((column) => isNullAt(column, row)) ? 0 : 1;
  }
  const rows = rowsTrue(present, table.length);
  return rows === null ? table : selectRows(table, rows);
}

function topByFields(count: number, fields: readonly FieldReference[], keys: readonly Key[]): Stage {
  const names = fields.map(({ name }) => name);
  const groups = new GroupTable(names.length);
  const greatest = keys.map(() => new Float64Array(64).fill(Number.NaN));
  return {
    push(batch) {
      const kept = withoutNulls(batch, names);
      if (kept.length === 0) return;
      const groupOf = groupsOf(kept, names, groups);
      keys.forEach(({ name }, at) => {
        const best = grown(greatest[at]!, groups.count, Number.NaN);
        greatest[at] = best;
        const { values, validity } = denseNumbersOf(columnNamed(kept, name));
        for (let row = 0; row < kept.length; row++) {
          if (!isSet(validity, row)) continue;
          const group = groupOf[row]!;
          if (!(best[group]! >= values[row]!)) best[group] = values[row]!;
        }
      });
    },
    finish(out) {
      const length = groups.count;
      if (length === 0) return;
      const sortKeys = keys.map(({ descending }, at): SortKey => {
        const validity = newBitmap(length);
        for (let group = 0; group < length; group++) {
          if (!Number.isNaN(greatest[at]![group]!)) setBit(validity, group);
        }
        return { column: numberColumn(greatest[at]!.slice(0, length), length, validity), descending };
      });
      const table = newBatch(new Schema(names), groups.columns(), length);
      out.push(selectRows(table, sortedRows(sortKeys, length, count)));
    },
  };
}
