import { type Column, type FlatColumn, flatten, isSet, type TextColumn, textAt } from '../columns/column.ts';
import { NULL_CODE } from '../columns/words.ts';

const encoder = new TextEncoder();

/** A growing byte array. */
class Bytes {
  data = new Uint8Array(4096);
  used = 0;

  room(more: number): void {
    if (this.used + more <= this.data.length) return;
    const wider = new Uint8Array(Math.max(this.data.length * 2, this.used + more));
    wider.set(this.data.subarray(0, this.used));
    this.data = wider;
  }

  copy(from: Uint8Array, start: number, end: number): void {
    this.room(end - start);
    // Values are short: a loop is faster than a view and `set`.
    for (let at = start; at < end; at++) this.data[this.used++] = from[at]!;
  }

  text(text: string): void {
    this.room(text.length * 3);
    this.used += encoder.encodeInto(text, this.data.subarray(this.used)).written;
  }
}

/** The text forms of several columns, row by row one after the other; null counts as empty text. */
export function concatTexts(columns: readonly Column[], length: number): TextColumn {
  const writers = columns.map((column) => writerOf(flatten(column)));
  const bytes = new Bytes();
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    starts[row] = bytes.used;
    for (const write of writers) write(bytes, row);
    ends[row] = bytes.used;
  }
  return { kind: 'text', length, data: bytes.data, starts, ends, validity: null };
}

function writerOf(column: FlatColumn): (bytes: Bytes, row: number) => void {
  switch (column.kind) {
    case 'text': {
      const { data, starts, ends, validity } = column;
      return (bytes, row) => {
        if (isSet(validity, row)) bytes.copy(data, starts[row]!, ends[row]!);
      };
    }
    case 'dictionary': {
      const { codes, words } = column;
      return (bytes, row) => {
        const code = codes[row]!;
        if (code !== NULL_CODE) bytes.copy(words.data, words.start(code), words.end(code));
      };
    }
    case 'constant': {
      const text = encoder.encode(textAt(column, 0) ?? '');
      return (bytes) => bytes.copy(text, 0, text.length);
    }
    case 'digits':
    case 'number':
    case 'boolean':
    case 'values':
      return (bytes, row) => {
        const text = textAt(column, row);
        if (text !== null) bytes.text(text);
      };
  }
}
