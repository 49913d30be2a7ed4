import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../auth/caller.ts';

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without the query string, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The `:name` segments of the route's path, decoded. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly caller: Caller;
  /** Aborted when the other side goes away before the answer is complete, or the server has to stop. */
  readonly signal: AbortSignal;
}

/** The value of a header, or null when it is missing or empty. Bytes that are UTF-8 are read as such. */
export function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  const text = (Array.isArray(value) ? value.join(', ') : value)?.trim();
  if (text === undefined || text === '') return null;
  return /[\u0080-\u00ff]/.test(text) ? utf8OrSame(text) : text;
}

/** Node reads headers as Latin-1. */
function utf8OrSame(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}

/** One `:name` segment of the path. */
export function parameter(exchange: Exchange, name: string): string {
  const value = exchange.parameters.get(name);
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}
