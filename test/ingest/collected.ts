import type { Batch } from '../../src/engine/columns/batch.ts';
import { valueAt } from '../../src/engine/columns/column.ts';
import type { Value } from '../../src/engine/columns/value.ts';
import type { ByteStream } from '../../src/ingest/byte-stream.ts';
import { compileSource } from '../../src/ingest/compile-source.ts';
import type { InputFormat } from '../../src/ingest/format.ts';
import { type InputSettings, ingestStream } from '../../src/ingest/ingest.ts';
import { Tally } from '../../src/ingest/receipt.ts';
import { readSourceConfig } from '../../src/ingest/source-config.ts';
import type { CompiledRules } from '../../src/rules/compile-rules.ts';

/** Wall clock of all ingest tests. */
export const NOW = Date.parse('2024-01-01T00:00:00Z');

/** One message by field name; only fields that its batch has. */
export type Row = ReadonlyMap<string, Value>;

/** What came out of an ingest. */
export interface Collected {
  readonly rows: readonly Row[];
  readonly tally: Tally;
}

/** Every row of a batch, copied. */
export function rowsOf(batch: Batch): Row[] {
  return Array.from(
    { length: batch.length },
    (_, row) => new Map(batch.schema.names.map((name, at) => [name, valueAt(batch.columns[at]!, row)])),
  );
}

/** Settings from a source definition in its plain form; throws when it has mistakes. */
export function settingsOf(config: unknown = {}, format: InputFormat = 'auto'): InputSettings {
  const read = readSourceConfig(config);
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const source = compileSource(read.value, NOW);
  if (!source.ok) throw new Error(source.problems.join('\n'));
  return { format, source: source.value, now: () => NOW };
}

/** Bytes in pieces of `size`, always in the same buffer: a reader that keeps a piece is found out. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
    buffer.fill(0x58);
  }
}

/** Runs a stream through ingest. */
export async function collect(
  input: string | Uint8Array | ByteStream,
  settings: InputSettings = settingsOf(),
  rules: CompiledRules | null = null,
): Promise<Collected> {
  const rows: Row[] = [];
  const tally = new Tally();
  const stream =
    typeof input === 'string' || input instanceof Uint8Array
      ? inPieces(typeof input === 'string' ? Buffer.from(input) : input, 1 << 16)
      : input;
  const request = {
    ...settings,
    rules,
    sink: async (batch: Batch) => {
      rows.push(...rowsOf(batch));
    },
  };
  await ingestStream(stream, null, request, tally);
  return { rows, tally };
}

/** The texts of all messages. */
export function texts({ rows }: Collected): Value[] {
  return column(rows, '_raw');
}

/** One field of all rows; undefined where a batch does not have it. */
export function column(rows: readonly Row[], name: string): Value[] {
  return rows.map((row) => row.get(name) ?? null);
}

/** Message times as ISO text; `receipt` where the receipt time was taken. */
export function times({ rows }: Collected): string[] {
  return column(rows, '_messageTime').map((time) =>
    time === NOW ? 'receipt' : new Date(Number(time)).toISOString(),
  );
}

/** Whether `read` equals `stored` plus everything skipped. */
export function addsUp(tally: Tally): boolean {
  let skipped = 0;
  for (const count of tally.skipped.values()) skipped += count;
  return tally.read === tally.stored + skipped;
}
