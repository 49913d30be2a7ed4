import {
  type BooleanColumn,
  type Column,
  type ConstantColumn,
  constantColumn,
  FALSE,
  flatten,
  isSet,
  TRUE,
  UNKNOWN,
  valueAt,
} from '../columns/column.ts';
import { perWord } from './per-word.ts';
import { currentKernels } from './wasm/memory.ts';

/** FALSE, TRUE or UNKNOWN for the text in `bytes[start, end)`. */
export type BytesTest = (bytes: Uint8Array, start: number, end: number) => number;

const encoder = new TextEncoder();

/**
 * The column kernel of a test of texts: once per word for dictionaries, over bytes for text. Null
 * rows get `ofNull`. Null (does not apply) for columns that hold no text. Make it once per test: it
 * remembers the answers of each dictionary.
 */
export function testText(
  test: BytesTest,
  ofNull: number,
): (column: Column) => BooleanColumn | ConstantColumn | null {
  const testWords = perWord(test, ofNull);
  const testOne = (text: string): number => {
    const bytes = encoder.encode(text);
    return test(bytes, 0, bytes.length);
  };
  return (column) => {
    const flat = flatten(column);
    const { length } = flat;
    switch (flat.kind) {
      case 'constant': {
        if (flat.value !== null && typeof flat.value !== 'string') return null;
        const answer = flat.value === null ? ofNull : testOne(flat.value);
        return constantColumn(answer === UNKNOWN ? null : answer === TRUE, length);
      }
      case 'dictionary': {
        const values = currentKernels()?.uint8(length) ?? new Uint8Array(length);
        testWords(flat, values);
        return { kind: 'boolean', length, values };
      }
      case 'text': {
        const values = new Uint8Array(length);
        const { data, starts, ends, validity } = flat;
        for (let row = 0; row < length; row++) {
          values[row] = isSet(validity, row) ? test(data, starts[row]!, ends[row]!) : ofNull;
        }
        return { kind: 'boolean', length, values };
      }
      case 'digits': {
        const values = new Uint8Array(length);
        for (let row = 0; row < length; row++) {
          const text = valueAt(flat, row);
          values[row] = text === null ? ofNull : testOne(text as string);
        }
        return { kind: 'boolean', length, values };
      }
      case 'number':
      case 'boolean':
      case 'values':
        return null;
    }
  };
}

/** TRUE or FALSE for a boolean. */
export function truth(value: boolean): number {
  return value ? TRUE : FALSE;
}
