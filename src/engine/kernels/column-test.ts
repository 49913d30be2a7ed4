import {
  type BooleanColumn,
  type Column,
  constantColumn,
  type DigitsColumn,
  FALSE,
  flatten,
  isSet,
  TRUE,
  textAt,
} from '../columns/column.ts';
import { textOf } from '../columns/value.ts';
import type { BytesTest } from './glob.ts';
import { perWord } from './per-word.ts';

/** A test that can be asked by bytes and by text. */
export interface TextTest {
  readonly bytes: BytesTest;
  readonly text: (text: string) => boolean;
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
  const nullByte = ofNull ? TRUE : FALSE;
  const words = perWord((bytes, start, end) => (test.bytes(bytes, start, end) ? TRUE : FALSE), nullByte);
  const answerDigits = digitsTest(test, nullByte);
  return (column) => {
    const flat = flatten(column);
    const { length } = flat;
    if (flat.kind === 'constant') {
      return constantColumn(flat.value === null ? ofNull : test.text(textOf(flat.value)), length);
    }
    const values = new Uint8Array(length);
    if (flat.kind === 'dictionary') words(flat, values);
    else if (flat.kind === 'text') {
      const { data, starts, ends, validity } = flat;
      for (let row = 0; row < length; row++) {
        if (isSet(validity, row)) values[row] = test.bytes(data, starts[row]!, ends[row]!) ? TRUE : FALSE;
        else values[row] = nullByte;
      }
    } else if (flat.kind === 'digits') answerDigits(flat, values);
    else {
      for (let row = 0; row < length; row++) {
        const text = textAt(flat, row);
        values[row] = text === null ? nullByte : test.text(text) ? TRUE : FALSE;
      }
    }
    return { kind: 'boolean', length, values } satisfies BooleanColumn;
  };
}

function digitsTest(test: TextTest, nullByte: number): (column: DigitsColumn, out: Uint8Array) => void {
  let small = new Uint8Array(0);
  return ({ values, exceptions, validity, length }, out) => {
    if (small.length === 0) small = new Uint8Array(SMALL_DIGITS).fill(NOT_KNOWN);
    for (let row = 0; row < length; row++) {
      const value = values[row]!;
      let answer = value >= 0 && value < SMALL_DIGITS ? small[value]! : NOT_KNOWN;
      if (!isSet(validity, row)) answer = nullByte;
      else if (answer === NOT_KNOWN) {
        answer = test.text(value < 0 ? exceptions[-value - 1]! : String(value)) ? TRUE : FALSE;
        if (value >= 0 && value < SMALL_DIGITS) small[value] = answer;
      }
      out[row] = answer;
    }
  };
}
