import { alias, list, name, path, sequence, symbol, word } from '../../grammar/syntax.ts';
import { withColumns } from '../columns/batch.ts';
import { constantColumn } from '../columns/column.ts';
import { defineOperator, perBatch } from '../define.ts';
import { cloudServiceMessage, needsCloudService } from './cloud-service.ts';

/** `benchmark columns from name on a=b`. */
export const benchmark = defineOperator({
  name: 'benchmark',
  summary: 'Accepted for queries of the cloud product; the fields that it adds are null.',
  description:
    'Compares with figures of other customers, which only the cloud product has. The query runs with a warning: rows pass, and the fields that it adds are null.',
  syntax: {
    columns: list(sequence({ column: name(), as: alias() })),
    from: word('from'),
    source: path(),
    on: word('on'),
    pairs: list(sequence({ left: name(), equals: symbol('='), right: name() }), { separator: 'and' }),
  },
  reads: () => [],
  writes: ({ columns }) => columns.map(({ column, as }) => as?.name.text ?? column.text),
  order: 'keeps',
  split: 'anywhere',
  check: (_, { span }) => needsCloudService('benchmark', span),
  start({ columns }, context) {
    context.warn(cloudServiceMessage('benchmark'));
    const names = columns.map(({ column, as }) => as?.name.text ?? column.text);
    return perBatch((batch) =>
      withColumns(
        batch,
        names,
        names.map(() => constantColumn(null, batch.length)),
      ),
    );
  },
  examples: [
    {
      query:
        '* | benchmark percentage as everywhere from guardduty on severity=severity | count by everywhere',
      input: 'a message',
      expect: 'everywhere,_count\n,1',
    },
  ],
});
