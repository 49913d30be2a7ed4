import type {
  Bitmap,
  CodeArray,
  DictionaryColumn,
  DigitsColumn,
  NumberColumn,
  NumericArray,
} from '../engine/columns/column.ts';
import type { Words } from '../engine/columns/words.ts';
import { once } from '../engine/once.ts';

// Columns whose arrays are read when they are first looked at: a query that keeps no row of a block
// never reads the fields that it has no use for then.

export function lazyDictionary(length: number, codes: () => CodeArray, words: () => Words): DictionaryColumn {
  const codesOnce = once(codes);
  return {
    kind: 'dictionary',
    length,
    get codes() {
      return codesOnce();
    },
    get words() {
      return words();
    },
  };
}

export function lazyDigits(
  length: number,
  values: () => NumericArray,
  validity: () => Bitmap | null,
  exceptions: readonly string[] = [],
): DigitsColumn {
  const valuesOnce = once(values);
  const validityOnce = once(validity);
  return {
    kind: 'digits',
    length,
    exceptions,
    get values() {
      return valuesOnce();
    },
    get validity() {
      return validityOnce();
    },
  };
}

export function lazyNumbers(
  type: 'long' | 'double',
  length: number,
  values: () => NumericArray,
  validity: () => Bitmap | null,
): NumberColumn {
  const valuesOnce = once(values);
  const validityOnce = once(validity);
  return {
    kind: 'number',
    type,
    length,
    get values() {
      return valuesOnce();
    },
    get validity() {
      return validityOnce();
    },
  };
}
