import { defineAggregate } from '../define.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { EdgeValueAccumulator } from './edge-value.ts';

/** `first(field)`. */
export const first = defineAggregate({
  name: 'first',
  summary:
    'The first value of a field in the order of the rows: the newest message unless the rows were sorted.',
  description:
    'Messages come newest first, so without a `sort` before it `first` gives the latest value. Nulls are passed over; a ' +
    'group with no value gives null. The value keeps its type. The result is `_first` unless named with `as`.',
  input: 'any',
  usage: '(<field>)',
  outputs: defaultOutput('_first'),
  ordered: true,
  mergeable: false,
  check: checkOneField,
  create: () => new EdgeValueAccumulator('first'),
  examples: [
    {
      query: '* | parse "host=* code=*" as host, code | first(code) by host | sort by host asc',
      input: 'host=web code=204\nhost=db code=503\nhost=web code=301',
      expect: 'host,_first\ndb,503\nweb,301',
    },
  ],
});
