import { flag, path } from '../../grammar/syntax.ts';
import { type Batch, concatBatches, keepBatch, rowOf } from '../columns/batch.ts';
import { withLabels } from '../columns/link.ts';
import { defineOperator } from '../define.ts';
import type { LookupTable, LookupTables } from '../source.ts';

/** What `prepare` opened. */
interface Target {
  readonly lookups: LookupTables;
  /** Null for a file that is not there yet. */
  readonly table: LookupTable | null;
}

/** `save [append] table`. */
export const save = defineOperator({
  name: 'save',
  summary: 'Writes the rows to a lookup table.',
  description: [
    'Replaces all rows of the table; with `append`, rows are added, and where the table has a primary key a row with the same key is',
    'replaced. A `path://` table must exist; fields that it does not have are left out, and a column without a field, or a value of the',
    'wrong type, fails the query before anything is written. Other names (`shared/folder/file`) are saved files: they are made when they',
    'are not there, and `append` needs the same columns. The rows are also the result of the query. Stages after `save` have no use.',
  ].join(' '),
  syntax: { append: flag('append'), table: path() },
  reads: () => 'all',
  writes: () => [],
  order: 'keeps',
  split: 'coordinator',
  live: false,
  prepare: async ({ table }, { lookups }): Promise<Target> => ({
    lookups,
    table: await lookups.open(table.value),
  }),
  start({ append, table }, context) {
    const target = context.prepared as Target;
    const batches: Batch[] = [];
    return {
      push(batch, out) {
        batches.push(keepBatch(batch));
        out.push(batch);
      },
      finish() {
        context.after(async () => {
          const whole = withLabels(concatBatches(batches));
          // Without a row the fields are not known: the table keeps its own columns.
          const columns = batches.length > 0 ? whole.schema.names : (target.table?.columns ?? []);
          if (columns.length === 0 || (append && whole.length === 0)) return;
          const rows = Array.from({ length: whole.length }, (_, row) => rowOf(whole, row));
          await target.lookups.save(table.value, columns, rows, append);
        });
      },
    };
  },
  examples: [
    {
      query: '* | parse "user=* n=*" as user, n | count by user, n | save shared/users',
      input: 'user=ann n=1',
      expect: 'user,n,_count\nann,1,1',
    },
  ],
});
