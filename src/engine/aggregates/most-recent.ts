import { defineAggregate } from '../define.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { TimedValueAccumulator } from './timed-value.ts';

/** `most_recent(field_withtime)`. */
export const mostRecent = defineAggregate({
  name: 'most_recent',
  summary: 'The value with the greatest time, of a field made by `withtime`.',
  description:
    'Give every value its time with `withtime field`, then read `field_withtime`. The order of the rows does not ' +
    'matter; of two values with the same time the one that comes first is taken. Nulls are left out. A field ' +
    'without times is an error. The result is the plain value, named `_mostrecent` unless named with `as`.',
  input: 'any',
  usage: '(<field>_withtime)',
  outputs: defaultOutput('_mostrecent'),
  mergeable: true,
  check: checkOneField,
  create: (call) => new TimedValueAccumulator(call, 'most'),
  examples: [
    {
      query:
        '* | parse "host=* code=*" as host, code | withtime code | most_recent(code_withtime) by host | sort by host asc',
      input: 'host=web code=204\nhost=db code=503\nhost=web code=301',
      expect: 'host,_mostrecent\ndb,503\nweb,301',
    },
  ],
});
