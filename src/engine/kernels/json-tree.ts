import { decodeBytes } from './bytes.ts';
import { closingQuote, hasEscapes, skipSpace, unescapeString, valueEnd } from './json-text.ts';

/** A JSON value in place: what it is, where it lies, and what is in it. */
export type JsonNode =
  | { readonly kind: 'scalar'; readonly start: number; readonly end: number }
  | { readonly kind: 'string'; readonly start: number; readonly end: number }
  | {
      readonly kind: 'object';
      readonly start: number;
      readonly end: number;
      /** In order of first sight; of equal keys the last value. */
      readonly entries: ReadonlyMap<string, JsonNode>;
    }
  | {
      readonly kind: 'array';
      readonly start: number;
      readonly end: number;
      readonly items: readonly JsonNode[];
    };

/** The tree of a JSON text that `valueEnd` or `findJson` has checked. Spans of strings are without the quotes. */
export function jsonTree(data: Uint8Array, start: number, end: number): JsonNode {
  return readNode(data, start, end);
}

function readNode(data: Uint8Array, at: number, end: number): JsonNode {
  const first = data[at]!;
  if (first === 34) return { kind: 'string', start: at + 1, end: closingQuote(data, at + 1, end) };
  if (first === 123) return readObject(data, at, end);
  if (first === 91) return readArray(data, at, end);
  return { kind: 'scalar', start: at, end: valueEnd(data, at, end) };
}

function readObject(data: Uint8Array, start: number, end: number): JsonNode {
  const entries = new Map<string, JsonNode>();
  let at = skipSpace(data, start + 1, end);
  while (data[at] !== 125) {
    const quote = closingQuote(data, at + 1, end);
    const key = stringText(data, at + 1, quote);
    const colon = skipSpace(data, quote + 1, end);
    const value = readNode(data, skipSpace(data, colon + 1, end), end);
    entries.set(key, value);
    at = skipSpace(data, endOf(value), end);
    if (data[at] === 44) at = skipSpace(data, at + 1, end);
  }
  return { kind: 'object', start, end: at + 1, entries };
}

function readArray(data: Uint8Array, start: number, end: number): JsonNode {
  const items: JsonNode[] = [];
  let at = skipSpace(data, start + 1, end);
  while (data[at] !== 93) {
    const value = readNode(data, at, end);
    items.push(value);
    at = skipSpace(data, endOf(value), end);
    if (data[at] === 44) at = skipSpace(data, at + 1, end);
  }
  return { kind: 'array', start, end: at + 1, items };
}

/** The position after a value, its closing quote included. */
function endOf(node: JsonNode): number {
  return node.kind === 'string' ? node.end + 1 : node.end;
}

/** The text of a checked string's inside. */
export function stringText(data: Uint8Array, from: number, to: number): string {
  if (!hasEscapes(data, from, to)) return decodeBytes(data, from, to);
  const bytes = unescapeString(data, from, to);
  return decodeBytes(bytes, 0, bytes.length);
}
