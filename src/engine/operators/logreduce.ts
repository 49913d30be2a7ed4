import type { Amount, FieldReference, Text } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import {
  type ArgsOf,
  anyOrder,
  choice,
  field,
  flag,
  list,
  number,
  optional,
  sequence,
  setting,
  symbol,
  text,
  word,
} from '../../grammar/syntax.ts';
import { type Batch, newBatch, Schema, selectRows, withColumn } from '../columns/batch.ts';
import { type Column, columnOf, textColumn } from '../columns/column.ts';
import { defineOperator, type StageContext, wholeTable } from '../define.ts';
import { clusterMessages } from './cluster-messages.ts';
import { rememberReduction } from './details.ts';
import { textsOf } from './field-texts.ts';
import { type KeyParser, schemaId, schemaOf } from './reduce-keys.ts';
import { clusterValues } from './reduce-values.ts';
import { reducedRows } from './reduced-rows.ts';
import { rowsInTimeOrder } from './rows-in-time-order.ts';

const syntax = {
  mode: optional(
    choice({
      keys: sequence({
        keys: word('keys'),
        options: anyOrder({
          parser: setting('parser', text({ bare: true })),
          maxdepth: setting('maxdepth', number()),
          field: setting('field', field()),
          noaggregate: flag('noaggregate'),
        }),
      }),
      values: sequence({
        values: word('values'),
        dash: optional(symbol('-')),
        details: flag('details'),
        on: word('on'),
        fields: list(field()),
        threshold: setting('output_threshold', number()),
        ids: list(text({ bare: true }), { atLeast: 0, separator: 'optional-comma' }),
      }),
      of: sequence({ open: symbol('('), field: field(), close: symbol(')') }),
    }),
  ),
  options: anyOrder({
    field: setting('field', field()),
    by: sequence({ by: word('by'), fields: list(field()) }),
    limit: setting('limit', number()),
    criteria: setting('criteria', text({ bare: true })),
    optimize: flag('optimize'),
  }),
};

type Args = ArgsOf<typeof syntax>;

/** `logreduce [(field)] [by …]`, `logreduce keys`, `logreduce values on …`. */
export const logreduce = defineOperator({
  name: 'logreduce',
  aliases: ['summarize'],
  summary: 'Groups messages by what they have in common, and counts each signature.',
  description: [
    '`logreduce [(field)] [by f1, f2] [limit=n] [criteria=mostcommon|leastcommon]` gives a row per signature with `_count`,',
    '`_signature_id`, `_relevance` and `signature`: parts that vary are `**********`, times `$DATE`, URLs `$URL`. Rare signatures come first;',
    '`criteria` orders by count instead. With `by`, messages are counted per combination of these fields. Beyond 100 signatures, those with a single',
    'message are put together as `Others`. `| details "id"` after it gives the messages of signatures. `optimize` leaves out the relevance;',
    'signatures are always learned from the messages of the query.',
    '',
    '`logreduce keys [parser=json|keyvalue] [maxdepth=n] [field=f] [noaggregate]` groups messages by their set of keys: `_signature_id`, `_schema`, `_count`.',
    'Keys inside arrays do not count; keys deeper than `maxdepth` (default 5) are cut there. `noaggregate` keeps the messages and adds the first two fields.',
    '',
    '`logreduce values on f1, f2 [output_threshold=x]` groups rows with similar values of parsed fields: `_cluster_id`, `_signature`, `_count`; clusters with a',
    'smaller share of rows than the threshold (0 to 1) are hidden. `logreduce values details on f1, f2 name "id"` gives the rows of clusters, and without ids all rows with their `cluster`.',
  ].join('\n'),
  syntax,
  reads: (args) => [...readFields(args), '_messageTime'],
  writes: writtenFields,
  passes: ({ mode }) => mode?.keys?.options.noaggregate === true || mode?.values?.details === true,
  order: 'makes',
  split: 'coordinator',
  stands: 'raw-to-aggregate',
  changesRowCount: true,
  live: false,
  check: checkArgs,
  start(args, context) {
    const { mode } = args;
    if (mode?.keys !== undefined) return wholeTable((table) => reduceKeys(table, mode.keys as KeysMode));
    if (mode?.values !== undefined)
      return wholeTable((table) => reduceValues(table, mode.values as ValuesMode));
    return wholeTable((table) => reduceMessages(table, args, context));
  },
  examples: [
    {
      query: '* | logreduce | fields _count, signature',
      input: 'user 17 login ok\nuser 42 login ok\ndisk full',
      expect: '_count,signature\n1,disk full\n2,user ********** login ok',
    },
    {
      query: '* | logreduce keys | fields _schema, _count',
      input: '{"a":1,"b":{"c":2}}\n{"b":{"c":9},"a":0}\nhi',
      expect: '_schema,_count\n"a, b.c",2\nunknown,1',
    },
  ],
});

interface KeysMode {
  readonly options: {
    readonly parser: Text | null;
    readonly maxdepth: Amount | null;
    readonly field: FieldReference | null;
    readonly noaggregate: boolean | null;
  };
}

interface ValuesMode {
  readonly details: boolean;
  readonly fields: readonly FieldReference[];
  readonly threshold: Amount | null;
  readonly ids: readonly Text[];
}

function messageField({ mode, options }: Args): string {
  return (mode?.of?.field ?? options.field)?.name ?? '_raw';
}

function groupFields({ options }: Args): readonly string[] {
  return options.by?.fields.map(({ name }) => name) ?? [];
}

