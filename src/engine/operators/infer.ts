import { list, name, sequence, symbol, text } from '../../grammar/syntax.ts';
import { defineOperator, perBatch } from '../define.ts';
import { cloudServiceMessage, needsCloudService } from './cloud-service.ts';

/** `infer _category=… _model=…`. */
export const infer = defineOperator({
  name: 'infer',
  summary: 'Accepted for queries of the cloud product; adds nothing.',
  description:
    'Calls a model service that only the cloud product has. The query runs with a warning: rows pass as they are, and fields that the service would add are null.',
  syntax: {
    settings: list(
      sequence({ key: name(), equals: symbol('=', { tight: true }), value: text({ bare: true }) }),
      {
        separator: 'none',
      },
    ),
  },
  reads: () => 'all',
  writes: () => 'all',
  order: 'keeps',
  split: 'anywhere',
  check: (_, { span }) => needsCloudService('infer', span),
  start(_, context) {
    context.warn(cloudServiceMessage('infer'));
    return perBatch((batch) => batch);
  },
  examples: [
    {
      query: '* | infer _category=cloudtrail _model=benchmark | count by score',
      input: 'a message',
      expect: 'score,_count\n,1',
    },
  ],
});
