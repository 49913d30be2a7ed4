import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

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
export async function peek(
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
  const decoder = newDecoder(compression);
  let bytesIn = 0;
  let bytesOut = 0;
  let sourceFailure: unknown = null;
  const feeding = (async () => {
    try {
      for await (const chunk of stream) {
        bytesIn += chunk.length;
        // A copy, because the decoder reads it after the source has gone on.
        if (!decoder.write(Buffer.from(chunk))) await drained(decoder);
        if (decoder.destroyed) return;
      }
      decoder.end();
    } catch (failure) {
      sourceFailure = failure;
      decoder.destroy(failure instanceof Error ? failure : new Error(String(failure)));
    }
  })();
  try {
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      bytesOut += chunk.length;
      if (bytesOut > limits.maxBytes) {
        throw new InputProblem(`it unpacks to more than ${limits.maxBytes.toLocaleString('en-US')} bytes`);
      }
      if (bytesOut > limits.ratioFrom && bytesOut > bytesIn * limits.maxRatio) {
        throw new InputProblem(`it unpacks to more than ${limits.maxRatio} times its size`);
      }
      yield chunk;
    }
  } catch (failure) {
    if (failure instanceof InputProblem) throw failure;
    if (sourceFailure !== null) throw sourceFailure;
    throw new InputProblem(`its ${compression} data is damaged or cut short (${messageOf(failure)})`);
  } finally {
    decoder.destroy();
    await feeding;
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
    const done = () => {
      decoder.removeListener('drain', done);
      decoder.removeListener('close', done);
      resolve();
    };
    decoder.on('drain', done);
    decoder.on('close', done);
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
      throw new InputProblem(
        `it is larger than ${maxBytes.toLocaleString('en-US')} bytes, which must fit in memory`,
      );
    }
    pieces.push(chunk.slice());
  }
  return pieces.length === 1 ? pieces[0]! : new Uint8Array(Buffer.concat(pieces));
}

/** What an exception says, for a message to users. */
export function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
