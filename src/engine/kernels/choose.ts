import {
  type Column,
  columnOf,
  type FlatColumn,
  flatten,
  isNullAt,
  keepText,
  newBitmap,
  setBit,
  type TextColumn,
  TRUE,
  UNKNOWN,
  valueAt,
} from '../columns/column.ts';
import { NULL_CODE, Words } from '../columns/words.ts';

/**
 * A chooser between two columns row by row: `yes` where `takes` is TRUE, else `no`. The words that
 * it chooses from dictionaries and constants are collected in one dictionary over all its calls.
 */
export function chooseRows(): (takes: Uint8Array, yes: Column, no: Column) => FlatColumn {
  const words = new Words();
  const codesByWords = new WeakMap<Words, Uint32Array>();

  return (takes, yesColumn, noColumn) => {
    const yes = flatten(yesColumn);
    const no = flatten(noColumn);
    const length = takes.length;
    if (takes.every((taken) => taken === TRUE)) return yes;
    if (takes.every((taken) => taken !== TRUE)) return no;
    if (hasWords(yes) && hasWords(no)) {
      const codes = new Uint32Array(length);
      const ofYes = codeReader(yes);
      const ofNo = codeReader(no);
      for (let row = 0; row < length; row++) codes[row] = takes[row] === TRUE ? ofYes(row) : ofNo(row);
      return { kind: 'dictionary', length, codes, words };
    }
    const texts = bothTexts(yes, no);
    if (texts !== null) return chooseText(takes, ...texts);
    if (isBoolean(yes) && isBoolean(no)) return chooseBoolean(takes, yes, no);
    if (isNumber(yes) && isNumber(no)) return chooseNumber(takes, yes, no);
    return columnOf(Array.from(takes, (taken, row) => valueAt(taken === TRUE ? yes : no, row)));
  };

  function codeReader(column: FlatColumn): (row: number) => number {
    if (column.kind !== 'dictionary') {
      const value = column.kind === 'constant' ? column.value : null;
      const code = typeof value === 'string' ? words.internText(value) : 0;
      return () => code;
    }
    const { codes } = column;
    const own = ownCodes(column.words);
    return (row) => {
      const code = codes[row]!;
      if (code === 0) return 0;
      const known = own[code]!;
      if (known !== 0) return known;
      const from = column.words;
      const added = words.intern(from.data, from.start(code), from.end(code));
      own[code] = added;
      return added;
    };
  }

  function ownCodes(from: Words): Uint32Array {
    let own = codesByWords.get(from);
    if (own === undefined || own.length <= from.count) {
      const grown = new Uint32Array(Math.max(from.count + 1, (own?.length ?? 0) * 2));
      if (own !== undefined) grown.set(own);
      own = grown;
      codesByWords.set(from, own);
    }
    return own;
  }
}

function hasWords(column: FlatColumn): boolean {
  if (column.kind === 'dictionary') return true;
  return column.kind === 'constant' && (typeof column.value === 'string' || column.value === null);
}

function isBoolean(column: FlatColumn): boolean {
  if (column.kind === 'boolean') return true;
  return column.kind === 'constant' && (typeof column.value === 'boolean' || column.value === null);
}

function isNumber(column: FlatColumn): boolean {
  if (column.kind === 'number') return true;
  return column.kind === 'constant' && (typeof column.value === 'number' || column.value === null);
}

/** Both columns as ranges of bytes, when both hold text (at least one of them as bytes). */
function bothTexts(yes: FlatColumn, no: FlatColumn): [TextColumn, TextColumn] | null {
  const data = yes.kind === 'text' ? yes.data : no.kind === 'text' ? no.data : null;
  if (data === null) return null;
  const yesText = asText(yes, data);
  const noText = asText(no, data);
  return yesText === null || noText === null ? null : [yesText, noText];
}

/** The column as ranges of bytes; nulls need none, so they borrow `data`. Null when it holds other values. */
function asText(column: FlatColumn, data: Uint8Array): TextColumn | null {
  const { length } = column;
  if (column.kind === 'text') return column;
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  if (column.kind === 'constant') {
    if (column.value === null)
      return { kind: 'text', length, data, starts, ends, validity: newBitmap(length) };
    if (typeof column.value !== 'string') return null;
    const bytes = new TextEncoder().encode(column.value);
    return { kind: 'text', length, data: bytes, starts, ends: ends.fill(bytes.length), validity: null };
  }
  if (column.kind !== 'dictionary') return null;
  const { codes, words } = column;
  const validity = newBitmap(length);
  for (let row = 0; row < length; row++) {
    const code = codes[row]!;
    if (code === NULL_CODE) continue;
    starts[row] = words.start(code);
    ends[row] = words.end(code);
    setBit(validity, row);
  }
  return { kind: 'text', length, data: words.data, starts, ends, validity };
}

function chooseText(takes: Uint8Array, yes: TextColumn, no: TextColumn): TextColumn {
  if (yes.data !== no.data) return chooseTextOfTwo(takes, keepText(yes), keepText(no));
  return chooseRanges(takes, yes, no, yes.data, 0);
}

/** The texts lie in two buffers, which hold little else: they become one. */
function chooseTextOfTwo(takes: Uint8Array, yes: TextColumn, no: TextColumn): TextColumn {
  const data = new Uint8Array(yes.data.length + no.data.length);
  data.set(yes.data);
  data.set(no.data, yes.data.length);
  return chooseRanges(takes, yes, no, data, yes.data.length);
}

function chooseRanges(
  takes: Uint8Array,
  yes: TextColumn,
  no: TextColumn,
  data: Uint8Array,
  shiftOfNo: number,
): TextColumn {
  const length = takes.length;
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  const validity = yes.validity === null && no.validity === null ? null : newBitmap(length);
  for (let row = 0; row < length; row++) {
    const taken = takes[row] === TRUE;
    const from = taken ? yes : no;
    const shift = taken ? 0 : shiftOfNo;
    starts[row] = from.starts[row]! + shift;
    ends[row] = from.ends[row]! + shift;
    if (validity !== null && !isNullAt(from, row)) setBit(validity, row);
  }
  return { kind: 'text', length, data, starts, ends, validity };
}

function chooseBoolean(takes: Uint8Array, yes: FlatColumn, no: FlatColumn): FlatColumn {
  const length = takes.length;
  const values = new Uint8Array(length);
  for (let row = 0; row < length; row++) {
    const from = takes[row] === TRUE ? yes : no;
    if (from.kind === 'boolean') values[row] = from.values[row]!;
    else values[row] = from.kind !== 'constant' || from.value === null ? UNKNOWN : Number(from.value);
  }
  return { kind: 'boolean', length, values };
}

function chooseNumber(takes: Uint8Array, yes: FlatColumn, no: FlatColumn): FlatColumn {
  const length = takes.length;
  const values = new Float64Array(length);
  let validity: Uint8Array | null = null;
  let whole = true;
  for (let row = 0; row < length; row++) {
    const from = takes[row] === TRUE ? yes : no;
    if (isNullAt(from, row)) {
      validity ??= newBitmap(length).fill(0xff);
      validity[row >> 3]! &= ~(1 << (row & 7));
      continue;
    }
    const value = from.kind === 'number' ? from.values[row]! : Number((from as { value?: unknown }).value);
    values[row] = value;
    whole &&= Number.isInteger(value);
  }
  return { kind: 'number', type: whole ? 'long' : 'double', length, values, validity };
}
