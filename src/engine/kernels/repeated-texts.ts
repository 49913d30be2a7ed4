import type { DictionaryColumn, FlatColumn } from '../columns/column.ts';
import { Words } from '../columns/words.ts';
import { Interner } from './interner.ts';

/** Distinct texts held before it is asked whether they repeat at all. */
const MANY = 1 << 14;
/** More are not held even if they repeat. */
const TOO_MANY = 1 << 20;
/** Texts must come this often on average to be worth a dictionary. */
const REPEATS = 4;

/**
 * Turns text columns into columns of one growing dictionary, so that what is worked out for a text
 * is worked out once. Null for other columns, and from the time on when texts prove not to repeat.
 */
export function repeatedTexts(): (column: FlatColumn) => DictionaryColumn | null {
  let interner: Interner | null = new Interner();
  let rows = 0;
  let constant: { readonly value: string; readonly words: Words } | null = null;
  return (column) => {
    const { length } = column;
    if (column.kind === 'constant') {
      if (typeof column.value !== 'string') return null;
      if (constant?.value !== column.value)
        constant = { value: column.value, words: Words.of([column.value]) };
      return { kind: 'dictionary', length, codes: new Uint8Array(length).fill(1), words: constant.words };
    }
    if (interner === null || column.kind !== 'text') return null;
    const { words } = interner;
    if (words.count > TOO_MANY || (words.count > MANY && words.count * REPEATS > rows)) {
      interner = null;
      return null;
    }
    rows += length;
    return { kind: 'dictionary', length, codes: interner.codes(column), words };
  };
}
