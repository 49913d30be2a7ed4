import {
  closingQuote,
  hasEscapes,
  JSON_DEPTH,
  literalEnd,
  numberEnd,
  skipSpace,
  unescapeString,
  valueEnd,
} from './json-text.ts';

/** Where a value lies: a key of an object or an index of an array, step by step from the root. */
export type ScanPath = readonly (string | number)[];

/** What a scan found for one path. */
export const MISSING = 0;
/** A number or boolean, as written. */
const PLAIN = 1;
/** A string without escapes; the span is without quotes. */
const STRING = 2;
/** A string with escapes; the span is without quotes. */
export const ESCAPED = 3;
/** An object or array. */
export const NESTED = 4;
export const NULL = 5;

interface TrieNode {
  readonly outputs: number[];
  /** Outputs here and below: what a later key of the same name takes back. */
  readonly below: number[];
  readonly keys: { readonly bytes: Uint8Array; readonly node: TrieNode }[];
  readonly items: { readonly index: number; readonly node: TrieNode }[];
}

/**
 * Finds the values of several paths in one walk over JSON bytes, without building objects. The text
 * is checked throughout. Of equal keys the last counts, as in JSON.parse.
 */
export class JsonScanner {
  /** By path: what was found last, and where. */
  readonly kinds: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly #root: TrieNode = newNode();
  #data: Uint8Array = new Uint8Array(0);
  #end = 0;

  constructor(paths: readonly ScanPath[]) {
    this.kinds = new Uint8Array(paths.length);
    this.starts = new Uint32Array(paths.length);
    this.ends = new Uint32Array(paths.length);
    paths.forEach((path, output) => {
      addPath(this.#root, path, output);
    });
  }

  /** Walks the JSON value that the text `[start, end)` must be, but for white space around it. False when it is malformed. */
  scan(data: Uint8Array, start: number, end: number): boolean {
    this.#data = data;
    this.#end = end;
    this.kinds.fill(MISSING);
    const stop = this.#walk(skipSpace(data, start, end), this.#root, 0);
    return stop >= 0 && skipSpace(data, stop, end) === end;
  }

  #walk(at: number, node: TrieNode, depth: number): number {
    const data = this.#data;
    const stop = this.#inside(at, node, depth);
    if (stop < 0 || node.outputs.length === 0) return stop;
    const first = data[at]!;
    let kind = PLAIN;
    let from = at;
    let to = stop;
    if (first === 34) {
      from++;
      to--;
      kind = hasEscapes(data, from, to) ? ESCAPED : STRING;
    } else if (first === 123 || first === 91) kind = NESTED;
    else if (first === 110) kind = NULL;
    for (const output of node.outputs) {
      this.kinds[output] = kind;
      this.starts[output] = from;
      this.ends[output] = to;
    }
    return stop;
  }

  #inside(at: number, node: TrieNode, depth: number): number {
    const data = this.#data;
    const end = this.#end;
    if (at >= end || depth > JSON_DEPTH) return -1;
    switch (data[at]) {
      case 123:
        return node.keys.length === 0 ? valueEnd(data, at, end, depth) : this.#object(at, node, depth);
      case 91:
        return node.items.length === 0 ? valueEnd(data, at, end, depth) : this.#array(at, node, depth);
      case 34: {
        const quote = closingQuote(data, at + 1, end);
        return quote < 0 ? -1 : quote + 1;
      }
      case 116:
      case 102:
      case 110:
        return literalEnd(data, at, end);
      default:
        return numberEnd(data, at, end);
    }
  }

  #object(start: number, node: TrieNode, depth: number): number {
    const data = this.#data;
    const end = this.#end;
    let at = skipSpace(data, start + 1, end);
    if (at < end && data[at] === 125) return at + 1;
    for (;;) {
      if (at >= end || data[at] !== 34) return -1;
      const keyStart = at + 1;
      const keyEnd = closingQuote(data, keyStart, end);
      if (keyEnd < 0) return -1;
      at = skipSpace(data, keyEnd + 1, end);
      if (at >= end || data[at] !== 58) return -1;
      at = skipSpace(data, at + 1, end);
      const child = findKey(node, data, keyStart, keyEnd);
      if (child === null) at = valueEnd(data, at, end, depth + 1);
      else {
        for (const output of child.below) this.kinds[output] = MISSING;
        at = this.#walk(at, child, depth + 1);
      }
      if (at < 0) return -1;
      at = skipSpace(data, at, end);
      if (at >= end) return -1;
      if (data[at] === 125) return at + 1;
      if (data[at] !== 44) return -1;
      at = skipSpace(data, at + 1, end);
    }
  }

  #array(start: number, node: TrieNode, depth: number): number {
    const data = this.#data;
    const end = this.#end;
    let at = skipSpace(data, start + 1, end);
    if (at < end && data[at] === 93) return at + 1;
    for (let index = 0; ; index++) {
      let child: TrieNode | null = null;
      for (const item of node.items) if (item.index === index) child = item.node;
      at = child === null ? valueEnd(data, at, end, depth + 1) : this.#walk(at, child, depth + 1);
      if (at < 0) return -1;
      at = skipSpace(data, at, end);
      if (at >= end) return -1;
      if (data[at] === 93) return at + 1;
      if (data[at] !== 44) return -1;
      at = skipSpace(data, at + 1, end);
    }
  }
}

function newNode(): TrieNode {
  return { outputs: [], below: [], keys: [], items: [] };
}

function addPath(root: TrieNode, path: ScanPath, output: number): void {
  let node = root;
  for (const step of path) {
    node = childOf(node, step);
    node.below.push(output);
  }
  node.outputs.push(output);
}

function childOf(node: TrieNode, step: string | number): TrieNode {
  if (typeof step === 'number') {
    const known = node.items.find(({ index }) => index === step);
    if (known !== undefined) return known.node;
    const child = newNode();
    node.items.push({ index: step, node: child });
    return child;
  }
  const bytes = new TextEncoder().encode(step);
  const known = node.keys.find((each) => sameBytes(each.bytes, bytes, 0, bytes.length));
  if (known !== undefined) return known.node;
  const child = newNode();
  node.keys.push({ bytes, node: child });
  return child;
}

function findKey(node: TrieNode, data: Uint8Array, start: number, end: number): TrieNode | null {
  for (const { bytes, node: child } of node.keys) if (sameBytes(bytes, data, start, end)) return child;
  if (!hasEscapes(data, start, end)) return null;
  const key = unescapeString(data, start, end);
  for (const { bytes, node: child } of node.keys) if (sameBytes(bytes, key, 0, key.length)) return child;
  return null;
}

function sameBytes(wanted: Uint8Array, data: Uint8Array, start: number, end: number): boolean {
  if (end - start !== wanted.length) return false;
  for (let at = 0; at < wanted.length; at++) if (data[start + at] !== wanted[at]) return false;
  return true;
}
