import {
  type Column,
  constantColumn,
  type DictionaryColumn,
  type FlatColumn,
  flatten,
  isSet,
  type TextColumn,
} from '../columns/column.ts';
import { NULL_CODE, Words } from '../columns/words.ts';
import { decodeBytes } from './bytes.ts';

/**
 * The column kernel of a function from text to text that acts byte by byte on ASCII (letter case):
 * `bytes` maps each ASCII byte, `text` is the general form for anything else. Null (does not apply)
 * for columns that hold no text.
 */
export function mapAscii(
  bytes: Uint8Array,
  text: (text: string) => string,
): (column: Column) => Column | null {
  const mapWords = mapDictionary(text);
  return (column) => {
    const flat = flatten(column);
    switch (flat.kind) {
      case 'constant':
        return typeof flat.value === 'string'
          ? constantColumn(text(flat.value), flat.length)
          : nullOrNone(flat);
      case 'dictionary':
        return mapWords(flat);
      case 'text':
        return mapAsciiText(flat, bytes, text);
      case 'digits':
      case 'number':
      case 'boolean':
      case 'values':
        return null;
    }
  };
}

function nullOrNone(column: FlatColumn & { kind: 'constant' }): Column | null {
  return column.value === null ? column : null;
}

/** The words that a function makes of one dictionary's words: its own dictionary and a code per code. */
interface MappedWords {
  readonly words: Words;
  codes: Uint32Array;
}

const NOT_KNOWN = 0xffffffff;

/** Maps dictionary columns once per word that rows use; what it made is remembered per dictionary. */
function mapDictionary(of: (text: string) => string | null): (column: DictionaryColumn) => DictionaryColumn {
  const known = new WeakMap<Words, MappedWords>();
  return ({ codes, words, length }) => {
    let mapped = known.get(words);
    if (mapped === undefined) {
      mapped = { words: new Words(), codes: new Uint32Array(words.count + 1).fill(NOT_KNOWN) };
      mapped.codes[NULL_CODE] = NULL_CODE;
      known.set(words, mapped);
    }
    if (mapped.codes.length <= words.count) {
      const wider = new Uint32Array(Math.max(words.count + 1, mapped.codes.length * 2)).fill(NOT_KNOWN);
      wider.set(mapped.codes);
      mapped.codes = wider;
    }
    const out = new Uint32Array(length);
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      let to = mapped.codes[code]!;
      if (to === NOT_KNOWN) {
        const text = of(words.text(code) as string);
        to = text === null ? NULL_CODE : mapped.words.internText(text);
        mapped.codes[code] = to;
      }
      out[row] = to;
    }
    return { kind: 'dictionary', length, codes: out, words: mapped.words };
  };
}

/** ASCII rows keep their length, so the mapped bytes lie at the sum of lengths; others are decoded. */
function mapAsciiText(column: TextColumn, bytes: Uint8Array, text: (text: string) => string): TextColumn {
  const { data, length } = column;
  let size = 0;
  for (let row = 0; row < length; row++) size += column.ends[row]! - column.starts[row]!;
  let out = new Uint8Array(size + 16);
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  let used = 0;
  for (let row = 0; row < length; row++) {
    starts[row] = used;
    if (isSet(column.validity, row)) {
      const start = column.starts[row]!;
      const end = column.ends[row]!;
      let at = start;
      while (at < end && data[at]! < 0x80) at++;
      if (at === end) {
        out = withRoom(out, used + end - start);
        for (at = start; at < end; at++) out[used++] = bytes[data[at]!]!;
      } else {
        const encoded = encoder.encode(text(decodeBytes(data, start, end)));
        out = withRoom(out, used + encoded.length);
        out.set(encoded, used);
        used += encoded.length;
      }
    }
    ends[row] = used;
  }
  return { kind: 'text', length, data: out, starts, ends, validity: column.validity };
}

const encoder = new TextEncoder();

function withRoom(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (size <= bytes.length) return bytes;
  const wider = new Uint8Array(Math.max(size, bytes.length * 2));
  wider.set(bytes);
  return wider;
}

/** Each byte with ASCII letters in upper case. */
export const UPPER_CASE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte,
);
