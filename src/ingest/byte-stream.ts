import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { reasonOf } from '../engine/reason-of.ts';
import { grouped } from '../grammar/counted.ts';

/** Bytes that come piece by piece. A piece may be overwritten once the next one is asked for. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** Caps against compressed bombs. */
export interface UnpackLimits {
  /** At most this many bytes come out of one stream. */
  readonly maxBytes: number;
  /** At most this many bytes out per byte in, looked at once `ratioFrom` bytes came out. */
  readonly maxRatio: number;
  readonly ratioFrom: number;
}

/** For files that the user names: generous, since logs that repeat themselves compress well. */
export const FILE_LIMITS: UnpackLimits = { maxBytes: 2 ** 40, maxRatio: 300, ratioFrom: 2 ** 28 };

/** A file or body that cannot be read to its end: the message says what was found. */
export class InputProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InputProblem';
  }
}

/** How a stream is compressed, by its first bytes. */
export type Compression = 'gzip' | 'zstd' | 'deflate';

/** Gzip and zstd by their magic numbers; a zstd skippable frame counts as zstd. */
export function compressionOf(head: Uint8Array): Compression | null {
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip';
  if (head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd && head[0] === 0x28) return 'zstd';
  if (head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18 && (head[0]! & 0xf0) === 0x50) return 'zstd';
  return null;
}

/** The first bytes of a stream (up to `want`, copied) and the same stream from its beginning. */
async function peek(
  stream: ByteStream,
  want: number,
): Promise<{ readonly head: Uint8Array; readonly stream: ByteStream }> {
  const iterator = stream[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (size < want) {
    const next = await iterator.next();
    if (next.done === true) break;
    pieces.push(next.value.slice());
    size += next.value.length;
  }
  const head = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head, stream: whole() };
}

/** The stream without compression, whatever it is wrapped in (at most three times). */
export async function unpack(
  stream: ByteStream,
  limits: UnpackLimits = FILE_LIMITS,
): Promise<{ readonly head: Uint8Array; readonly stream: ByteStream; readonly compressed: boolean }> {
  let plain = stream;
  for (let depth = 0; depth < 4; depth++) {
    const peeked = await peek(plain, HEAD_BYTES);
    const compression = compressionOf(peeked.head);
    if (compression === null) return { ...peeked, compressed: depth > 0 };
    plain = decompress(peeked.stream, compression, limits);
  }
  throw new InputProblem('it is compressed more than three times over');
}

/** What format detection gets to see. */
export const HEAD_BYTES = 65_536;

/** Decompresses a stream; several gzip members or zstd frames follow one another. Throws an InputProblem on bad or bloated data. */
export async function* decompress(
  stream: ByteStream,
  compression: Compression,
  limits: UnpackLimits,
): AsyncGenerator<Uint8Array> {
  const input = new PieceQueue(stream);
  let bytesOut = 0;
  try {
    do {
      for await (const chunk of decodedOnce(input, compression)) {
        bytesOut += chunk.length;
        if (bytesOut > limits.maxBytes) {
          throw new InputProblem(`it unpacks to more than ${grouped(limits.maxBytes)} bytes`);
        }
        if (bytesOut > limits.ratioFrom && bytesOut > input.bytes * limits.maxRatio) {
          throw new InputProblem(`it unpacks to more than ${limits.maxRatio} times its size`);
        }
        yield chunk;
      }
      // Node's zstd decoder ends with the first frame (its gzip decoder goes on by itself).
    } while (compression === 'zstd' && (await input.hasMore()));
  } finally {
    await input.close();
  }
}

/** A stream piece by piece, where pieces may be given back. */
class PieceQueue {
  /** Bytes that came from the stream. */
  bytes = 0;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #returned: Buffer[] = [];

  constructor(stream: ByteStream) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  /** The next piece, a copy; null at the end. */
  async next(): Promise<Buffer | null> {
    const returned = this.#returned.shift();
    if (returned !== undefined) return returned;
    const next = await this.#iterator.next();
    if (next.done === true) return null;
    this.bytes += next.value.length;
    // A copy, because the decoder reads it after the source has gone on.
    return Buffer.from(next.value);
  }

  giveBack(pieces: readonly Buffer[]): void {
    this.#returned = [...pieces.filter((piece) => piece.length > 0), ...this.#returned];
  }

