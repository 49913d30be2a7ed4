import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const HEADER = 'x-request-id';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Names a request, for its answer and the log: as its sender does, or `7Q2XK-…`, as clients show it to people. */
export function nameRequest(request: IncomingMessage, response: ServerResponse): void {
  const given = request.headers[HEADER];
  const usable = typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given);
  response.setHeader(HEADER, usable ? given : newId());
}

/** The name of the request that is answered. */
export function requestId(response: ServerResponse): string {
  return String(response.getHeader(HEADER) ?? '');
}

function newId(): string {
  const letters = Array.from(randomBytes(15), (byte) => LETTERS[byte % LETTERS.length]).join('');
  return `${letters.slice(0, 5)}-${letters.slice(5, 10)}-${letters.slice(10)}`;
}
