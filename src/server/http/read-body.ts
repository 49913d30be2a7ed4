import type { IncomingMessage } from 'node:http';
import { reasonOf } from '../../engine/reason-of.ts';
import { grouped } from '../../grammar/counted.ts';
import { HttpFailure, tooBusy } from './http-failure.ts';
import type { InFlight } from './in-flight.ts';

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** Milliseconds for the whole body, so that slow senders do not hold their place for ever. */
  readonly timeout: number;
  readonly inFlight: InFlight;
}

/**
 * The body of a request as it comes. Throws an HttpFailure: 413 when it is too large, 408 when it is
 * too slow or its sender goes away, 429 when too much is being read already; the rest of the body is
 * then still to come. `held.bytes` is what was taken from the InFlight; the caller gives it back.
 */
export async function* bodyStream(
  request: IncomingMessage,
  limits: BodyLimits,
  held: { bytes: number },
): AsyncGenerator<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.maxBytes) throw tooLarge(limits.maxBytes);
  const deadline = Date.now() + limits.timeout;
  let size = 0;
  for (;;) {
    const chunk = request.read() as Buffer | null;
    if (chunk === null) {
      if (request.readableEnded) return;
      if (request.destroyed || request.errored !== null) throw gone();
      if (!(await moreToRead(request, deadline - Date.now()))) throw tooSlow(limits.timeout);
      continue;
    }
    size += chunk.length;
    if (size > limits.maxBytes) throw tooLarge(limits.maxBytes);
    if (!limits.inFlight.take(chunk.length)) {
      throw tooBusy('the server holds as many messages as it can; send again in a moment');
    }
    held.bytes += chunk.length;
    yield chunk;
    if (Date.now() > deadline) throw tooSlow(limits.timeout);
  }
}

const READ_EVENTS = ['readable', 'end', 'close', 'error'] as const;

/** Waits until there is something to read, or nothing any more; false when that took too long. */
function moreToRead(request: IncomingMessage, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (inTime: boolean) => {
      clearTimeout(timer);
      for (const event of READ_EVENTS) request.off(event, happened);
      resolve(inTime);
    };
    const happened = () => done(true);
    const timer = setTimeout(() => done(false), Math.max(0, milliseconds));
    for (const event of READ_EVENTS) request.on(event, happened);
  });
}

function tooLarge(maxBytes: number): HttpFailure {
  return new HttpFailure(
    413,
    'body.too.large',
    `the body has more than ${grouped(maxBytes)} bytes; send it in several requests`,
  );
}

function tooSlow(timeout: number): HttpFailure {
  return new HttpFailure(408, 'request.timeout', `the request did not end within ${timeout / 1000} seconds`);
}

function gone(): HttpFailure {
  return new HttpFailure(408, 'request.incomplete', 'the connection ended before the body did');
}

/** A small body as JSON. Throws an HttpFailure: 415 when it is called something else, 400 when it is none. */
export async function readJson(
  request: IncomingMessage,
  inFlight: InFlight,
  maxBytes = 4 << 20,
): Promise<unknown> {
  // A page of another site can send any text, but not under this name, without being asked for permission.
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpFailure(415, 'contenttype.invalid', 'the content type must be `application/json`');
  }
  const held = { bytes: 0 };
  try {
    const pieces: Buffer[] = [];
    for await (const chunk of bodyStream(request, { inFlight, maxBytes, timeout: 30_000 }, held))
      pieces.push(chunk);
    return JSON.parse(Buffer.concat(pieces).toString('utf8')) as unknown;
  } catch (failure) {
    if (failure instanceof HttpFailure) throw failure;
    throw new HttpFailure(400, 'json.invalid', `the body is no JSON: ${reasonOf(failure)}`);
  } finally {
    inFlight.give(held.bytes);
  }
}

/** The entries of a body that is an object; of anything else there are none. */
export function entriesOf(body: unknown): ReadonlyMap<string, unknown> {
  return new Map(
    typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.entries(body) : [],
  );
}
