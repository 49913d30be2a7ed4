import fc from 'fast-check';
import { END } from '../spec-run.ts';
import type { Value } from './table.ts';

export interface Message {
  readonly raw: string;
  readonly time: number;
  readonly fields: ReadonlyMap<string, Value>;
}

const WORDS = [
  '',
  'x',
  ' y ',
  'a b',
  'é',
  '😀z',
  'constructor',
  '__proto__',
  'GET',
  'null',
  'a,b',
  '"q"',
  '-',
];
const DIGITS = [
  '0',
  '1',
  '2',
  '9',
  '10',
  '007',
  '-3',
  '1.50',
  '1e3',
  ' 4 ',
  '+8',
  '.5',
  '5.',
  '1e400',
  '9007199254740993',
  '0x10',
];
const ADDRESSES = [
  '10.0.0.1',
  '8.8.8.8',
  '192.168.1.7',
  '172.16.9.9',
  '127.0.0.1',
  '1.2.3.4',
  '010.1.1.1',
  '1.2.3.400',
  '::1',
  '2001:db8::1',
  '-',
  '',
];
const NUMBERS = [0, 1, -1, 2.5, -7.25, 1e15, 1e21, 0.1, 3, 42, -0, Number.POSITIVE_INFINITY, Number.NaN];
export const MIXED = [...WORDS, ...DIGITS];

const JSONS = [
  '{"m":{"t":"q","xs":[1,"2",{"k":null}]},"z":""}',
  '{"m":{"t":7,"xs":[]},"Z":true}',
  '{"m":null,"list":[{"k":"a"},{"k":"b"},{}]}',
  '{"z":"\\u00e9 \\"w\\"","n":12.5}',
  '{"m":{"t":"q"}',
  '[1,2,3]',
  '{"a b":{"c d":1.50,"big":12345678901234567890},"u":"x\\ty"}',
  '{"m":{"t":[[1],[2,[]]],"e":{}},"n":-0.0,"deep":{"a":{"b":{"c":{"d":{"e":1}}}}}}',
];
const XMLS = [
  '<m><t a="1" b=\'two\'>x</t><t a="2">y &lt; &#233;</t></m>',
  '<?xml version="1.0"?><!-- note --><m><t><k>in</k>tail</t><t/><z></z></m>',
  '<m><t a="1"><![CDATA[<raw> & ]]>more</t></m>',
  '<m><t>un<b>bold</b>even</t><t a="x" >2</t></m>',
  '<m><t>never closed</m>',
  '<m a="&quot;q&quot;"/>',
  '<s:m xmlns:s="u"><s:t>1</s:t></s:m>',
];
export const LINES = [
  'GET /a?x=1 user=amy code=200',
  'POST /b user=Bob code=500 took=12ms',
  'get /c USER=amy  code=404,',
  'k=v, k2="two words" k3: 5; k4->z',
  'a,"b,c",d',
  'p:q:r::',
  '2 123 eni-1 10.0.0.1 8.8.8.8 443 6 ACCEPT OK',
  '2 123 eni-1 - - - - NODATA',
  'tab\there "quoted" back\\slash',
  'Login FAILED user=amy@corp.io',
  'naïve 😀 text_1',
  '',
];

export const FLOWS = [
  '2 123456789010 eni-1 10.0.0.1 8.8.8.8 50123 443 6 10 8400 1704060000 1704060060 ACCEPT OK',
  '2 123456789010 eni-1 8.8.8.8 10.0.0.1 443 50123 6 12 9000 1704060000 1704060060 ACCEPT OK',
  '2 123456789011 eni-22 1.2.3.4 192.168.1.7 0 22 17 1 40 1704060100 1704060160 REJECT OK',
  '2 123456789011 eni-22 2001:db8::1 ::1 53 53 17 2 3000000000 1704060100 1704060160 REJECT OK',
  '2 123456789010 eni-1 - - - - - - - 1704060000 1704060060 - NODATA',
  '2 123456789010 eni-333 172.16.9.9 127.0.0.1 1 2 1 007 0 1704060000 1704060060 ACCEPT OK extra',
  '2 123456789010 eni-333 172.16.9.9 127.0.0.1 1 2 1 7',
  '2  123456789010 eni-1 10.0.0.1 8.8.8.8 50123 443 6 10 8400 1704060000 1704060060 ACCEPT OK',
];
const WRAPPED = FLOWS.flatMap((message, at) => [
  JSON.stringify({ message, logStream: 'eni-1-all', logGroup: 'flows', direction: 'inbound' }),
  JSON.stringify({ logGroup: `g${at}`, message }),
]);

/** Fields that messages may have; their names are awkward on purpose. */
export const FIELDS = ['a', 'b', 'n', 'ip', '__proto__', 'constructor', 'Mixed', 'flag'];

const fieldValues: ReadonlyMap<string, readonly Value[]> = new Map([
  ['a', [null, ...MIXED]],
  ['b', [null, ...DIGITS, 'zz']],
  ['n', [null, ...NUMBERS]],
  ['ip', [null, ...ADDRESSES]],
  ['Mixed', [null, 'x', 'y', 'z', 'W', '1', '2']],
  ['flag', [null, true, false]],
]);

/** Messages in order of arrival, no two of one time. */
export const messages = fc
  .noBias(
    fc.array(
      fc.record({
        raw: fc.oneof(
          { weight: 2, arbitrary: fc.constantFrom(...FLOWS) },
          {
            weight: 2,
            arbitrary: fc.constantFrom(...WRAPPED, '{"message":null}', '{"message":{"a":"x y"}}', '{broken'),
          },
          { weight: 3, arbitrary: fc.constantFrom(...LINES) },
          { weight: 2, arbitrary: fc.constantFrom(...JSONS) },
          { weight: 1, arbitrary: fc.constantFrom(...XMLS) },
          {
            weight: 1,
            arbitrary: fc
              .tuple(fc.constantFrom(...LINES), fc.constantFrom(...JSONS))
              .map((two) => two.join(' ')),
          },
        ),
        ago: fc.integer({ min: 0, max: 20_000 }),
        values: fc.tuple(
          ...FIELDS.map((name) => fc.constantFrom(...(fieldValues.get(name) ?? [null, 'x', 'y', '5']))),
        ),
      }),
      { maxLength: 40, size: 'max' },
    ),
  )
  .map((records): Message[] => {
    const taken = new Set<number>();
    return records.map(({ raw, ago, values }) => {
      let time = END - 1 - ago * 10_007;
      while (taken.has(time)) time--;
      taken.add(time);
      const fields = new Map<string, Value>([['_sourceCategory', 'Test/one']]);
      FIELDS.forEach((name, at) => {
        const value = values[at] ?? null;
        if (value !== null) fields.set(name, value);
      });
      return { raw, time, fields };
    });
  });

/** Rows of the lookup tables, `k` and `v`, with keys that occur and equal keys. */
export const TABLE_ROWS = [
  ['x', 'one'],
  ['X', 'two'],
  ['1', 'three'],
  ['x', 'four'],
  ['é', ''],
  ['10.0.0.1', 'inside'],
] as const;
