import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textColumn } from '../../src/engine/columns/column.ts';
import { acquireKernels, releaseKernels, withKernels } from '../../src/engine/kernels/wasm/memory.ts';
import { compileSource } from '../../src/ingest/compile-source.ts';
import { recordTimes } from '../../src/ingest/record-times.ts';
import { DEFAULT_SOURCE } from '../../src/ingest/source-config.ts';
import { MessageTimes } from '../../src/ingest/timestamps.ts';
import { insideMemory } from '../engine/kernels/inside-memory.ts';

const record = fc
  .record({
    version: fc.constantFrom('2', '2', '2', 'x'),
    start: fc.constantFrom('1700000000', '1700000001', '1700000000123', '170000000', '-'),
    space: fc.constantFrom(' ', ' ', ' ', '  ', '\t'),
    more: fc.constantFrom('', '', '', ' OK'),
    address: fc.constantFrom('10.0.0.1', '-', '2001:db8::1'),
  })
  .map(
    ({ version, start, space, more, address }) =>
      `${version} 123 eni-1 ${address}${space}10.0.0.2 1 2 6 3 4 ${start} 1700000060 ACCEPT OK${more}`,
  );
const message = fc
  .tuple(record, fc.constantFrom('bare', 'json', 'json', 'later', 'spaced'))
  .map(([text, form]) => {
    if (form === 'json') return `{"message":"${text.replaceAll('\t', ' ')}","id":1}`;
    if (form === 'later') return `{"id":1,"message":"${text}"}`;
    return form === 'spaced' ? `{"message": "a \\" ${text}"}` : text;
  });

test('times of whole blocks are those of the messages one by one', () => {
  const kernels = acquireKernels();
  if (kernels === null) throw new Error('the kernels are not built');
  const source = compileSource(DEFAULT_SOURCE);
  if (!source.ok) throw new Error(source.problems.join());
  const times = new MessageTimes(source.value.times, 0);
  let known = 0;
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), fc.boolean(), (some, alike) => {
      const texts = alike ? some.map(() => some[0] ?? '') : some;
      kernels.reset();
      const { data, starts, ends, length } = insideMemory(kernels, textColumn(texts));
      const found = withKernels(kernels, () => recordTimes({ data, starts, ends, length }));
      if (found === null) throw new Error('the kernels were not used');
      const others = new Set(found.others);
      texts.forEach((_, row) => {
        if (others.has(row)) return;
        known++;
        expect(found.times[row]).toBe(times.timeOf(data, starts[row]!, ends[row]!));
      });
    }),
    { numRuns: 2000 },
  );
  releaseKernels(kernels);
  expect(known).toBeGreaterThan(100);
});
