import { isSet } from '../columns/column.ts';
import { ESCAPED, JsonScanner, MISSING, NESTED, NULL, type ScanPath } from '../kernels/json-scan.ts';
import { compactJson, findJson, skipSpace, unescapeString } from '../kernels/json-text.ts';
import { type JsonNode, jsonTree } from '../kernels/json-tree.ts';
import {
  completeColumn,
  type JsonValues,
  jsonValues,
  type PathTree,
  pathTree,
  ROW_READ,
  VALUE_MISSING,
  VALUE_TEXT,
} from '../kernels/json-values.ts';
import type { TextBuilder } from '../kernels/text-builder.ts';
import { BAD_INPUT, builtColumns, type Extract, MATCHED, NO_MATCH, outputBuilders } from './extraction.ts';
import type { Step } from './json-path.ts';
import { selectNodes } from './json-select.ts';

/** A path that a scanner follows: keys and indexes from the start; null for all others. */
function scanPath(steps: readonly Step[]): ScanPath | null {
  const path: (string | number)[] = [];
  for (const step of steps) {
    if (step.kind === 'key') path.push(step.key);
    else if (step.kind === 'index' && step.index >= 0) path.push(step.index);
    else return null;
  }
  return path;
}

/**
 * Compiles paths to an extraction: those of plain keys and indexes are found in one walk over the bytes,
 * the others in a tree of the row. A row matches when every path leads to something.
 */
export function extractJson(paths: readonly (readonly Step[])[]): Extract {
  const scanned: number[] = [];
  const searched: number[] = [];
  const scanPaths: ScanPath[] = [];
  paths.forEach((steps, output) => {
    const path = scanPath(steps);
    if (path === null) searched.push(output);
    else {
      scanned.push(output);
      scanPaths.push(path);
    }
  });
  const scanner = new JsonScanner(scanPaths);
  const tree = searched.length === 0 ? keyTree(scanPaths) : null;

  return (subject, wanted) => {
    const { data, starts, ends, validity, length } = subject;
    const read = tree === null ? null : jsonValues(subject, tree);
    if (read?.complete === true) {
      return {
        outcome: new Uint8Array(length).fill(MATCHED),
        all: MATCHED,
        columns: wanted.map((output) => completeColumn(read, output, subject)),
      };
    }
    const outcome = new Uint8Array(length);
    const builders = outputBuilders(paths.length, wanted, subject);
    for (let row = 0; row < length; row++) {
      if (!isSet(validity, row)) continue;
      if (read !== null && read.status[row] === ROW_READ) {
        outcome[row] = putRead(builders, row, read, length) ? MATCHED : NO_MATCH;
        continue;
      }
      let start = starts[row]!;
      let end = ends[row]!;
      if (!opensJson(data, start, end) || !scanner.scan(data, start, end)) {
        const blob = findJson(data, start, end);
        if (blob === null || !scanner.scan(data, blob.start, blob.end)) {
          outcome[row] = BAD_INPUT;
          continue;
        }
        start = blob.start;
        end = blob.end;
      }
      let complete = true;
      for (let at = 0; at < scanned.length; at++) {
        if (scanner.kinds[at] === MISSING) complete = false;
        else putScanned(builders[scanned[at]!] ?? null, row, data, scanner, at);
      }
      if (searched.length > 0) {
        const root = jsonTree(data, skipSpace(data, start, end), end);
        for (const output of searched) {
          const found = selectNodes(data, root, paths[output] ?? []);
          if (found.length === 0) complete = false;
          else putSearched(builders[output] ?? null, row, data, found, isList(paths[output] ?? []));
        }
      }
      outcome[row] = complete ? MATCHED : NO_MATCH;
    }
    return { outcome, columns: builtColumns(builders) };
  };
}

/** The tree of paths that are keys throughout; null when there are others. */
function keyTree(paths: readonly ScanPath[]): PathTree | null {
  const keys = paths.map((path) => path.filter((step) => typeof step === 'string'));
  return keys.every((path, at) => path.length === paths[at]!.length) ? pathTree(keys) : null;
}

/** Puts what the kernel read of a row into the columns; whether every key was there. */
function putRead(
  builders: readonly (TextBuilder | null)[],
  row: number,
  { kinds, starts, ends }: JsonValues,
  rows: number,
): boolean {
  let complete = true;
  for (let key = 0; key < builders.length; key++) {
    const slot = key * rows + row;
    if (kinds[slot] === VALUE_MISSING) complete = false;
    else if (kinds[slot] === VALUE_TEXT) builders[key]?.span(row, starts[slot]!, ends[slot]!);
  }
  return complete;
}

/** Whether the first character that is no space opens an object or array. */
function opensJson(data: Uint8Array, start: number, end: number): boolean {
  const at = skipSpace(data, start, end);
  return at < end && (data[at] === 123 || data[at] === 91);
}

/** Whether a path gives the list of its hits: all but those of keys and single indexes. */
function isList(steps: readonly Step[]): boolean {
  return steps.some(({ kind }) => kind !== 'key' && kind !== 'index');
}

function putScanned(
  builder: TextBuilder | null,
  row: number,
  data: Uint8Array,
  scanner: JsonScanner,
  at: number,
): void {
  if (builder === null) return;
  const kind = scanner.kinds[at]!;
  const start = scanner.starts[at]!;
  const end = scanner.ends[at]!;
  if (kind === ESCAPED) builder.bytes(row, unescapeString(data, start, end));
  else if (kind === NESTED) putCompact(builder, row, data, start, end);
  else if (kind !== NULL) builder.span(row, start, end);
}

function putCompact(builder: TextBuilder, row: number, data: Uint8Array, start: number, end: number): void {
  const compact = compactJson(data, start, end);
  if (compact === null) builder.span(row, start, end);
  else builder.bytes(row, compact);
}

function putSearched(
  builder: TextBuilder | null,
  row: number,
  data: Uint8Array,
  found: readonly JsonNode[],
  list: boolean,
): void {
  if (builder === null) return;
  const [only] = found;
  if (list) builder.bytes(row, listBytes(data, found));
  else if (only !== undefined) putNode(builder, row, data, only);
}

/** The text of one value: strings unescaped, objects and arrays compact, null as null. */
export function putNode(builder: TextBuilder, row: number, data: Uint8Array, node: JsonNode): void {
  if (node.kind === 'string') {
    if (data.subarray(node.start, node.end).includes(92)) {
      builder.bytes(row, unescapeString(data, node.start, node.end));
    } else builder.span(row, node.start, node.end);
  } else if (node.kind === 'scalar') {
    if (data[node.start] !== 110) builder.span(row, node.start, node.end);
  } else putCompact(builder, row, data, node.start, node.end);
}

/** The values as a JSON array, compact. */
function listBytes(data: Uint8Array, nodes: readonly JsonNode[]): Uint8Array {
  const parts = nodes.map((node) => {
    const quote = node.kind === 'string' ? 1 : 0;
    const start = node.start - quote;
    const end = node.end + quote;
    return (node.kind === 'string' ? null : compactJson(data, start, end)) ?? data.subarray(start, end);
  });
  const bytes = new Uint8Array(
    parts.reduce((size, part) => size + part.length + 1, 1) + (parts.length === 0 ? 1 : 0),
  );
  bytes[0] = 91;
  let at = 1;
  for (const part of parts) {
    if (at > 1) bytes[at++] = 44;
    bytes.set(part, at);
    at += part.length;
  }
  bytes[at] = 93;
  return bytes;
}
