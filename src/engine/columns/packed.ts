import { type CodeArray, type Column, type DictionaryColumn, type FlatColumn, keepColumn } from './column.ts';
import { Words } from './words.ts';

/** A column as plain objects and typed arrays, which `postMessage` can carry to another thread. */
export type PackedColumn =
  | Exclude<FlatColumn, { readonly kind: 'dictionary' }>
  | {
      readonly kind: 'dictionary';
      readonly length: number;
      readonly codes: CodeArray;
      /** The words that occur, one after the other; word `code` ends at `wordEnds[code]`. */
      readonly wordData: Uint8Array<ArrayBuffer>;
      readonly wordEnds: Uint32Array<ArrayBuffer>;
    };

/** The column with arrays of its own; of a dictionary only the words that occur. */
export function packColumn(column: Column): PackedColumn {
  const kept = keepColumn(column);
  if (kept.kind !== 'dictionary') return kept;
  const { words, length } = kept;
  if (hasAllWords(kept)) {
    const wordData = words.data.slice(0, words.end(words.count));
    const wordEnds = words.ends.slice(0, words.count + 1);
    return { kind: 'dictionary', length, codes: kept.codes, wordData, wordEnds };
  }
  const newCode = new Uint32Array(words.count + 1);
  const used: number[] = [];
  const codes = new Uint32Array(length);
  let size = 0;
  for (let row = 0; row < length; row++) {
    const code = kept.codes[row]!;
    if (code !== 0 && newCode[code] === 0) {
      used.push(code);
      newCode[code] = used.length;
      size += words.end(code) - words.start(code);
    }
    codes[row] = newCode[code]!;
  }
  const wordData = new Uint8Array(size);
  const wordEnds = new Uint32Array(used.length + 1);
  const { data } = words;
  let at = 0;
  used.forEach((code, index) => {
    for (let from = words.start(code), end = words.end(code); from < end; from++)
      wordData[at++] = data[from]!;
    wordEnds[index + 1] = at;
  });
  return { kind: 'dictionary', length, codes, wordData, wordEnds };
}

/** Whether every word of the dictionary occurs in the column, as in a column of group keys. */
function hasAllWords({ codes, words, length }: DictionaryColumn): boolean {
  if (words.count > length) return false;
  const seen = new Uint8Array(words.count + 1);
  let distinct = 0;
  for (let row = 0; row < length; row++) {
    const code = codes[row]!;
    if (code === 0 || seen[code] === 1) continue;
    seen[code] = 1;
    distinct++;
  }
  return distinct === words.count;
}

/** The column that was packed. */
export function unpackColumn(packed: PackedColumn): FlatColumn {
  if (packed.kind !== 'dictionary') return packed;
  const words = Words.adopt(packed.wordData, packed.wordEnds, packed.wordEnds.length - 1);
  return { kind: 'dictionary', length: packed.length, codes: packed.codes, words };
}

/** The buffers of packed columns, to be moved and not copied. */
export function transferList(columns: readonly PackedColumn[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const column of columns) {
    for (const part of Object.values(column)) {
      if (ArrayBuffer.isView(part) && part.buffer instanceof ArrayBuffer) buffers.add(part.buffer);
    }
  }
  return [...buffers];
}
