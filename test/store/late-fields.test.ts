import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { valuesOf } from '../../src/engine/columns/column.ts';
import type { Value } from '../../src/engine/columns/value.ts';
import type { ScanRequest } from '../../src/engine/source.ts';
import { type Arrival, arrivalText, compileArrival } from '../../src/rules/arrival.ts';
import { LateFields } from '../../src/store/late-fields.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { fieldIs, flowLines, keyword, messages, rawOf, request, rowsOf } from './messages.ts';

const NAMES = 'v,account,eni,src,dst,sp,dp,proto,packets,bytes,start,end,action,status';

function rule(name: string, scope: string, parse: string): Arrival['rules'][number] {
  return { name, description: null, appliedAt: 'ingest', scope, parse, enabled: true, examples: [] };
}

/** Rules over the message, over a field that it came with and over the clock, one that is not enabled, and a partition. */
const ARRIVAL: Arrival = {
  rules: [
    rule('flows', '_sourceCategory=flows', `parse "${'* '.repeat(14).trim()}" as ${NAMES} nodrop`),
    rule('given', '*', 'concat(given, "!") as given_too | now() as seen'),
    { ...rule('off', '*', 'parse "* " as off'), enabled: false },
  ],
  partitions: [{ name: 'rejected', scope: 'REJECT', removed: null }],
};

const LINES = flowLines(400, 9);
const batch = () =>
  messages(LINES, {
    category: 'flows',
    fields: new Map([['given', LINES.map((_, row) => (row % 3 === 0 ? null : `g${row % 5}`))]]),
  });

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'weir-late-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The rows in order of their messages, without fields that they do not have. */
async function rows(store: Store, part: Partial<ScanRequest> = {}): Promise<Record<string, Value>[]> {
  const found = (await rowsOf(store, part)).map((row) =>
    Object.fromEntries([...row].filter(([, value]) => value !== null).toSorted()),
  );
  return found.toSorted((a, b) => (String(a._raw) < String(b._raw) ? -1 : 1));
}

/** What a store gives that had the fields before the messages were stored. */
async function expectedRows(): Promise<Record<string, Value>[]> {
  const store = await openStore(temporary(), { mode: 'write' });
  const rules = compileArrival(ARRIVAL, () => 1_700_000_999_999) ?? expect.fail();
  await store.append(rules.apply(batch(), { extract() {}, flag() {}, warn() {} }));
  const found = await rows(store);
  await store.close();
  return found;
}

test('fields that are made later are the same in the log, after a crash and in a segment', async () => {
  const expected = await expectedRows();
  expect(
    expected.filter((row) => row.action === 'REJECT' && row._index === 'rejected').length,
  ).toBeGreaterThan(10);
  expect(expected.filter((row) => row.seen === 1_700_000_999_999).length).toBe(LINES.length);
  const directory = temporary();
  const late = await LateFields.of(arrivalText(ARRIVAL));
  const store = await openStore(directory, { mode: 'write' });
  await store.append(batch(), { late });
  expect(await rows(store)).toEqual(expected);
  expect(await rows(await openStore(directory, { mode: 'read' })), 'read from the log').toEqual(expected);
  const filter = fieldIs('action', 'REJECT');
  const rejected = await rawOf(store, { filter });
  expect(rejected).toEqual(LINES.filter((line) => line.includes('REJECT')).toSorted());
  expect(await rawOf(store, { filter: fieldIs('_index', 'rejected') })).toEqual(rejected);
  await store.flush();
  expect(await rows(store), 'in a segment').toEqual(expected);
  expect(await rawOf(store, { filter })).toEqual(rejected);
  await store.close();
});

test('the fields are those of the rules of the time of arrival', async () => {
  const store = await openStore(temporary(), { mode: 'write' });
  for (const name of ['old', 'new']) {
    const arrival = { rules: [rule('r', '*', `parse "user=*" as ${name}`)], partitions: [] };
    await store.append(messages([`user=${name}`]), { late: await LateFields.of(arrivalText(arrival)) });
  }
  const users = [{ new: 'new' }, { old: 'old' }];
  expect(await rows(store)).toMatchObject(users);
  await store.flush();
  expect(await rows(store)).toMatchObject(users);
  await store.close();
});

test('another thread makes the fields of a large log', async () => {
  const expected = await expectedRows();
  const store = await openStore(temporary(), { mode: 'write' });
  const late = await LateFields.of(arrivalText(ARRIVAL));
  const copies = 340; // enough for a thread
  for (let copy = 0; copy < copies; copy++) await store.append(batch(), { late });
  await store.flush();
  expect((await store.info()).unflushed).toBe(0);
  const found = await rows(store, { filter: keyword('NODATA') });
  const odd = expected.filter(({ _raw }) => String(_raw).includes('NODATA'));
  expect(found.length).toBe(copies * odd.length);
  expect(found.filter((_, row) => row % copies === 0)).toEqual(odd);
  await store.close();
}, 60_000);

test('rules that cannot be read any more cost their fields, not the messages', async () => {
  const directory = temporary();
  const store = await openStore(directory, { mode: 'write' });
  const late = (await LateFields.of(arrivalText(ARRIVAL))) ?? expect.fail();
  const unreadable = Object.create(late, {
    text: { value: '{"rules":[{"enabled":true,"scope":"("}],"partitions":[]}' },
  });
  await store.append(messages(['kept']), { late: unreadable });
  const reader = await openStore(directory, { mode: 'read' });
  expect(await rawOf(reader)).toEqual(['kept']);
});

test('a scan sees the messages of its beginning, whatever is flushed and appended meanwhile', async () => {
  const store = await openStore(temporary(), { mode: 'write', flushBytes: 1 << 40 });
  const lines = (round: number) =>
    Array.from({ length: 40 }, (_, row) => `round ${round} row ${row} ${'x'.repeat(900)}`);
  const sent: string[] = [];
  const send = async (round: number) => {
    sent.push(...lines(round));
    await store.append(messages(lines(round)));
  };
  for (let round = 0; round < 5; round++) await send(round);
  const scan = await store.source().scan(request({ fields: ['_raw'], filter: keyword('round') }));
  const batches = scan.batches()[Symbol.asyncIterator]();
  const first = await batches.next();
  const seen = first.done === true ? expect.fail() : [first.value];
  // The memory of the first log would be taken for the third one.
  for (let round = 5; round < 12; round++) {
    await store.flush();
    await send(round);
  }
  const texts = seen.flatMap((one) => valuesOf(one.columns[0]!));
  for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
    texts.push(...valuesOf(next.value.columns[0]!));
  }
  expect(texts).toEqual(sent.slice(0, 200));
  expect((await rawOf(store)).length).toBe(sent.length);
  await store.close();
});
