import {
  type BooleanColumn,
  type Column,
  constantColumn,
  type DigitsColumn,
  flatten,
  isSet,
  type TextColumn,
  textAt,
} from '../columns/column.ts';
import { shapeOf, slotTest, type TextShape } from '../columns/text-shape.ts';
import { textOf } from '../columns/value.ts';
import type { BytesTest } from './glob.ts';
import { holdsText, insideKernels } from './inside-kernels.ts';
import { perWord } from './per-word.ts';
import { RecentNumbers } from './recent-numbers.ts';
import { truth } from './test-text.ts';
import { currentKernels } from './wasm/memory.ts';

/** A test that can be asked by bytes and by text. */
export interface TextTest {
  readonly bytes: BytesTest;
  readonly text: (text: string) => boolean;
  /** The test is whether the text begins with these bytes. */
  readonly start?: Uint8Array;
  /** The test is whether the text is these bytes. */
  readonly equals?: Uint8Array;
  /** The test is whether the text is anything but these bytes. */
  readonly differs?: Uint8Array;
}

const encoder = new TextEncoder();

/** Answers for digits below this are remembered: ports and protocols repeat. */
const SMALL_DIGITS = 1 << 16;
const NOT_KNOWN = 255;

/** A test by bytes that can also be asked by text. */
export function bytesTest(bytes: BytesTest): TextTest {
  return {
    bytes,
    text(text) {
      const encoded = encoder.encode(text);
      return bytes(encoded, 0, encoded.length);
    },
  };
}

/**
 * Runs a test over a column: bytes where they lie, dictionaries once per word, other values by their
 * text form. Null rows answer `ofNull`.
 */
export function columnTest(test: TextTest, ofNull: boolean): (column: Column) => Column {
  const nullByte = truth(ofNull);
  const ofWord = (bytes: Uint8Array, start: number, end: number) => truth(test.bytes(bytes, start, end));
  const words = perWord(Object.assign(ofWord, { equals: test.equals, differs: test.differs }), nullByte);
  const answerDigits = digitsTest(test, nullByte);
  return (column) => {
    const shape = test.start === undefined ? null : shapeOf(column);
    const answer = shape === null || test.start === undefined ? null : startsOfShape(shape, test.start);
    if (answer !== null) return constantColumn(answer, column.length);
    const flat = flatten(column);
    const { length } = flat;
    if (flat.kind === 'constant') {
      return constantColumn(flat.value === null ? ofNull : test.text(textOf(flat.value)), length);
    }
    const values = currentKernels()?.uint8(length) ?? new Uint8Array(length);
    if (flat.kind === 'dictionary') words(flat, values);
    else if (flat.kind === 'text') {
      const { data, starts, ends, validity } = flat;
      if (test.equals !== undefined && equalTexts(flat, test.equals, values))
        return { kind: 'boolean', length, values };
      for (let row = 0; row < length; row++) {
        if (isSet(validity, row)) values[row] = truth(test.bytes(data, starts[row]!, ends[row]!));
        else values[row] = nullByte;
      }
    } else if (flat.kind === 'digits') answerDigits(flat, values);
    else {
      for (let row = 0; row < length; row++) {
        const text = textAt(flat, row);
        values[row] = text === null ? nullByte : truth(test.text(text));
      }
    }
    return { kind: 'boolean', length, values } satisfies BooleanColumn;
  };
}

/** Fills `values` with TRUE where a text is `wanted`, by a kernel; false where that cannot be. */
function equalTexts(column: TextColumn, wanted: Uint8Array, values: Uint8Array): boolean {
  const kernels = currentKernels();
  const { data, starts, ends, length, validity } = insideKernels(column);
  if (kernels === null || validity !== null || !kernels.holds(values)) return false;
  if (!holdsText(kernels, { data, starts, ends })) return false;
  const address = kernels.allocate(wanted.length);
  if (address === null) return false;
  kernels.bytes.set(wanted, address);
  const [from, to, out] = [starts.byteOffset, ends.byteOffset, values.byteOffset];
  kernels.exports.equalTexts(length, from, to, address, wanted.length, out);
  return true;
}

/** Whether all texts of a shape begin with `wanted` (one byte), or none does; null when that differs or is not known. */
function startsOfShape({ pieces, slots }: TextShape, wanted: Uint8Array): boolean | null {
  const [first] = pieces;
  const [slot] = slots;
  if (first === undefined || slot === undefined || wanted.length !== 1) return null;
  if (first.length > 0) return first[0] === wanted[0];
  return slotTest((bytes, start, end) => end > start && bytes[start] !== wanted[0])(slot) ? false : null;
}

function digitsTest(test: TextTest, nullByte: number): (column: DigitsColumn, out: Uint8Array) => void {
  let small = new Uint8Array(0);
  let large: RecentNumbers | null = null;
  const work = (value: number) => truth(test.text(String(value)));
  return ({ values, exceptions, validity, length }, out) => {
    if (small.length === 0) small = new Uint8Array(SMALL_DIGITS).fill(NOT_KNOWN);
    for (let row = 0; row < length; row++) {
      const value = values[row]!;
      if (!isSet(validity, row)) out[row] = nullByte;
      else if (value < 0) out[row] = truth(test.text(exceptions[-value - 1]!));
      else if (value >= SMALL_DIGITS) {
        large ??= new RecentNumbers();
        out[row] = large.get(value, work);
      } else {
        if (small[value] === NOT_KNOWN) small[value] = work(value);
        out[row] = small[value]!;
      }
    }
  };
}
