import { error } from '../../grammar/diagnostics.ts';
import { path } from '../../grammar/syntax.ts';
import { newBatch, Schema } from '../columns/batch.ts';
import { columnOf } from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import { defineOperator, QueryFailure } from '../define.ts';
import type { LookupTable } from '../source.ts';
import { openTable } from './open-table.ts';

const ROWS_PER_BATCH = 4096;

/** `cat table`. */
export const cat = defineOperator({
  name: 'cat',
  summary: 'Reads the rows of a lookup table instead of searching messages.',
  description: [
    'Stands first, in place of the search; more stages may follow. The rows are in no promised order and count as messages',
    '(not as aggregate rows). Rows that outlived the table’s time to live are left out. Location and network tables cannot be listed.',
    '`cat path://"A" | save path://"B"` copies a table.',
  ].join(' '),
  syntax: { table: path() },
  reads: () => [],
  writes: () => 'all',
  // Not `replaces`, after which rows count as aggregated.
  passes: () => false,
  order: 'makes',
  split: 'coordinator',
  changesRowCount: true,
  live: false,
  checkPlace: (_, { span }, before) =>
    before.length === 0
      ? []
      : [
          error('wrong-place', span, '`cat` must be the first stage', {
            help: 'start the query with `cat path://"…"`',
          }),
        ],
  prepare: async ({ table }, context) => await openTable(context.lookups, table.value),
  start(_, context) {
    const table = context.prepared as LookupTable;
    return {
      push() {}, // messages are not searched
      finish(out) {
        const rows = table.rows();
        if (rows === null) {
          throw new QueryFailure(
            'unsupported',
            `\`${table.name}\` is too large to list`,
            'use it with `lookup`',
          );
        }
        const schema = new Schema(table.columns);
        for (const some of inPieces(rows)) {
          const columns = table.columns.map((_name, at) => columnOf(some.map((row) => row[at] ?? null)));
          out.push(newBatch(schema, columns, some.length));
        }
      },
      done: () => true,
    };
  },
  examples: [
    {
      query: 'cat https://example.com/protocol-numbers.csv | where Keyword = "UDP" | count by Decimal',
      input: 'a message',
      expect: 'Decimal,_count\n17,1',
    },
  ],
});

function* inPieces(rows: Iterable<readonly Value[]>): Generator<readonly (readonly Value[])[]> {
  let piece: (readonly Value[])[] = [];
  for (const row of rows) {
    piece.push(row);
    if (piece.length === ROWS_PER_BATCH) {
      yield piece;
      piece = [];
    }
  }
  if (piece.length > 0) yield piece;
}
