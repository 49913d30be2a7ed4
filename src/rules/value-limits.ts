import {
  type Column,
  columnOf,
  flatten,
  isNullAt,
  isSet,
  type TextColumn,
  textAt,
} from '../engine/columns/column.ts';

/** The most characters of one extracted value; longer ones are cut. */
const MAX_VALUE_CHARACTERS = 16_384;
/** The most bytes of all values of one rule for one message; further fields are left out. */
const MAX_VALUES_BYTES = 65_536;

/** Columns within the limits, and how many values were cut or left out. */
export interface Limited {
  readonly columns: readonly Column[];
  readonly cut: number;
  readonly leftOut: number;
}

/**
 * Cuts what is too long and leaves out what is too much, field after field. `messages` are what the
 * values were taken from: a text that is a stretch of its message is no longer than that.
 */
export function limitValues(columns: readonly Column[], messages: Column | null): Limited {
  const raw = messages?.kind === 'text' ? messages : null;
  const isStretch = (column: Column): boolean => column.kind === 'text' && column.data === raw?.data;
  const longestMessage = raw !== null && columns.some(isStretch) ? longestText(raw) : Infinity;
  const bounded =
    longestMessage <= MAX_VALUE_CHARACTERS && longestMessage * columns.length <= MAX_VALUES_BYTES;
  const longest = columns.map((column) =>
    bounded && isStretch(column) ? longestMessage : longestBytes(column),
  );
  // A value has at most as many characters as bytes: nearly always, nothing is to be done.
  const fits =
    longest.every((bytes) => bytes <= MAX_VALUE_CHARACTERS) &&
    longest.reduce((sum, bytes) => sum + bytes, 0) <= MAX_VALUES_BYTES;
  if (fits) return { columns, cut: 0, leftOut: 0 };
  const length = columns[0]?.length ?? 0;
  const used = new Float64Array(length);
  let cut = 0;
  let leftOut = 0;
  const limited = columns.map((column, place) => {
    // A column of short values that fits even so may keep its layout, but its bytes count.
    const values = Array.from({ length }, (_, row) => textAt(column, row));
    let changed = false;
    values.forEach((value, row) => {
      if (value === null) return;
      const kept = value.length > MAX_VALUE_CHARACTERS ? cutText(value) : value;
      const bytes = Buffer.byteLength(kept);
      if (kept !== value) {
        cut++;
        changed = true;
        values[row] = kept;
      }
      if (used[row]! + bytes > MAX_VALUES_BYTES) {
        leftOut++;
        changed = true;
        values[row] = null;
        used[row] = Infinity;
      } else {
        used[row]! += bytes;
      }
    });
    return changed ? columnOf(values) : columns[place]!;
  });
  return { columns: limited, cut, leftOut };
}

function cutText(value: string): string {
  const last = value.charCodeAt(MAX_VALUE_CHARACTERS - 1);
  // Half a surrogate pair is no character.
  return value.slice(0, last >= 0xd800 && last < 0xdc00 ? MAX_VALUE_CHARACTERS - 1 : MAX_VALUE_CHARACTERS);
}

function longestText({ length, starts, ends, validity }: TextColumn): number {
  let longest = 0;
  for (let row = 0; row < length; row++) {
    const bytes = ends[row]! - starts[row]!;
    if (bytes > longest && isSet(validity, row)) longest = bytes;
  }
  return longest;
}

function longestBytes(column: Column): number {
  const flat = flatten(column);
  let longest = 0;
  switch (flat.kind) {
    case 'text':
      return longestText(flat);
    case 'dictionary':
      for (let row = 0; row < flat.length; row++) {
        const code = flat.codes[row]!;
        if (code === 0) continue;
        const bytes = flat.words.end(code) - flat.words.start(code);
        if (bytes > longest) longest = bytes;
      }
      return longest;
    case 'number':
    case 'boolean':
      return 24;
    case 'digits':
      return Math.max(24, ...flat.exceptions.map((text) => Buffer.byteLength(text)));
    case 'constant':
    case 'values':
      for (let row = 0; row < flat.length; row++) {
        if (isNullAt(flat, row)) continue;
        const bytes = Buffer.byteLength(textAt(flat, row) ?? '');
        if (bytes > longest) longest = bytes;
        if (flat.kind === 'constant') break;
      }
      return longest;
  }
}
