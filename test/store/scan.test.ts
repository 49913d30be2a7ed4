import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBatches, selectRows } from '../../src/engine/columns/batch.ts';
import { valuesOf } from '../../src/engine/columns/column.ts';
import { compileScope } from '../../src/engine/scope/compile.ts';
import type { Scope } from '../../src/grammar/ast.ts';
import { openSharedStore, type SharedStore } from '../../src/store/shared-store.ts';
import { openStore } from '../../src/store/store.ts';
import { MemoryDisk } from './memory-disk.ts';
import {
  both,
  either,
  everything,
  fieldIs,
  flowLines,
  flowMessages,
  keyword,
  messages,
  not,
  rawOf,
  request,
  rowsOf,
} from './messages.ts';

interface Message {
  readonly line: string;
  readonly time: number;
  readonly category: string;
}

const words = [
  'ACCEPT',
  'reject',
  'eni-1',
  '10.0.0.1',
  '10.0.0.2',
  '443',
  '22',
  'x',
  'Ünï',
  '',
  'a_b',
  '{',
  '-',
];
const line = fc.oneof(
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(' ')),
  fc
    .tuple(fc.constantFrom(...words), fc.constantFrom(...words))
    .map(([a, b]) => JSON.stringify({ a, b, n: 7 })),
);
const message: fc.Arbitrary<Message> = fc.record({
  line,
  time: fc.nat({ max: 9 }).map((second) => 1_700_000_000_000 + second * 1000),
  category: fc.constantFrom('AWS/VPC', 'aws/elb', 'other'),
});
const leaf: fc.Arbitrary<Scope> = fc.oneof(
  fc
    .constantFrom(...words.filter((word) => word !== ''), 'eni*', '*0.0*', '4?3', 'none')
    .map((word) => keyword(word)),
  fc.tuple(fc.constantFrom(...words), fc.constantFrom(...words)).map((pair) => keyword(pair.join(' '), true)),
  fc
    .tuple(
      fc.constantFrom('_sourceCategory', 'first', 'nofield'),
      fc.constantFrom('aws/*', 'OTHER', '443', '10.0.0.1', '*', 'a?b'),
    )
    .map(([field, value]) => fieldIs(field, value)),
  fc.constant(everything),
);
const scope = fc.letrec<{ scope: Scope }>((tie) => ({
  scope: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tie('scope'), tie('scope')).map(([a, b]) => both(a, b)),
    fc.tuple(tie('scope'), tie('scope')).map(([a, b]) => either(a, b)),
    tie('scope').map(not),
  ),
})).scope;

test('law: a scan finds what the scope keeps of all messages, in any order and newest first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.array(message, { minLength: 1, maxLength: 40 }), fc.boolean()), {
        minLength: 1,
        maxLength: 4,
      }),
      scope,
      fc.option(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 10 })), { nil: null }),
      fc.option(fc.nat({ max: 8 }), { nil: null }),
      async (parts, filter, window, limit) => {
        const store = await openStore('/store', { mode: 'write', disk: new MemoryDisk() });
        const batches = parts.flatMap(([rows]) =>
          rows.map(({ line: text, time, category }) =>
            messages([text], {
              category,
              times: [time],
              fields: new Map([['first', [text.split(' ')[0]!]]]),
            }),
          ),
        );
        let next = 0;
        for (const [rows, flush] of parts) {
          await store.append([concatBatches(batches.slice(next, next + rows.length))]);
          next += rows.length;
          if (flush) await store.flush();
        }
        const all = concatBatches(batches);
        const time =
          window === null
            ? { from: -Infinity, to: Infinity }
            : { from: 1_700_000_000_000 + window[0] * 1000, to: 1_700_000_000_000 + window[1] * 1000 };
        const kept = compileScope(filter)(all);
        const found = kept === null ? all : selectRows(all, kept);
        const raw = valuesOf(found.columns[0]!);
        const times = valuesOf(found.columns[1]!).map(Number);
        const rows = raw
          .map((text, row) => ({ text, time: times[row]!, row }))
          .filter((row) => row.time >= time.from && row.time < time.to);
        expect(await rawOf(store, { filter, time })).toEqual(rows.map(({ text }) => text).toSorted());
        const newest = rows.toSorted((a, b) => b.time - a.time || b.row - a.row).map(({ text }) => text);
        expect(await rawOf(store, { filter, time, order: 'newest', limit })).toEqual(
          newest.slice(0, limit ?? undefined),
        );
        await store.close();
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);

