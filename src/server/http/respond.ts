import type { ServerResponse } from 'node:http';
import type { Exchange } from './exchange.ts';

/** Nothing in an answer for programs may run, be framed or be kept. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Pages load their one script and one style sheet from here and nothing else. Only style attributes
 * (places on a grid, colours of bars) are written in the markup.
 */
const PAGE_POLICY =
  "default-src 'self'; style-src-attr 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), microphone=(), geolocation=()'],
];

/** The headers of every answer, whatever it holds. */
export function setSecurityHeaders(response: ServerResponse, policy = API_POLICY): void {
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
  response.setHeader('content-security-policy', policy);
  response.setHeader('cache-control', 'no-store');
}

export type Headers = Readonly<Record<string, string>>;

/** Answers with text of some type. */
export function send(
  { response }: Pick<Exchange, 'response'>,
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Headers = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

/** The content type of JSON. */
export const JSON_TYPE = 'application/json; charset=utf-8';

export function sendJson(
  exchange: Pick<Exchange, 'response'>,
  status: number,
  value: unknown,
  headers: Headers = {},
): void {
  send(exchange, status, JSON_TYPE, JSON.stringify(value), headers);
}

export function sendText(
  exchange: Pick<Exchange, 'response'>,
  status: number,
  text: string,
  headers: Headers = {},
): void {
  send(exchange, status, 'text/plain; charset=utf-8', text, headers);
}

/** Answers without a body. */
export function sendNothing({ response }: Pick<Exchange, 'response'>, status: number): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  if (status !== 204) response.setHeader('content-length', 0);
  response.end();
}

/** Answers with a page of ours. */
export function sendPage(exchange: Pick<Exchange, 'response'>, status: number, html: string): void {
  if (!exchange.response.headersSent) setSecurityHeaders(exchange.response, PAGE_POLICY);
  send(exchange, status, 'text/html; charset=utf-8', html);
}
