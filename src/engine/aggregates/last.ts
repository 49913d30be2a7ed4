import { defineAggregate } from '../define.ts';
import { checkOneField, defaultOutput } from './arguments.ts';
import { EdgeValueAccumulator } from './edge-value.ts';

/** `last(field)`. */
export const last = defineAggregate({
  name: 'last',
  summary:
    'The last value of a field in the order of the rows: the oldest message unless the rows were sorted.',
  description:
    'Messages come newest first, so without a `sort` before it `last` gives the earliest value. Nulls are passed over; a ' +
    'group with no value gives null. The value keeps its type. The result is `_last` unless named with `as`.',
  input: 'any',
  usage: '(<field>)',
  outputs: defaultOutput('_last'),
  ordered: true,
  mergeable: false,
  check: checkOneField,
  create: () => new EdgeValueAccumulator('last'),
  examples: [
    {
      query: '* | parse "host=* code=*" as host, code | last(code) by host | sort by host asc',
      input: 'host=web code=204\nhost=db code=503\nhost=web code=301',
      expect: 'host,_last\ndb,503\nweb,204',
    },
  ],
});
