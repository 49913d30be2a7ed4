import { type Column, constantColumn, flatten, isSet } from '../columns/column.ts';
import { NULL_CODE } from '../columns/words.ts';

/** The number of code points of UTF-8 bytes: those that do not continue a character. */
function codePoints(data: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if ((data[at]! & 0xc0) !== 0x80) count++;
  return count;
}

/** The number of code points of each text, 0 for null; null (does not apply) for columns without text bytes. */
export function textLengths(column: Column): Column | null {
  const flat = flatten(column);
  const { length } = flat;
  if (flat.kind === 'constant') {
    if (flat.value === null) return constantColumn(0, length);
    return typeof flat.value === 'string' ? constantColumn([...flat.value].length, length) : null;
  }
  if (flat.kind !== 'text' && flat.kind !== 'dictionary') return null;
  const values = new Float64Array(length);
  if (flat.kind === 'text') {
    for (let row = 0; row < length; row++) {
      if (isSet(flat.validity, row)) values[row] = codePoints(flat.data, flat.starts[row]!, flat.ends[row]!);
    }
  } else {
    const { words, codes } = flat;
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      if (code !== NULL_CODE) values[row] = codePoints(words.data, words.start(code), words.end(code));
    }
  }
  return { kind: 'number', type: 'long', length, values, validity: null };
}
