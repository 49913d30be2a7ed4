import { type ByteSet, hasByte, newByteSet } from './byte-set.ts';
import {
  type Column,
  type FlatColumn,
  flatten,
  isSet,
  selectColumn,
  type TextColumn,
  textAt,
} from './column.ts';
import type { Words } from './words.ts';

/**
 * What the rows of a text are made of, where their source knows: constant pieces with a slot between
 * each two, the same in every row. Row `r` is `pieces[0] + slots[0][r] + pieces[1] + … + pieces[n]`.
 * A stage that understands it answers from the slots, and the text itself is never put together.
 */
export interface TextShape {
  /** One more than there are slots; the first and the last may be empty, the others are not. */
  readonly pieces: readonly Uint8Array[];
  readonly slots: readonly ShapeSlot[];
}

/** A slot of a shape. What is not asked for is not read. */
export interface ShapeSlot {
  /** True when every text is a whole number in its canonical form. */
  readonly digitsOnly: boolean;
  /** The bytes that can occur in the texts, where the source knows. */
  readonly letters: ByteSet | null;
  /** The dictionary that every text of the slot is in, or null. */
  readonly words: Words | null;
  /** The texts, without nulls, as many rows as the whole text has. */
  readonly column: Column;
}

/** A slot whose column is made when it is first looked at. */
export function lazySlot(
  digitsOnly: boolean,
  letters: ByteSet | null,
  words: () => Words | null,
  column: () => Column,
): ShapeSlot {
  let made: Column | null = null;
  return {
    digitsOnly,
    letters,
    get words() {
      return words();
    },
    get column() {
      made ??= column();
      return made;
    },
  };
}

/** The shape of a column, or null when it has none. */
export function shapeOf(column: Column): TextShape | null {
  return column.kind === 'text' ? (column.shape ?? null) : null;
}

/** A text column of a shape; its bytes are put together when they are first looked at. */
export function shapedText(shape: TextShape, length: number): TextColumn {
  return lazyText(length, () => putTogether(shape, length), shape);
}

/** The rows `rows` of a text that has a shape. */
export function selectShaped({ pieces, slots }: TextShape, rows: Uint32Array): TextColumn {
  const selected = slots.map((slot) =>
    lazySlot(
      slot.digitsOnly,
      slot.letters,
      () => slot.words,
      () => selectColumn(slot.column, rows),
    ),
  );
  return shapedText({ pieces, slots: selected }, rows.length);
}

type TextArrays = Pick<TextColumn, 'data' | 'starts' | 'ends' | 'validity'>;

/** A text column whose arrays are made when they are first looked at. */
export function lazyText(length: number, make: () => TextArrays, shape?: TextShape): TextColumn {
  let made: TextArrays | null = null;
  const arrays = (): TextArrays => {
    made ??= make();
    return made;
  };
  const lazy = {
    kind: 'text' as const,
    length,
    get data() {
      return arrays().data;
    },
    get starts() {
      return arrays().starts;
    },
    get ends() {
      return arrays().ends;
    },
    get validity() {
      return arrays().validity;
    },
  };
  return shape === undefined
    ? lazy
    : Object.defineProperty(lazy, 'shape', { value: shape, enumerable: true });
}

