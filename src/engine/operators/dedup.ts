import { field, flag, list, number, optional } from '../../grammar/syntax.ts';
import { type Batch, selectRows } from '../columns/batch.ts';
import { grown } from '../columns/grow.ts';
import { defineOperator, perBatch, type Stage, wholeTable } from '../define.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { checkWhole } from './amounts.ts';
import { groupsOf } from './running.ts';

/** `dedup [consecutive] [n] [by f1, f2]`. */
export const dedup = defineOperator({
  name: 'dedup',
  summary: 'Keeps the first rows of each key and drops the others.',
  description:
    'Keeps the first `n` rows (1 unless given) in their current order for each different combination of the fields: ' +
    'as messages come newest first, the most recent ones. Sort before it to choose others. Without fields, ' +
    'messages are compared by `_raw` and aggregate rows as a whole. With `consecutive` only runs of neighbours with ' +
    'the same key are shortened. Null is a key like any other. `by` may be left out.',
  syntax: {
    consecutive: flag('consecutive'),
    count: optional(number()),
    by: flag('by'),
    fields: optional(list(field())),
  },
  reads: ({ fields }) => (fields === null ? 'all' : fields.map(({ name }) => name)),
  writes: () => [],
  order: 'needs',
  split: 'coordinator',
  changesRowCount: true,
  check: ({ count }) => checkWhole(count, 'the number of rows that `dedup` keeps', 1, Infinity),
  start({ consecutive, count, fields }, context) {
    const most = count?.count ?? 1;
    const dedupe = consecutive ? keepOfRuns(most) : keepOfKeys(most);
    if (fields !== null || context.raw) {
      const names = fields?.map(({ name }) => name) ?? ['_raw'];
      return perKey(names, dedupe);
    }
    return byWholeRows(dedupe);
  },
  examples: [
    {
      query: '* | parse "at=* c=*" as at, c | count by at, c | sort by at asc | dedup by c | fields c',
      input: 'at=1 c=red\nat=2 c=blue\nat=3 c=green\nat=4 c=green\nat=5 c=red',
      expect: 'c\nred\nblue\ngreen',
    },
    {
      query:
        '* | parse "at=* c=*" as at, c | count by at, c | sort by at asc | dedup consecutive by c | fields c',
      input: 'at=1 c=red\nat=2 c=blue\nat=3 c=green\nat=4 c=green\nat=5 c=red',
      expect: 'c\nred\nblue\ngreen\nred',
    },
  ],
});

/** Chooses rows by their groups, in order; it remembers earlier batches. */
type Choose = (groupOf: Uint32Array, length: number, groupCount: number) => Uint32Array;

function keepOfKeys(most: number): Choose {
  let counts = new Uint32Array(64);
  return (groupOf, length, groupCount) => {
    counts = grown(counts, groupCount);
    const rows = new Uint32Array(length);
    let kept = 0;
    for (let row = 0; row < length; row++) {
      if (counts[groupOf[row]!]!++ < most) rows[kept++] = row;
    }
    return rows.subarray(0, kept);
  };
}

function keepOfRuns(most: number): Choose {
  let before = -1;
  let run = 0;
  return (groupOf, length) => {
    const rows = new Uint32Array(length);
    let kept = 0;
    for (let row = 0; row < length; row++) {
      const group = groupOf[row]!;
      run = group === before ? run + 1 : 1;
      before = group;
      if (run <= most) rows[kept++] = row;
    }
    return rows.subarray(0, kept);
  };
}

function perKey(names: readonly string[], choose: Choose): Stage {
  const groups = new GroupTable(names.length);
  return perBatch((batch) => chosen(batch, names, groups, choose));
}

/** Batches may differ in their fields, so whole rows are compared once all are there. */
function byWholeRows(choose: Choose): Stage {
  return wholeTable((table) => {
    if (table.length === 0) return table;
    const { names } = table.schema;
    return chosen(table, names, new GroupTable(names.length), choose);
  });
}

function chosen(batch: Batch, names: readonly string[], groups: GroupTable, choose: Choose): Batch {
  const groupOf = groupsOf(batch, names, groups);
  const rows = choose(groupOf, batch.length, groups.count);
  return rows.length === batch.length ? batch : selectRows(batch, rows);
}
