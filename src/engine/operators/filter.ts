import type { Stage as AstStage, Pipeline } from '../../grammar/ast.ts';
import { grouped } from '../../grammar/counted.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { field, list, pipeline, word } from '../../grammar/syntax.ts';
import { type Batch, selectRows } from '../columns/batch.ts';
import { defineOperator, QueryFailure, type Stage, type StageContext } from '../define.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { allRows, rowsTrue } from '../kernels/rows.ts';
import { CollectedRows } from './collected-rows.ts';
import { groupsOf } from './running.ts';

/** More rows than this are dropped. */
const MOST_ROWS = 100_000;

/** `filter f1, f2 in (stages)`. */
export const filter = defineOperator({
  name: 'filter',
  summary: 'Keeps the rows whose fields occur in the result of other stages over the same rows.',
  description:
    'The stages in parentheses run over the current aggregate rows; they have no search of their own. A row is kept, ' +
    'with all its columns, when its combination of the listed fields occurs in their result, which must contain ' +
    'these fields. `filter host in (sum(_count) by host | top 5 host by _sum)` keeps the rows of five hosts. The ' +
    'stages may not use `filter` or `compare`. At most 100,000 rows are looked at.',
  syntax: { fields: list(field()), in: word('in'), child: pipeline() },
  reads: () => 'all',
  writes: () => [],
  order: 'keeps',
  split: 'coordinator',
  stands: 'aggregate',
  changesRowCount: true,
  check: ({ child }) => child.stages.flatMap(checkChild),
  start({ fields, child }, context) {
    return startFilter(
      fields.map(({ name }) => name),
      child,
      context,
    );
  },
  examples: [
    {
      query:
        '* | parse "t=* h=* c=*" as t, h, c | sum(c) as c by t, h | filter h in (sum(c) by h | top 1 h by _sum) | sort by t asc',
      input: 't=1 h=n1 c=6\nt=2 h=n1 c=2\nt=1 h=n2 c=3',
      expect: 't,h,c\n1,n1,6\n2,n1,2',
    },
  ],
});

function checkChild(stage: AstStage): readonly Diagnostic[] {
  if (stage.kind !== 'operator' || !['filter', 'compare'].includes(stage.name)) return [];
  return [error('wrong-place', stage.nameSpan, `\`${stage.name}\` is not allowed inside \`filter\``)];
}

function startFilter(names: readonly string[], child: Pipeline, context: StageContext): Stage {
  const input = new CollectedRows();
  let rows = 0;
  return {
    push(batch) {
      const room = MOST_ROWS - rows;
      rows += batch.length;
      if (rows > MOST_ROWS) {
        context.warn(`\`filter\` looks at ${grouped(MOST_ROWS)} rows, the others are left out`);
      }
      if (room > 0) input.push(room < batch.length ? selectRows(batch, allRows(room)) : batch);
    },
    finish(out) {
      const table = input.table();
      const kept = rowsIn(table, childResult(table, child, context), names);
      if (kept.length > 0) out.push(kept);
    },
  };
}

function childResult(table: Batch, child: Pipeline, context: StageContext): Batch {
  const stage = context.startPipeline(child);
  const results = new CollectedRows();
  if (table.length > 0) stage.push(table, results);
  stage.finish(results);
  return results.table();
}

/** The rows of `table` whose fields occur in `found`. */
function rowsIn(table: Batch, found: Batch, names: readonly string[]): Batch {
  if (found.length === 0) return selectRows(table, new Uint32Array(0));
  const missing = names.find((name) => found.schema.find(name) < 0);
  if (missing !== undefined) {
    throw new QueryFailure(
      'data',
      `the stages inside \`filter\` do not return the field \`${missing}\``,
      `group by it: \`filter ${missing} in (… by ${missing})\``,
    );
  }
  const groups = new GroupTable(names.length);
  groupsOf(found, names, groups);
  const known = groups.count;
  const groupOf = groupsOf(table, names, groups);
  const inside = Uint8Array.from({ length: table.length }, (_, row) => (groupOf[row]! < known ? 1 : 0));
  const rows = rowsTrue(inside, table.length);
  return rows === null ? table : selectRows(table, rows);
}
