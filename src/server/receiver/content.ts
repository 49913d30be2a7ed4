import type { IncomingMessage } from 'node:http';
import { grouped } from '../../grammar/counted.ts';
import {
  type ByteStream,
  type Compression,
  compressionOf,
  decompress,
  type UnpackLimits,
} from '../../ingest/byte-stream.ts';
import { HttpFailure, tooBusy } from '../http/http-failure.ts';
import type { InFlight } from '../http/in-flight.ts';
import { type BodyLimits, bodyStream } from '../http/read-body.ts';

/** Caps against compressed bombs. */
export interface ContentLimits extends BodyLimits {
  /** Bytes that may come out of one body. */
  readonly maxUnpacked: number;
}

/** A body in the pieces in which it came. Large bodies are put together only where somebody needs them whole. */
export class Content {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  #whole: Buffer | null = null;

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces;
    this.length = pieces.reduce((size, piece) => size + piece.length, 0);
  }

  /** All of it in one piece. */
  get whole(): Buffer {
    this.#whole ??= joined(this.pieces, this.length);
    return this.#whole;
  }

  /** The first bytes, at most so many. */
  head(bytes: number): Uint8Array {
    const [first] = this.pieces;
    if (first === undefined || first.length >= bytes || this.pieces.length === 1) {
      return first?.subarray(0, bytes) ?? new Uint8Array(0);
    }
    return Buffer.concat(this.pieces, Math.min(bytes, this.length));
  }

  /** The last byte; undefined when there is none. */
  get last(): number | undefined {
    return this.pieces.findLast((piece) => piece.length > 0)?.at(-1);
  }

  /**
   * Frees the memory of the pieces, which must not be looked at any more. Waiting for the collector
   * costs more than everything else that is done with a body: every 64 MB it goes through the whole heap.
   */
  free(): void {
    for (const { buffer, byteLength } of this.pieces) {
      if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
    }
  }

  /** Copies all of it to `at`. */
  copyTo(bytes: Uint8Array, at: number): void {
    let next = at;
    for (const piece of this.pieces) {
      bytes.set(piece, next);
      next += piece.length;
    }
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Buffer {
  const [first] = pieces;
  return pieces.length === 1 && Buffer.isBuffer(first) ? first : Buffer.concat(pieces, length);
}

/** What may tell how a body is packed. */
const MAGIC_BYTES = 4;

/** At most this many bytes out per byte in, looked at from this many bytes on. */
const MAX_RATIO = 200;
const RATIO_FROM = 16 << 20;
/** Caps for what is packed once more inside a body. */
export const LIMITS_INSIDE: UnpackLimits = {
  maxBytes: 256 << 20,
  maxRatio: MAX_RATIO,
  ratioFrom: RATIO_FROM,
};
const NO_LIMITS = { maxBytes: Infinity, maxRatio: Infinity, ratioFrom: Infinity };

/** How the body is packed, by its Content-Encoding. Throws an HttpFailure (415) for a way that is not known. */
function contentEncoding(request: IncomingMessage): Compression | null {
  const text = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  switch (text) {
    case '':
    case 'none':
    case 'identity':
      return null;
    case 'gzip':
    case 'x-gzip':
      return 'gzip';
    case 'deflate':
      return 'deflate';
    case 'zstd':
      return 'zstd';
    default:
      throw new HttpFailure(
        415,
        'contentencoding.invalid',
        `the content encoding \`${text.slice(0, 60)}\` is not known; send gzip, deflate, zstd or none`,
      );
  }
}

/** Refuses metrics and OTLP (415): only logs, as text, are kept here. */
export function refuseMetrics(request: IncomingMessage): void {
  const type = (request.headers['content-type'] ?? '').toLowerCase();
  if (
    !/^application\/(?:vnd\.sumologic\.(?:carbon2|graphite|prometheus)|(?:x-|vnd\.google\.)?protobuf|openmetrics-text)/.test(
      type,
    )
  ) {
    return;
  }
  throw new HttpFailure(
    415,
    'contenttype.invalid',
    `\`${type.split(';')[0]!.slice(0, 80)}\` is a type of metrics or OTLP; this server takes logs, as text`,
  );
}

/**
 * The body, unpacked. A body that is packed without saying so is unpacked all the same. Throws
 * an HttpFailure; `held.bytes` is what was taken from the InFlight, for the caller to give back.
 */
export async function readContent(
  request: IncomingMessage,
  limits: ContentLimits,
  held: { bytes: number },
): Promise<Content> {
  const encoding = contentEncoding(request);
  const body = bodyStream(request, limits, held);
  if (encoding !== null) return await unpacked(body, encoding, limits, held);
  const plain = new Content(await collected(body));
  const hidden = compressionOf(plain.head(MAGIC_BYTES));
  return hidden === null ? plain : await unpacked(once(plain.whole), hidden, limits, held);
}

async function unpacked(
  packed: ByteStream,
  compression: Compression,
  limits: ContentLimits,
  held: { bytes: number },
): Promise<Content> {
  let bytesIn = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of packed) {
      bytesIn += piece.length;
      yield piece;
    }
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of decompress(counted(), compression, NO_LIMITS)) {
    size += piece.length;
    if (size > limits.maxUnpacked || (size > RATIO_FROM && size > bytesIn * MAX_RATIO)) throw bomb(size);
    hold(piece.length, limits.inFlight, held);
    pieces.push(piece);
  }
  return new Content(pieces);
}

/** Counts bytes that a request takes beside its body. Throws an HttpFailure (429) when there is no room. */
export function hold(bytes: number, inFlight: InFlight, held: { bytes: number }): void {
  if (!inFlight.take(bytes)) {
    throw tooBusy('the server holds as many messages as it can; send again in a moment');
  }
  held.bytes += bytes;
}

function bomb(size: number): HttpFailure {
  return new HttpFailure(
    413,
    'body.too.large',
    `the body unpacks to more than ${grouped(size)} bytes, which is too much; send it in several requests`,
  );
}

async function collected(stream: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
