import fc from 'fast-check';
import { END } from '../spec-run.ts';
import type { Message } from './generate-data.ts';

const TEMPLATES = [
  'user # logged in from #',
  'user @ logged in',
  'disk @ is full',
  'GET https://example.com/# took # ms',
  '2024-01-01T00:00:#0Z job @ done',
  'a=@ b=#',
  '{"a":#,"B":{"c":"@","d":[1]}}',
  '{"b":{"c":1},"a":"@"}',
  'ts {"x":{"y":{"z":#}}}',
  'k1=@, k2: # -> no',
  '',
];
const WORDS = ['amy', 'bob', 'cy', 'x y'];

/** Messages made of a few patterns, so that many look alike. */
export const lookalikes = fc
  .array(
    fc.record({
      template: fc.constantFrom(...TEMPLATES),
      number: fc.integer({ min: 0, max: 9 }),
      word: fc.constantFrom(...WORDS),
      ago: fc.noBias(fc.integer({ min: 1, max: 7200 })),
      svc: fc.constantFrom(null, 'S3', 'EC2'),
      op: fc.constantFrom('Get', 'Put', null),
      code: fc.constantFrom('ok', 'denied', 'ok'),
    }),
    { maxLength: 30, size: 'max' },
  )
  .map((records): Message[] =>
    records.map(({ template, number, word, ago, ...cells }, at) => ({
      raw: template.replaceAll('#', String(number)).replaceAll('@', word),
      // No two of one time.
      time: END - ago * 1000 - at,
      fields: new Map(Object.entries(cells).filter(([, value]) => value !== null)),
    })),
  );

/** Queries that group what looks alike. */
export const groupingQueries = fc.constantFrom(
  '* | logreduce',
  '* | logreduce criteria=mostcommon | count by signature, _count',
  '* | logreduce by svc',
  '* | timeslice 1h | logreduce by _timeslice, op criteria=leastcommon',
  '* | logreduce optimize',
  '* | logreduce(op)',
  '* | logreduce keys',
  '* | logreduce keys parser=keyvalue',
  '* | logreduce keys maxdepth=1',
  '* | logreduce keys maxdepth=2 noaggregate',
  '* | logreduce keys field=op',
  '* | logreduce values on svc, op',
  '* | logreduce values on svc, op, code output_threshold=0.2',
  '* | logcompare timeshift -1h',
  '* | logcompare timeshift -0s baseline (user)',
  '* | logexplain code = "denied" on svc, op',
  '* | logexplain code = "denied" against svc = "S3" on op, code',
);
