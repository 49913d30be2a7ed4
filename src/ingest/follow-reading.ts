import { type Batch, keepBatch } from '../engine/columns/batch.ts';
import type { CompiledRules } from '../rules/compile-rules.ts';
import { byteOrderMark, compressionOf, transcode } from './byte-stream.ts';
import { FlowHeaders } from './flow-headers.ts';
import { type FlowLayout, headerLayout, latin1 } from './flow-layout.ts';
import { detectFormat, type ReadFormat } from './format.ts';
import { type InputSettings, StreamReading, widen } from './ingest.ts';
import { type FirstLine, type Framing, LineFramer } from './line-framer.ts';
import type { MessageBlock } from './message-block.ts';
import type { Tally } from './receipt.ts';

/** How a followed file is read, or why it is not. */
export type FollowedFormat =
  | { readonly kind: 'read'; readonly format: ReadFormat }
  | { readonly kind: 'not'; readonly why: string };

/** What can be said by the first bytes of a file. */
export function followedFormat(head: Uint8Array, settings: InputSettings): FollowedFormat {
  const compression = compressionOf(head);
  if (compression !== null) return { kind: 'not', why: `it is compressed (${compression})` };
  const mark = byteOrderMark(head);
  if (mark !== null && mark.encoding !== 'utf-8') return { kind: 'not', why: `it is ${mark.encoding} text` };
  const format = settings.format === 'auto' ? detectFormat(head) : settings.format;
  if (format === 'parquet') return { kind: 'not', why: 'it is a Parquet file' };
  return { kind: 'read', format };
}

/** A message of several lines ends when nothing follows for this many ms. */
export const QUIET = 1000;
/** A message of several lines that is longer than this does not wait for its end. */
const LONGEST_WAIT_BYTES = 1 << 20;

/**
 * How many of these bytes are whole messages. A last line without its end waits. The last message of
 * several lines waits for the next one, or until the file was `quiet`.
 */
export function wholeMessages(bytes: Buffer, framing: Framing, quiet: boolean): number {
  const lines = bytes.lastIndexOf(10) + 1;
  if (framing.kind !== 'multiline' || quiet || lines === 0) return lines;
  let first: FirstLine | null = null;
  let lastStart = 0;
  for (let start = 0; start < lines; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline > start && bytes[newline - 1] === 13 ? newline - 1 : newline;
    if (first === null || framing.isFirst(bytes, start, end, first)) {
      first = { start, end };
      lastStart = start;
    }
    start = newline + 1;
  }
  return lastStart === 0 && lines > LONGEST_WAIT_BYTES ? lines : lastStart;
}

/** Messages made of some bytes of a followed file. */
export interface FollowedMessages {
  readonly batches: readonly Batch[];
  /** The flow log header in force after them. */
  readonly header: string | null;
}

/** What is known of the place the bytes come from. */
export interface Place {
  readonly name: string;
  readonly format: ReadFormat;
  /** The flow log header in force before them. */
  readonly header: string | null;
  /** Whether they begin the file. */
  readonly first: boolean;
}

/** Makes messages of whole lines, as reading the file in one go would. The batches have arrays of their own. */
export async function readFollowed(
  bytes: Uint8Array,
  place: Place,
  settings: InputSettings,
  rules: CompiledRules | null,
  tally: Tally,
): Promise<FollowedMessages> {
  const batches: Batch[] = [];
  const keep = (batch: Batch): void => {
    const own = keepBatch(batch);
    batches.push(rules === null ? own : keepBatch(rules.apply(own, tally)));
    tally.stored += batch.length;
    widen(tally, batch);
  };
  tally.bytesIn += bytes.length;
  const reading = new StreamReading(place.name, { ...settings, format: place.format }, tally);
  if (place.format !== 'text' || settings.source.framing.kind !== 'lines') {
    for await (const batch of reading.batches(once(bytes))) keep(batch);
    return { batches, header: place.header };
  }
  const inForce = place.first ? undefined : layoutOf(place.header);
  const headers = new FlowHeaders(tally, inForce);
  const builder = reading.builder();
  const framer = new LineFramer(settings.source.framing, tally);
  const build = (block: MessageBlock | null): void => {
    for (const part of block === null ? [] : headers.split(block)) {
      const batch = builder.build(part);
      if (batch !== null) keep(batch);
    }
  };
  const mark = place.first ? (byteOrderMark(bytes)?.length ?? 0) : 0;
  build(framer.add(await asUtf8(bytes.subarray(mark), settings.source.encoding)));
  build(framer.finish());
  const { layout } = headers;
  return { batches, header: layout === null ? null : latin1(layout.header, 0, layout.header.length) };
}

function layoutOf(header: string | null): FlowLayout | null {
  const bytes = Buffer.from(header ?? '', 'latin1');
  return header === null ? null : headerLayout(bytes, 0, bytes.length, true);
}

async function asUtf8(bytes: Uint8Array, encoding: string): Promise<Uint8Array> {
  if (/^utf-?8$/i.test(encoding)) return bytes;
  const pieces: Uint8Array[] = [];
  for await (const piece of transcode(once(bytes), encoding)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
