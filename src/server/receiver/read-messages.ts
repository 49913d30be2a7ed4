import { setImmediate } from 'node:timers/promises';
import { type Batch, keepBatch } from '../../engine/columns/batch.ts';
import type { KernelMemory } from '../../engine/kernels/wasm/memory.ts';
import { grouped } from '../../grammar/counted.ts';
import { byteOrderMark, compressionOf } from '../../ingest/byte-stream.ts';
import { NO_ORIGIN } from '../../ingest/cloudwatch.ts';
import { detectFormat } from '../../ingest/format.ts';
import { StreamReading } from '../../ingest/ingest.ts';
import type { Origin } from '../../ingest/message-block.ts';
import { Tally } from '../../ingest/receipt.ts';
import type { CompiledRules } from '../../rules/compile-rules.ts';
import { HttpFailure } from '../http/http-failure.ts';
import { type Content, LIMITS_INSIDE } from './content.ts';
import type { HttpSource } from './http-sources.ts';
import { readLines } from './read-lines.ts';

/** The messages of one body, with the fields of the extraction rules. Nothing of it is stored yet. */
export interface ReadMessages {
  /** Those of one body may lie in the kernels' memory, until the next one is read. */
  readonly batches: readonly Batch[];
  readonly tally: Tally;
}

/** Bodies up to this many bytes are read in one piece, so that nothing of them must be copied. */
const PIECE = 4 << 20;
/** How much of the beginning tells the format. */
const HEAD = 65_536;
const MOST_MESSAGES = 2_000_000;

/**
 * Reads a body the way a file of the source would be, once. Throws an HttpFailure (413) for too many messages.
 * `kernels` are used while this has not resolved.
 */
export async function readMessages(
  body: Content,
  origin: Origin,
  { source, cloudwatch }: HttpSource,
  rules: CompiledRules | null,
  now: () => number,
  kernels: KernelMemory | null,
): Promise<ReadMessages> {
  const tally = new Tally();
  tally.bytesIn = body.length;
  const head = body.head(HEAD);
  const format = detectFormat(head);
  const inPieces = body.length > PIECE;
  // An event may say more of a message than the request does: then the request is what stands behind it.
  const isEvents = format === 'cloudwatch';
  const reading = new StreamReading(
    null,
    {
      format,
      source: { ...source, given: isEvents ? NO_ORIGIN : origin },
      cloudwatch: { ...cloudwatch, origin },
      limits: LIMITS_INSIDE,
      now,
    },
    tally,
  );
  const isLines = format === 'text' && source.framing.kind === 'lines' && isUtf8(head, source.encoding);
  if (isLines && !inPieces && kernels !== null) {
    const lines = readLines(body, kernels, reading.builder(), rules, tally);
    if (lines !== null) {
      body.free();
      return { batches: lines, tally };
    }
  }
  // Of a body in one piece that ends with a line there is one block, which nothing overwrites.
  const once = !inPieces && isLines;
  const batches: Batch[] = [];
  for await (const batch of reading.batches(pieces(body.whole, isLines))) {
    if (tally.read > MOST_MESSAGES) throw tooMany();
    const own = once ? batch : keepBatch(batch);
    batches.push(rules === null ? own : rules.apply(own, tally));
    tally.stored += batch.length;
    if (inPieces) await setImmediate();
  }
  return { batches, tally };
}

/** Whether a body that begins so is UTF-8 as it lies there: not packed once more, and without a mark of another encoding. */
function isUtf8(head: Uint8Array, encoding: string): boolean {
  const mark = byteOrderMark(head)?.encoding ?? 'utf-8';
  return /^utf-?8$/i.test(encoding) && mark === 'utf-8' && compressionOf(head) === null;
}

/** The body in pieces. A last line without an end gets one: it would become a batch of its own. */
async function* pieces(body: Buffer, isLines: boolean): AsyncGenerator<Uint8Array> {
  const open = isLines && body.length > 0 && body.at(-1) !== 10;
  if (body.length <= PIECE) {
    yield open ? Buffer.concat([body, Buffer.from('\n')]) : body;
    return;
  }
  for (let at = 0; at < body.length; at += PIECE) yield body.subarray(at, at + PIECE);
}

function tooMany(): HttpFailure {
  return new HttpFailure(
    413,
    'body.too.large',
    `the body has more than ${grouped(MOST_MESSAGES)} messages; send it in several requests`,
  );
}