  async hasMore(): Promise<boolean> {
    const piece = await this.next();
    if (piece !== null) this.giveBack([piece]);
    return piece !== null;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** What one decoder gives; bytes that it does not want go back to the input. */
async function* decodedOnce(input: PieceQueue, compression: Compression): AsyncGenerator<Buffer> {
  const decoder = newDecoder(compression);
  const feed = new Feed(input, decoder);
  const feeding = feed.run();
  try {
    for await (const chunk of decoder as AsyncIterable<Buffer>) yield chunk;
    feed.stop();
    await feeding;
    input.giveBack(feed.unread());
  } catch (failure) {
    if (feed.failure !== null) throw feed.failure;
    throw new InputProblem(`its ${compression} data is damaged or cut short (${reasonOf(failure)})`);
  } finally {
    feed.stop();
    decoder.destroy();
    await feeding;
  }
}

/** Writes an input into a decoder until either ends, and knows what the decoder left. */
class Feed {
  /** What the input threw, or null. */
  failure: unknown = null;
  readonly #input: PieceQueue;
  readonly #decoder: ReturnType<typeof newDecoder>;
  #stopped = false;
  /** Pieces that the decoder may not have read to their end; the first begins `#before` bytes in. */
  #written: Buffer[] = [];
  #before = 0;

  constructor(input: PieceQueue, decoder: ReturnType<typeof newDecoder>) {
    this.#input = input;
    this.#decoder = decoder;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    const decoder = this.#decoder;
    try {
      while (!this.#stopped && !decoder.destroyed) {
        const piece = await this.#input.next();
        if (this.#stopped || decoder.destroyed || decoder.readableEnded) {
          if (piece !== null) this.#input.giveBack([piece]);
          return;
        }
        if (piece === null) {
          decoder.end();
          return;
        }
        this.#forgetRead();
        this.#written.push(piece);
        if (!decoder.write(piece)) await drained(decoder);
      }
    } catch (failure) {
      this.failure = failure;
      decoder.destroy(failure instanceof Error ? failure : new Error(String(failure)));
    }
  }

  /** What was written and not read. */
  unread(): readonly Buffer[] {
    this.#forgetRead();
    const [first, ...rest] = this.#written;
    return first === undefined ? [] : [first.subarray(this.#decoder.bytesWritten - this.#before), ...rest];
  }

  #forgetRead(): void {
    for (;;) {
      const [first] = this.#written;
      if (first === undefined || this.#before + first.length > this.#decoder.bytesWritten) return;
      this.#before += first.length;
      this.#written.shift();
    }
  }
}

function newDecoder(compression: Compression) {
  const chunkSize = 1 << 18;
  switch (compression) {
    case 'gzip':
      return createGunzip({ chunkSize });
    case 'zstd':
      return createZstdDecompress({ chunkSize });
    case 'deflate':
      return createInflate({ chunkSize });
  }
}

function drained(decoder: NodeJS.WritableStream & { readonly destroyed?: boolean }): Promise<void> {
  return new Promise((resolve) => {
    if (decoder.destroyed === true) return resolve();
    const ends = ['drain', 'close', 'end'] as const;
    const done = () => {
      for (const event of ends) decoder.removeListener(event, done);
      resolve();
    };
    for (const event of ends) decoder.on(event, done);
  });
}

/** The stream turned from another character encoding into UTF-8. `encoding` is a label of the Encoding standard. */
export async function* transcode(stream: ByteStream, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of stream) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}

/** The encoding that a byte order mark announces, and its length; null without one. */
export function byteOrderMark(
  head: Uint8Array,
): { readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be'; readonly length: number } | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return null;
}

/** The stream without its first `bytes` bytes. */
export async function* skipBytes(stream: ByteStream, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const chunk of stream) {
    if (left >= chunk.length) {
      left -= chunk.length;
      continue;
    }
    yield left > 0 ? chunk.subarray(left) : chunk;
    left = 0;
  }
}

/** All bytes of a stream in one array. Throws an InputProblem past `maxBytes`. */
export async function collect(stream: ByteStream, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new InputProblem(`it is larger than ${grouped(maxBytes)} bytes, which must fit in memory`);
    }
    pieces.push(chunk.slice());
  }
  return pieces.length === 1 ? pieces[0]! : new Uint8Array(Buffer.concat(pieces));
}