test('a scan reads the fields that it is asked for, by any spelling, and null for what a row has not', async () => {
  const store = await openStore('/store', { mode: 'write', disk: new MemoryDisk() });
  await store.append(flowMessages(flowLines(10)));
  await store.append(messages(['plain']));
  await store.flush();
  const rows = await rowsOf(store, { fields: ['SRC_IP', '_messagetime', 'nothing'] });
  expect([...rows[0]!.keys()]).toEqual(['_messageTime', 'src_ip']);
  expect(rows.filter((row) => row.get('src_ip') === null).length).toBe(1);
  expect(await store.source().fields()).toContain('src_ip');
  expect(await store.source().timeRange()).not.toBe(null);
  await store.close();
});

test('time, category and words skip segments and blocks', async () => {
  const store = await openStore('/store', { mode: 'write', disk: new MemoryDisk() });
  for (const [category, offset, word] of [
    ['a', 0, 'apple'],
    ['b', 1e6, 'pear'],
    ['c', 2e6, 'plum'],
  ] as const) {
    const lines = Array.from({ length: 500 }, (_, row) => `${word} number ${row}`);
    await store.append(
      messages(lines, { category, times: lines.map((_, row) => 1_700_000_000_000 + offset + row) }),
    );
    await store.flush();
  }
  const skipped = async (
    part: Parameters<typeof request>[0],
  ): Promise<[rows: number, skipped: number, segments: number]> => {
    const scan = await store.source().scan(request({ fields: ['_raw'], ...part }));
    for await (const batch of scan.batches()) expect(batch.length).toBeGreaterThan(0);
    const { rows, bytesSkipped, segmentsSkipped } = scan.statistics();
    return [rows, bytesSkipped, segmentsSkipped];
  };
  expect(await skipped({})).toEqual([1500, 0, 0]);
  expect((await skipped({ filter: fieldIs('_sourceCategory', 'B') }))[2]).toBe(2);
  expect((await skipped({ time: { from: 1_700_000_000_000, to: 1_700_000_000_100 } }))[2]).toBe(2);
  const [plums, without] = await skipped({ filter: keyword('plum') });
  const [cherries, all] = await skipped({ filter: keyword('cherry') });
  expect([plums, cherries]).toEqual([500, 0]);
  expect(all).toBeGreaterThan(without);
  expect(without).toBeGreaterThan(all / 2);
  await store.close();
});

test('a scan ends early when it is aborted', async () => {
  const store = await openStore('/store', { mode: 'write', disk: new MemoryDisk() });
  for (let part = 0; part < 3; part++) {
    await store.append(messages([`part ${part}`]));
    await store.flush();
  }
  const abort = new AbortController();
  const scan = await store.source().scan(request({ signal: abort.signal }));
  let batches = 0;
  for await (const batch of scan.batches()) {
    batches += batch.length;
    abort.abort();
  }
  expect(batches).toBe(1);
  await store.close();
});

test('two threads that share a scan read each row once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weir-store-'));
  try {
    const store = await openStore(directory, { mode: 'write' });
    const lines = flowLines(3000, 10);
    for (let part = 0; part < 8; part++) {
      await store.append(flowMessages(lines.slice(part * 300, part * 300 + 300)));
      await store.flush();
    }
    // The first two are joined, so only this thread has them.
    for (const from of [2400, 2600, 2800]) await store.append(flowMessages(lines.slice(from, from + 200)));
    const wanted = request({ fields: ['_raw'], filter: not(keyword('reject')) });
    const shared = await store.source().share(wanted);
    expect((shared!.input as SharedStore).tail).toHaveLength(1);
    const other = openSharedStore(shared!.input as SharedStore, shared!.counter, wanted);
    const found: unknown[] = [];
    const mine = shared!.scan.batches()[Symbol.asyncIterator]();
    const others = other.batches()[Symbol.asyncIterator]();
    // In turn first, then one of them takes what is left.
    for (const batches of [mine, others, others, mine, mine, others]) {
      const next = await batches.next();
      if (next.done !== true) found.push(...valuesOf(next.value.columns[0]!));
    }
    for (const batches of [mine, others]) {
      for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
        found.push(...valuesOf(next.value.columns[0]!));
      }
    }
    const expected = lines.filter((text) => !text.includes('REJECT'));
    expect(found.toSorted()).toEqual(expected.toSorted());
    await store.close();
  } finally {
    await rm(directory, { recursive: true });
  }
});
