import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import {
  alias,
  anyOrder,
  duration,
  field,
  list,
  number,
  optional,
  pipeline,
  sequence,
  setting,
  symbol,
  text,
  word,
} from '../../grammar/syntax.ts';
import { type Batch, selectRows, withColumns } from '../columns/batch.ts';
import { columnOf } from '../columns/column.ts';
import { defineOperator, type Stage, wholeTable } from '../define.ts';
import { checkDuration, checkWhole, millisecondsOf } from './amounts.ts';
import { CollectedRows } from './collected-rows.ts';
import { type GroupedRows, type GroupLimits, groupRows } from './transaction-groups.ts';

const marker = () =>
  sequence({ text: text(), strict: optional(sequence({ mark: symbol(';'), strict: word('strict') })) });

/** `transactionize f1, f2 [as prefix] [maxSpan=5m …] [(stages)]`. */
export const transactionize = defineOperator({
  name: 'transactionize',
  summary: 'Groups messages that share a value, directly or through others.',
  description:
    'Messages with the same value in one of the fields belong together, and so do the messages that these belong ' +
    'to; null and empty texts match nothing. Adds `_group` (a number in order of time), `_group_duration` in ms, ' +
    '`_group_size` and `_group_orphaned` (true where all the fields are null or empty); `as` sets another prefix.\n\n' +
    'A group ends when it would last longer than `maxSpan`, after a pause longer than `maxPause`, at `maxLogs` ' +
    'messages, before a message with the text `startsWith` and after one with `endsWith`. With `;strict` behind the ' +
    'text, groups without such a message are dropped. `keepOrphans=false` drops messages that are in no group.\n\n' +
    'Stages in parentheses, mostly a `merge`, run once per group: ' +
    '`transactionize id (merge id takeFirst, _raw)`.',
  syntax: {
    fields: list(field()),
    as: alias(),
    settings: anyOrder({
      maxSpan: setting('maxSpan', duration()),
      maxPause: setting('maxPause', duration()),
      maxLogs: setting('maxLogs', number()),
      startsWith: setting('startsWith', marker()),
      endsWith: setting('endsWith', marker()),
      keepOrphans: setting('keepOrphans', text({ bare: true })),
    }),
    each: optional(pipeline()),
  },
  reads: () => 'all',
  writes: ({ as }) => outputsOf(as?.name.text ?? '_group'),
  order: 'needs',
  split: 'coordinator',
  changesRowCount: true,
  live: false,
  check({ settings: { maxSpan, maxPause, maxLogs, keepOrphans } }): readonly Diagnostic[] {
    const problems = [
      ...checkDuration(maxSpan, '`maxSpan`'),
      ...checkDuration(maxPause, '`maxPause`'),
      ...checkWhole(maxLogs, '`maxLogs`', 1, Infinity),
    ];
    if (keepOrphans !== null && !['true', 'false'].includes(keepOrphans.value.toLowerCase())) {
      problems.push(
        error(
          'bad-value',
          keepOrphans.span,
          `\`keepOrphans\` must be \`true\` or \`false\`, found \`${keepOrphans.value}\``,
        ),
      );
    }
    return problems;
  },
  start({ fields, as, settings, each }, context) {
    const limits: GroupLimits = {
      span: settings.maxSpan === null ? Infinity : (millisecondsOf(settings.maxSpan) ?? Infinity),
      pause: settings.maxPause === null ? Infinity : (millisecondsOf(settings.maxPause) ?? Infinity),
      size: settings.maxLogs?.count ?? Infinity,
      start: markerOf(settings.startsWith),
      end: markerOf(settings.endsWith),
      keepOrphans: settings.keepOrphans?.value.toLowerCase() !== 'false',
    };
    const names = fields.map(({ name }) => name);
    const outputs = outputsOf(as?.name.text ?? '_group');
    return wholeTable((table) => {
      if (table.length === 0) return table;
      const grouped = groupRows(table, names, limits);
      const marked = withGroups(table, grouped, outputs);
      return each === null ? marked : runEach(marked, grouped, () => context.startPipeline(each));
    });
  },
  examples: [
    {
      query:
        '* | parse "a=* b=*" as a, b | transactionize a, b (merge _raw join with ";") | count by _raw | fields _raw',
      input: 'a=p b=\na=p b=q\na= b=q\na=r b=',
      expect: '_raw\na=p b=;a=p b=q;a= b=q\na=r b=',
    },
  ],
});

type Marker = { readonly text: { readonly value: string }; readonly strict: unknown } | null;

function markerOf(given: Marker): GroupLimits['start'] {
  return given === null ? null : { text: given.text.value, strict: given.strict !== null };
}

function outputsOf(prefix: string): readonly string[] {
  return [prefix, `${prefix}_duration`, `${prefix}_size`, `${prefix}_orphaned`];
}

/** The rows that are kept, with the fields about their group. */
function withGroups(table: Batch, { rows, groups, groupOf }: GroupedRows, outputs: readonly string[]): Batch {
  const ofRows = rows.length === table.length ? table : selectRows(table, rows);
  const ids = Array.from(rows, (row) => groupOf[row]!);
  const durations = ids.map((group) => {
    const { start, end } = groups[group]!;
    return start === null || end === null ? null : end - start;
  });
  const numbers = ids.map((group) => group + 1);
  const sizes = ids.map((group) => groups[group]!.size);
  const orphans = ids.map((group) => groups[group]!.orphan);
  return withColumns(ofRows, outputs, [
    columnOf(numbers, 'long'),
    columnOf(durations, 'long'),
    columnOf(sizes, 'long'),
    columnOf(orphans),
  ]);
}

/** Runs the inner stages over the rows of one group after the other. */
function runEach(marked: Batch, { rows, groups, groupOf }: GroupedRows, startEach: () => Stage): Batch {
  const rowsOfGroup: number[][] = groups.map(() => []);
  rows.forEach((row, at) => {
    rowsOfGroup[groupOf[row]!]!.push(at);
  });
  const results = new CollectedRows();
  for (const ofGroup of rowsOfGroup) {
    if (ofGroup.length === 0) continue;
    const stage = startEach();
    stage.push(selectRows(marked, Uint32Array.from(ofGroup)), results);
    stage.finish(results);
  }
  return results.table();
}
