import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textColumn, valuesOf } from '../../../src/engine/columns/column.ts';
import { acquireKernels, releaseKernels, withKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { extractJson } from '../../../src/engine/operators/json-extract.ts';
import { insideMemory } from './inside-memory.ts';

const value = fc.oneof(
  fc.constantFrom(
    '1',
    '-2.50',
    'true',
    'null',
    '""',
    '"x\\n"',
    '"é"',
    '[1, {"a":2}]',
    '{"a":{"b":[]}}',
    '{"b":1, "a":"x"}',
    '{"b":{"c":"deep","a":null},"a":{}}',
    '{ "b" : { "c" : 1 , "c" : 2 } }',
    '{"b":"\\t"}',
    '"\\u0041"',
  ),
  fc.constantFrom('01', 'nul', '"', '{', '[1', '1.'),
);
const object = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'long key', 'x\\u0061', 'a'), fc.constantFrom('', ' '), value), {
    maxLength: 4,
  })
  .map((entries) => `{${entries.map(([key, space, of]) => `"${key}"${space}:${space}${of}`).join(',')}}`);
/** Objects as one source writes them: of one shape, with other values. */
const alike = fc
  .record({
    a: fc.string({ maxLength: 40 }),
    number: fc.constantFrom('1', '-2.5e3', 'true', 'null', '"text"', '1.', '{}'),
    inside: fc.constantFrom('1', '"x"', 'null', '{}', '{"c":2}', '[]', '"\\t"'),
    end: fc.constantFrom('}', '}', '} ', ',"a":"again"}', ',"a":{"b":0}}', ']'),
  })
  .map(
    ({ a, number, inside, end }) =>
      `{"a": "${a}","n":${number}, "b":{"a":"${a.slice(0, 5)}", "c" : ${inside} } , "o":{"b":{}},"long key":"${a.slice(0, 9)}"${end}`,
  );
/** The same with an object under the key that others have a text under. */
const inside = fc
  .tuple(
    fc.string({ maxLength: 20 }),
    fc.constantFrom('1', '{"c":true}', '{"c": "x","a":[1]}', '{}', 'null', '"t"'),
    fc.constantFrom('', '', ',"a":1', ',"a":{"b":2}'),
  )
  .map(([text, value, more]) => `{"x":1,"a":{"b":${value},"a":"${text}"},"long key":"k"${more}}`);
const row = fc.oneof(
  object,
  { weight: 3, arbitrary: alike },
  { weight: 3, arbitrary: inside },
  fc.constantFrom('2 123 eni-1 ACCEPT OK', '', 'x {"a":1}', '[{"a":1}]', ' {"a":1} ', '{"a":1} x'),
);

const PATHS = [
  [['a'], ['long key'], ['none']],
  [['a', 'b'], ['long key'], ['a', 'a']],
  [
    ['a', 'b', 'c'],
    ['b', 'a'],
    ['a', 'b', 'a'],
  ],
  [['a'], ['a', 'b'], ['b']],
];

test.each(PATHS.map((paths) => [JSON.stringify(paths), paths] as const))(
  'the kernel finds what the general path finds: %s',
  (_, paths) => {
    const memory = acquireKernels();
    if (memory === null) throw new Error('the kernels are not built');
    const extract = extractJson(paths.map((path) => path.map((key) => ({ kind: 'key', key }))));
    fc.assert(
      fc.property(fc.array(fc.option(row, { freq: 10 }), { minLength: 1, maxLength: 20 }), (rows) => {
        const subject = textColumn(rows);
        const plain = extract(subject, [0, 1, 2]);
        memory.reset();
        const fast = withKernels(memory, () => extract(insideMemory(memory, subject), [0, 1, 2]));
        expect([...fast.outcome]).toEqual([...plain.outcome]);
        expect(fast.columns.map(valuesOf)).toEqual(plain.columns.map(valuesOf));
      }),
      { numRuns: 2500 },
    );
    releaseKernels(memory);
  },
);