const encoder = new TextEncoder();
const DIGITS = [1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/** Rows that are written together, slot by slot, while their bytes are near. */
const CHUNK = 512;

function putTogether({ pieces, slots }: TextShape, length: number): TextArrays {
  const parts = slots.map(({ column }) => readerOf(flatten(column)));
  const fixed = pieces.reduce((size, piece) => size + piece.length, 0);
  const sizes = new Uint32Array(length).fill(fixed);
  for (const part of parts) part.addSizes(sizes);
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  let size = 0;
  for (let row = 0; row < length; row++) {
    starts[row] = size;
    size += sizes[row]!;
    ends[row] = size;
  }
  const data = new Uint8Array(size);
  const cursor = new Uint32Array(CHUNK);
  for (let from = 0; from < length; from += CHUNK) {
    const to = Math.min(length, from + CHUNK);
    cursor.set(starts.subarray(from, to));
    for (let position = 0; position < pieces.length; position++) {
      const piece = pieces[position]!;
      if (piece.length > 0) {
        for (let row = from; row < to; row++) {
          let at = cursor[row - from]!;
          for (let byte = 0; byte < piece.length; byte++) data[at++] = piece[byte]!;
          cursor[row - from] = at;
        }
      }
      parts[position]?.write(from, to, data, cursor);
    }
  }
  return { data, starts, ends, validity: null };
}

/** How the texts of one slot are written. */
interface SlotReader {
  addSizes(sizes: Uint32Array): void;
  /** Writes rows `[from, to)` at `cursor[row - from]`, which moves on. */
  write(from: number, to: number, data: Uint8Array, cursor: Uint32Array): void;
}

function readerOf(slot: FlatColumn): SlotReader {
  switch (slot.kind) {
    case 'dictionary': {
      const { codes, words } = slot;
      return bytesReader(
        slot.length,
        words.data,
        (row) => words.start(codes[row]!),
        (row) => words.end(codes[row]!),
      );
    }
    case 'text': {
      const { data, starts, ends } = slot;
      return bytesReader(
        slot.length,
        data,
        (row) => starts[row]!,
        (row) => ends[row]!,
      );
    }
    case 'digits':
      if (slot.validity === null) return digitsReader(slot.values, slot.exceptions, slot.length);
      break;
    case 'constant': {
      const bytes = encoder.encode(textAt(slot, 0) ?? '');
      return bytesReader(
        slot.length,
        bytes,
        () => 0,
        () => bytes.length,
      );
    }
  }
  const texts = Array.from({ length: slot.length }, (_, row) => encoder.encode(textAt(slot, row) ?? ''));
  return {
    addSizes(sizes) {
      for (let row = 0; row < texts.length; row++) sizes[row]! += texts[row]!.length;
    },
    write(from, to, data, cursor) {
      for (let row = from; row < to; row++) {
        data.set(texts[row]!, cursor[row - from]!);
        cursor[row - from]! += texts[row]!.length;
      }
    },
  };
}

function bytesReader(
  length: number,
  bytes: Uint8Array,
  start: (row: number) => number,
  end: (row: number) => number,
): SlotReader {
  return {
    addSizes(sizes) {
      for (let row = 0; row < length; row++) sizes[row]! += end(row) - start(row);
    },
    write(from, to, data, cursor) {
      for (let row = from; row < to; row++) {
        let at = cursor[row - from]!;
        const stop = end(row);
        for (let byte = start(row); byte < stop; byte++) data[at++] = bytes[byte]!;
        cursor[row - from] = at;
      }
    },
  };
}

/** Numbers below 0 stand for texts of `exceptions`: -1 for the first. */
function digitsReader(values: ArrayLike<number>, exceptions: readonly string[], length: number): SlotReader {
  const texts = exceptions.map((text) => encoder.encode(text));
  return {
    addSizes(sizes) {
      for (let row = 0; row < length; row++) {
        const value = values[row]!;
        sizes[row]! += value < 0 ? texts[-value - 1]!.length : widthOf(value);
      }
    },
    write(from, to, data, cursor) {
      for (let row = from; row < to; row++) {
        let value = values[row]!;
        if (value < 0) {
          const text = texts[-value - 1]!;
          data.set(text, cursor[row - from]!);
          cursor[row - from]! += text.length;
          continue;
        }
        const stop = cursor[row - from]! + widthOf(value);
        cursor[row - from] = stop;
        for (let at = stop - 1; ; at--) {
          const rest = Math.floor(value / 10);
          data[at] = 48 + value - rest * 10;
          value = rest;
          if (value === 0) break;
        }
      }
    },
  };
}

function widthOf(value: number): number {
  let width = 1;
  while (width < 16 && value >= DIGITS[width - 1]!) width++;
  return width;
}

/** One question about all words of a dictionary, answered once as the dictionary grows. */
export function everyWord(
  test: (bytes: Uint8Array, start: number, end: number) => boolean,
): (words: Words) => boolean {
  const answers = new WeakMap<Words, { count: number; holds: boolean }>();
  return (words) => {
    let answer = answers.get(words);
    if (answer === undefined) {
      answer = { count: 0, holds: true };
      answers.set(words, answer);
    }
    for (; answer.holds && answer.count < words.count; answer.count++) {
      const code = answer.count + 1;
      answer.holds = test(words.data, words.start(code), words.end(code));
    }
    return answer.holds;
  };
}

/** Whether none of some bytes is in any text that a slot can hold; as `slotTest`, no may be wrong and yes not. */
export function slotWithout(bytes: readonly number[]): (slot: ShapeSlot) => boolean {
  const unwanted = newByteSet(bytes);
  const byTexts = slotTest((data, start, end) => {
    for (let at = start; at < end; at++) if (hasByte(unwanted, data[at]!)) return false;
    return true;
  });
  return (slot) => lettersWithout(slot, bytes) || byTexts(slot);
}

/** Whether the bytes of a slot's texts are known and none of some is among them. */
export function lettersWithout({ letters }: ShapeSlot, bytes: readonly number[]): boolean {
  return letters !== null && !bytes.some((byte) => hasByte(letters, byte));
}

/**
 * Whether every text that a slot can hold passes a test of bytes. Asks dictionaries about all their
 * words, so the answer may be no because of a word that no row has; never yes wrongly. The test must
 * look at what kinds of bytes there are: of numbers it is asked about some that have all digits.
 */
export function slotTest(
  test: (bytes: Uint8Array, start: number, end: number) => boolean,
): (slot: ShapeSlot) => boolean {
  const allWords = everyWord(test);
  const text = (value: string) => {
    const bytes = encoder.encode(value);
    return test(bytes, 0, bytes.length);
  };
  const anyDigits = ['0', '10', '9876543210', '1234567890'].every(text);
  return (slot) => {
    if (slot.digitsOnly) return anyDigits;
    const { words } = slot;
    if (words !== null) return allWords(words);
    const column = slot.column.kind === 'selected' ? slot.column.base : slot.column;
    switch (column.kind) {
      case 'dictionary':
        return allWords(column.words);
      case 'digits':
        return anyDigits && column.exceptions.every(text);
      case 'constant':
        return column.value !== null && text(String(column.value));
      case 'text': {
        for (let row = 0; row < column.length; row++) {
          if (isSet(column.validity, row) && !test(column.data, column.starts[row]!, column.ends[row]!))
            return false;
        }
        return true;
      }
      default:
        return false;
    }
  };
}