function readFields(args: Args): readonly string[] {
  const { mode } = args;
  if (mode?.keys !== undefined) return [mode.keys.options.field?.name ?? '_raw'];
  if (mode?.values !== undefined) return mode.values.fields.map(({ name }) => name);
  return [messageField(args), ...groupFields(args)];
}

function writtenFields(args: Args): readonly string[] {
  const { mode, options } = args;
  if (mode?.keys !== undefined) {
    const written = ['_signature_id', '_schema'];
    return mode.keys.options.noaggregate === true ? written : [...written, '_count'];
  }
  if (mode?.values !== undefined) {
    return mode.values.details ? ['cluster'] : ['_cluster_id', '_signature', '_count'];
  }
  const measures = [
    '_count',
    '_signature_id',
    ...(options.optimize === true ? [] : ['_relevance']),
    'signature',
  ];
  return [...groupFields(args), ...measures];
}

function checkArgs({ mode, options }: Args): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const { criteria } = options;
  if (criteria !== null && !/^(?:most|least)common$/i.test(criteria.value)) {
    found.push(
      error(
        'bad-value',
        criteria.span,
        `\`criteria\` is \`mostcommon\` or \`leastcommon\`, found \`${criteria.value}\``,
      ),
    );
  }
  const parser = mode?.keys?.options.parser ?? null;
  if (parser !== null && !/^(?:json|keyvalue)$/i.test(parser.value)) {
    found.push(
      error('bad-value', parser.span, `\`parser\` is \`json\` or \`keyvalue\`, found \`${parser.value}\``),
    );
  }
  const whole: readonly [Amount | null | undefined, string][] = [
    [options.limit, 'limit'],
    [mode?.keys?.options.maxdepth, 'maxdepth'],
  ];
  for (const [amount, name] of whole) {
    if (amount != null && !(Number.isInteger(amount.count) && amount.count > 0)) {
      found.push(
        error('bad-value', amount.span, `\`${name}\` must be a whole number above 0, found ${amount.count}`),
      );
    }
  }
  const threshold = mode?.values?.threshold;
  if (threshold != null && !(threshold.count >= 0 && threshold.count <= 1)) {
    found.push(
      error(
        'bad-value',
        threshold.span,
        `\`output_threshold\` is a share from 0 to 1, found ${threshold.count}`,
      ),
    );
  }
  return found;
}

function reduceMessages(table: Batch, args: Args, context: StageContext): Batch {
  const clustering = clusterMessages(textsOf(table, messageField(args)), rowsInTimeOrder(table));
  rememberReduction(context.signal, { table, clustering });
  return reducedRows(table, clustering, {
    groupBy: groupFields(args),
    limit: args.options.limit?.count ?? Infinity,
    criteria: args.options.criteria?.value.toLowerCase() ?? null,
    relevance: args.options.optimize !== true,
  });
}

function reduceKeys(table: Batch, { options }: KeysMode): Batch {
  const parser = (options.parser?.value.toLowerCase() ?? 'json') as KeyParser;
  const depth = options.maxdepth?.count ?? 5;
  const known = new Map<string | null, string>();
  const schemas = textsOf(table, options.field?.name ?? '_raw').map((message) => {
    const schema = known.get(message) ?? schemaOf(message, parser, depth);
    known.set(message, schema);
    return schema;
  });
  if (options.noaggregate === true) {
    const withId = withColumn(table, '_signature_id', textColumn(schemas.map(schemaId)));
    return withColumn(withId, '_schema', textColumn(schemas));
  }
  const counts = new Map<string, number>();
  for (const schema of schemas) counts.set(schema, (counts.get(schema) ?? 0) + 1);
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return rowsOf(
    ['_signature_id', '_schema', '_count'],
    [
      textColumn(sorted.map(([schema]) => schemaId(schema))),
      textColumn(sorted.map(([schema]) => schema)),
      columnOf(sorted.map(([, count]) => count)),
    ],
  );
}

function reduceValues(table: Batch, { details, fields, threshold, ids }: ValuesMode): Batch {
  const keys = fields.map(({ name }) => name);
  const columns = keys.map((key) => textsOf(table, key));
  const { clusters, ofRow } = clusterValues(keys, columns, rowsInTimeOrder(table));
  if (details) {
    // The first id names the earlier result; rows are clustered again, so only those of clusters count.
    const wanted = new Set(ids.slice(1).map(({ value }) => value.toLowerCase()));
    const labels = Array.from(ofRow, (cluster) => clusters[cluster]?.id ?? null);
    const labelled = withColumn(table, 'cluster', textColumn(labels));
    if (wanted.size === 0) return labelled;
    const rows = labels.flatMap((label, row) => (label !== null && wanted.has(label) ? [row] : []));
    return selectRows(labelled, Uint32Array.from(rows));
  }
  const least = (threshold?.count ?? 0) * table.length;
  const shown = clusters.filter(({ count }) => count >= least).toSorted((a, b) => b.count - a.count);
  return rowsOf(
    ['_cluster_id', '_signature', '_count'],
    [
      textColumn(shown.map(({ id }) => id)),
      textColumn(shown.map(({ signature }) => signature)),
      columnOf(shown.map(({ count }) => count)),
    ],
  );
}

function rowsOf(names: readonly string[], columns: readonly Column[]): Batch {
  return newBatch(new Schema(names), columns, columns[0]?.length ?? 0);
}
