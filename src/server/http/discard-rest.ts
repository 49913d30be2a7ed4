import type { IncomingMessage, ServerResponse } from 'node:http';

/** Milliseconds for which a sender whose bytes are not wanted gets to see the answer. */
export const PATIENCE = 2000;
/** At most this much of a body that is not wanted is read. */
const MOST = 64 << 20;

/**
 * Reads what is left of a body after its answer, for a while: a sender that is still busy sending when
 * the connection closes would see a broken connection in place of the answer.
 */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  let left = MOST;
  const end = () => socket.destroy();
  const timer = setTimeout(end, PATIENCE);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) end();
  });
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  if (!response.writableEnded) return;
  request.resume();
}
