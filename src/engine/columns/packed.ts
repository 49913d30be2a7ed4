import { type CodeArray, type Column, type FlatColumn, keepColumn } from './column.ts';
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
