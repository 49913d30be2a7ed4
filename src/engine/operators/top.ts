import type { AggregateCall, FieldReference, OperatorStage, Stage } from '../../grammar/ast.ts';
import { nameList } from '../../grammar/name-list.ts';
import { choice, field, list, number, optional, sequence, symbol, word } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, selectRows } from '../columns/batch.ts';
import { isNullAt } from '../columns/column.ts';
import {
  defineOperator,
  QueryFailure,
  type Stage as RunningStage,
  type StageContext,
  wholeTable,
} from '../define.ts';
import { rowsTrue } from '../kernels/rows.ts';
import { type SortKey, sortedRows } from '../kernels/sort.ts';
import { checkWhole } from './amounts.ts';

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
  onMessages: ({ fields, by }, stage) => topOfGroups(stage, fields, by?.keys ?? []),
  check: ({ count }) => checkWhole(count, 'the number of rows of `top`', 1, Infinity),
  start({ count, fields, by }, context) {
    const keys = (by?.keys ?? []).map((key) => ({
      name: key.field.name,
      descending: key.direction?.ascending !== true && key.sign?.plus !== true,
    }));
    return topOfRows(
      count.count,
      fields.map(({ name }) => name),
      keys,
      context,
    );
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

/** A key as written after `by`. */
interface OrderKey {
  readonly sign: { readonly plus?: true; readonly minus?: true } | null;
  readonly field: FieldReference;
  readonly direction: { readonly ascending?: true; readonly descending?: true } | null;
}

interface Key {
  readonly name: string;
  readonly descending: boolean;
}

/** Fields that an aggregate makes for `top` alone; no text can name them. */
const NEWEST = '\0newest';
const greatest = (field: string) => `\0greatest ${field}`;

/**
 * What `top` is on messages: an aggregate by its fields, sorted, without the fields that only serve to
 * sort. Messages come newest first and ties keep that order, so the group with the newest message is first.
 */
function topOfGroups(
  stage: OperatorStage,
  fields: readonly FieldReference[],
  keys: readonly OrderKey[],
): readonly Stage[] {
  const span = stage.nameSpan;
  const orders = keys.filter(({ field }) => !isCount(field.name));
  const counts = orders.length === 0;
  const made = [...orders.map(({ field }) => greatest(field.name)), NEWEST];
  const call = (name: string, of: string | null, as: string | null): AggregateCall => ({
    name,
    nameSpan: span,
    args: of === null ? [] : [{ kind: 'field', name: of, span }],
    alias: as === null ? null : { kind: 'name', text: as, span },
    span,
  });
  const order = (name: string, { sign = null, direction = null }: Partial<OrderKey> = {}) => ({
    sign,
    field: { kind: 'field', name, span } as const,
    direction,
  });
  return [
    {
      kind: 'aggregate',
      calls: [
        ...(counts ? [call('count', null, null)] : []),
        ...orders.map(({ field }) => call('max', field.name, greatest(field.name))),
        call('max', '_messageTime', NEWEST),
      ],
      by: fields.map(({ name, span: at }) => ({ kind: 'name', text: name, span: at })),
      span,
    },
    {
      ...stage,
      args: {
        ...stage.args,
        by: {
          by: true,
          keys: [
            ...(counts
              ? [order('_count', keys[0])]
              : orders.map((key) => order(greatest(key.field.name), key))),
            order(NEWEST),
          ],
        },
      } as OperatorStage['args'],
    },
    {
      kind: 'operator',
      name: 'fields',
      nameSpan: span,
      args: { remove: true, fields: made.map((name) => ({ kind: 'field', name, span }) as const) },
      span,
    },
  ];
}

function isCount(name: string): boolean {
  return name.toLowerCase() === 'count' || name.toLowerCase() === '_count';
}

function topOfRows(
  count: number,
  names: readonly string[],
  keys: readonly Key[],
  context: StageContext,
): RunningStage {
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
    `\`top\` does not know which of ${nameList(results)} to order by`,
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
