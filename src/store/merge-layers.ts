import {
  columnOf,
  type FlatColumn,
  isNullAt,
  isSet,
  newBitmap,
  setBit,
  valueAt,
} from '../engine/columns/column.ts';
import type { Value } from '../engine/columns/value.ts';
import type { Words } from '../engine/columns/words.ts';

/**
 * One column from several: a row's value is in the first layer where it is not null. Texts become
 * codes of `words`, which all blocks of the segment share for this field.
 */
export function mergeLayers(layers: readonly FlatColumn[], length: number, words: Words): FlatColumn {
  if (layers.every((layer) => isText(layer))) return mergeTexts(layers, length, words);
  if (layers.every((layer) => layer.kind === 'number' || isNumber(layer)))
    return mergeNumbers(layers, length);
  const values: Value[] = new Array(length).fill(null);
  for (let row = 0; row < length; row++) {
    const layer = layers.find((candidate) => !isNullAt(candidate, row));
    if (layer !== undefined) values[row] = valueAt(layer, row);
  }
  return columnOf(values);
}

function isText(layer: FlatColumn): boolean {
  if (layer.kind === 'constant') return typeof layer.value === 'string';
  return layer.kind === 'text' || layer.kind === 'dictionary' || layer.kind === 'digits';
}

function isNumber(layer: FlatColumn): boolean {
  return layer.kind === 'constant' && typeof layer.value === 'number';
}

function mergeNumbers(layers: readonly FlatColumn[], length: number): FlatColumn {
  const values = new Float64Array(length);
  const validity = newBitmap(length);
  let nulls = 0;
  for (let row = 0; row < length; row++) {
    let found = false;
    for (const layer of layers) {
      if (isNullAt(layer, row)) continue;
      values[row] =
        layer.kind === 'number' ? layer.values[row]! : Number(layer.kind === 'constant' ? layer.value : 0);
      setBit(validity, row);
      found = true;
      break;
    }
    if (!found) nulls++;
  }
  const double = layers.some((layer) => layer.kind === 'number' && layer.type === 'double');
  return {
    kind: 'number',
    type: double ? 'double' : 'long',
    length,
    values,
    validity: nulls === 0 ? null : validity,
  };
}

function mergeTexts(layers: readonly FlatColumn[], length: number, words: Words): FlatColumn {
  const codes = new Uint32Array(length);
  for (const layer of layers) fillCodes(layer, codes, words);
  return { kind: 'dictionary', length, codes, words };
}

/** Sets the codes of rows that have none yet and that `layer` has a text for. */
function fillCodes(layer: FlatColumn, codes: Uint32Array, words: Words): void {
  const { length } = codes;
  switch (layer.kind) {
    case 'constant': {
      const code = words.internText(String(layer.value));
      for (let row = 0; row < length; row++) if (codes[row] === 0) codes[row] = code;
      return;
    }
    case 'dictionary': {
      const known = new Uint32Array(layer.words.count + 1);
      for (let row = 0; row < length; row++) {
        const word = layer.codes[row]!;
        if (word === 0 || codes[row] !== 0) continue;
        if (known[word] === 0) {
          known[word] = words.intern(layer.words.data, layer.words.start(word), layer.words.end(word));
        }
        codes[row] = known[word]!;
      }
      return;
    }
    case 'text':
      for (let row = 0; row < length; row++) {
        if (codes[row] !== 0 || !isSet(layer.validity, row)) continue;
        codes[row] = words.intern(layer.data, layer.starts[row]!, layer.ends[row]!);
      }
      return;
    case 'digits': {
      const known = new Map<number, number>();
      for (let row = 0; row < length; row++) {
        if (codes[row] !== 0 || !isSet(layer.validity, row)) continue;
        const value = layer.values[row]!;
        let code = known.get(value);
        if (code === undefined) {
          code = words.internText(value >= 0 ? String(value) : layer.exceptions[-value - 1]!);
          known.set(value, code);
        }
        codes[row] = code;
      }
      return;
    }
    default:
      throw new TypeError(`a ${layer.kind} layer holds no text`);
  }
}
