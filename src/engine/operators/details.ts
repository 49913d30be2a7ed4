import type { Stage } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';
import { list, text } from '../../grammar/syntax.ts';
import { type Batch, selectRows, withColumn } from '../columns/batch.ts';
import { textColumn } from '../columns/column.ts';
import { defineOperator, QueryFailure } from '../define.ts';
import { type Clustering, clusterMessages, OTHERS } from './cluster-messages.ts';
import { textsOf } from './field-texts.ts';
import { rowsInTimeOrder } from './rows-in-time-order.ts';

/** What a `logreduce` stage grouped: its messages and their signatures. */
export interface Reduction {
  readonly table: Batch;
  readonly clustering: Clustering;
}

/** The last reduction of each run, found by the run's signal; it goes with the run. */
const reductions = new WeakMap<AbortSignal, Reduction>();

/** Keeps what a `logreduce` stage grouped for a `details` stage after it. */
export function rememberReduction(run: AbortSignal, reduction: Reduction): void {
  reductions.set(run, reduction);
}

/** `details "id", …`. */
export const details = defineOperator({
  name: 'details',
  summary: 'Gives the messages of signatures that `logreduce` found.',
  description: [
    'Stands right after `logreduce`; names signatures by `_signature_id`. Gives `_messageTime`, the field that was grouped and the fields after `by`,',
    'and `_signature_id`. The messages of `Others` are grouped again among themselves. Ids are made of the signature’s text, so an id stays the same while the text does.',
  ].join(' '),
  syntax: { ids: list(text({ bare: true })) },
  reads: () => [],
  writes: () => 'all',
  passes: () => false,
  order: 'makes',
  split: 'coordinator',
  changesRowCount: true,
  live: false,
  checkPlace: checkDetailsPlace,
  start({ ids }, context) {
    return {
      push() {}, // the counts; the messages were kept aside
      finish(out) {
        const reduction = reductions.get(context.signal);
        if (reduction === undefined)
          throw new QueryFailure('unsupported', '`details` found no result of `logreduce`');
        const result = detailRows(reduction, new Set(ids.map(({ value }) => value.toLowerCase())));
        if (result.length > 0) out.push(result);
      },
    };
  },
  examples: [
    {
      query: '* | logreduce | details "8005d74b3c5218e5" | count',
      input: 'user 17 login ok\nuser 42 login ok\ndisk full',
      expect: '_count\n2',
    },
  ],
});

function checkDetailsPlace(
  _: unknown,
  { span }: { readonly span: Span },
  before: readonly Stage[],
): readonly Diagnostic[] {
  const last = before.at(-1);
  if (last?.kind === 'operator' && last.name === 'logreduce') return [];
  return [
    error('wrong-place', span, '`details` must stand right after `logreduce`', {
      help: 'write `| logreduce | details "<_signature_id>"`',
    }),
  ];
}

function detailRows({ table, clustering }: Reduction, ids: ReadonlySet<string>): Batch {
  const { signatures, ofMessage } = clustering;
  const rows: number[] = [];
  for (let row = 0; row < table.length; row++) {
    const signature = signatures[ofMessage[row]!];
    if (signature !== undefined && ids.has(signature.id)) rows.push(row);
  }
  const chosen = selectRows(table, Uint32Array.from(rows));
  const own = rows.map((row) => signatures[ofMessage[row]!]);
  if (!own.some((signature) => signature?.text === OTHERS)) {
    return withColumn(chosen, '_signature_id', textColumn(own.map((signature) => signature?.id ?? null)));
  }
  const field = table.schema.names.find((name) => name.toLowerCase() !== '_messagetime') ?? '_raw';
  const again = clusterMessages(textsOf(chosen, field), rowsInTimeOrder(chosen));
  const relabelled = own.map((signature, at) =>
    signature?.text === OTHERS ? again.signatures[again.ofMessage[at]!]?.id : signature?.id,
  );
  return withColumn(chosen, '_signature_id', textColumn(relabelled.map((id) => id ?? null)));
}
