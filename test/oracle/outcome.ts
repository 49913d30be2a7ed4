import { messageBatch } from '../../src/engine/run/memory-source.ts';
import type { RunOptions } from '../../src/engine/run/options.ts';
import { MESSAGE_FIELDS } from '../../src/engine/source.ts';
import { collectRows, parseQuery, runQuery, type Source } from '../../src/index.ts';
import { memoryDocuments } from '../../src/lookups/document-store.ts';
import { createLookups } from '../../src/lookups/lookups.ts';
import { openStore } from '../../src/store/store.ts';
import { END } from '../spec-run.ts';
import { MemoryDisk } from '../store/memory-disk.ts';
import { type Message, TABLE_ROWS } from './generate-data.ts';
import { interpret, type World } from './interpret.ts';
import { saveToFile } from './saved-tables.ts';
import { type Row, rowOf, type Table, type Value } from './table.ts';

const DAY = 86_400_000;
const RANGE = { from: END - DAY, to: END };
const TABLES = ['https://example.com/t.csv', 'path:///t'];
const csv = `k,v\n${TABLE_ROWS.map((cells) => cells.join(',')).join('\n')}\n`;
const lookups = createLookups(memoryDocuments(), () => END);
await lookups.add('https://example.com/t.csv', 't.csv', new TextEncoder().encode(csv));
await lookups.add('path://"/t"', 't.csv', new TextEncoder().encode(csv));

const table = saveToFile(
  null,
  {
    rows: TABLE_ROWS.map(([k, v]) =>
      rowOf([
        ['k', k],
        ['v', v || null],
      ]),
    ),
    raw: false,
    names: ['k', 'v'],
  },
  false,
)!;
/** How queries run. */
export const options: RunOptions = { time: RANGE, now: () => END, lookups };

const world = (all: readonly Message[], options: RunOptions): World => ({
  messages: all,
  ...RANGE,
  ...options.time,
  now: END,
  zone: options.timeZone ?? 'UTC',
  tables: new Map([...TABLES, 'path://"/t"', '/t'].map((name) => [name, table])),
});

/** Names and values of a row without nulls; numbers as they are up to a little noise of summing. */
function printed(cells: Iterable<readonly [string, Value]>): string {
  const kept = [...cells].filter(([, value]) => value !== null);
  return JSON.stringify(
    kept
      .map(([name, value]) => [name.toLowerCase(), typeof value === 'number' ? rounded(value) : value])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}

function rounded(value: number): string {
  if (!Number.isFinite(value)) return `#${value}`;
  return `#${Math.abs(value) < 1e-9 ? 0 : Number(value.toPrecision(9))}`;
}

/** Fields that the interpreter does not make; ids are hashes of texts that are compared. */
const HIDDEN = new Set([
  ...MESSAGE_FIELDS.map((name) => name.toLowerCase()).filter(
    (name) => !['_raw', '_messagetime', '_sourcecategory'].includes(name),
  ),
  '_signature_id',
  '_cluster_id',
]);

/** The rows that the engine gives. */
export async function engineRows(
  text: string,
  source: Source,
  batchRows: number,
  more: RunOptions = {},
): Promise<string[]> {
  const { run, diagnostics } = await runQuery(text, source, { ...options, batchRows, ...more });
  if (run === null) throw new Error(`${text}\n${diagnostics.map(({ message }) => message).join('\n')}`);
  const { names, rows } = await collectRows(run);
  return rows.map((row) =>
    printed(
      names
        .map((name, at) => [name, row[at] ?? null] as const)
        .filter(([name]) => !HIDDEN.has(name.toLowerCase())),
    ),
  );
}

/** The rows of the interpreter as `engineRows` gives those of the engine. */
export const printedRows = (rows: readonly Row[]): string[] => rows.map((row) => printed(row.cells));

/** The table that the interpreter gives. */
export function expectedTable(
  text: string,
  all: readonly Message[],
  more: RunOptions = {},
  tables: World['tables'] = world(all, options).tables,
): Table {
  const { query, diagnostics } = parseQuery(text);
  if (query === null) throw new Error(`${text}\n${diagnostics.map(({ message }) => message).join('\n')}`);
  return interpret(query, { ...world(all, { ...options, ...more }), tables });
}

/** The rows that the interpreter gives. */
export function expectedRows(text: string, all: readonly Message[], more: RunOptions = {}): string[] {
  return printedRows(expectedTable(text, all, more).rows);
}

/** A store that got the messages in three parts, the last of them still in its log, opened again. */
export async function storedSource(
  all: readonly Message[],
): Promise<{ readonly source: Source; close(): Promise<void> }> {
  const disk = new MemoryDisk();
  const writer = await openStore('/store', { mode: 'write', disk, now: () => END });
  const third = Math.ceil(all.length / 3);
  for (const part of [all.slice(0, third), all.slice(third, 2 * third), all.slice(2 * third)]) {
    await writer.flush();
    if (part.length > 0) await writer.append(messageBatch(part));
  }
  const store = await openStore('/store', { mode: 'read', disk, now: () => END });
  return {
    source: store.source(),
    async close() {
      await store.close();
      await writer.close();
    },
  };
}
