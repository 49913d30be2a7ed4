import { type CodeArray, type DictionaryColumn, FALSE, TRUE } from '../columns/column.ts';
import type { Words } from '../columns/words.ts';
import { currentKernels, type KernelMemory } from './wasm/memory.ts';
import { wordsText } from './words-text.ts';

const NOT_KNOWN = 255;
/** The words of a dictionary of at most this many are all tested at once. */
const FEW_WORDS = 256;

/** A test of one word. */
interface WordTest {
  (bytes: Uint8Array, start: number, end: number): number;
  /** The test is whether the word has exactly these bytes. */
  readonly equals?: Uint8Array | undefined;
  /** The test is whether the word has not exactly these bytes. */
  readonly differs?: Uint8Array | undefined;
}

/** The answers for one dictionary. */
interface Answers {
  /** By code. */
  byCode: Uint8Array;
  /** The one code that passes, 0 when none does; null when that is not known or there are several. */
  only: number | null;
  /** Words that `only` speaks of. */
  count: number;
}

/**
 * Turns a test of one word into a test of dictionary columns that runs once per word: answers are
 * remembered per dictionary and worked out for the words that rows really use. Null rows get `ofNull`.
 */
export function perWord(test: WordTest, ofNull: number): (column: DictionaryColumn, out: Uint8Array) => void {
  const known = new WeakMap<Words, Answers>();
  return ({ codes, words, length }, out) => {
    const answers = answersFor(words, known, ofNull);
    const { byCode } = answers;
    const learn = (code: number) => {
      const answer = test(words.data, words.start(code), words.end(code));
      byCode[code] = answer;
      return answer;
    };
    const kernels = currentKernels();
    if (kernels?.holds(codes) && kernels.holds(out)) {
      if (answers.count < words.count) survey(answers, words, test, learn);
      if (answers.only !== null && ofNull === FALSE) {
        const { byteOffset, BYTES_PER_ELEMENT: width } = codes;
        if (answers.only === 0) out.fill(FALSE);
        else kernels.exports.onesOfCode(length, width, byteOffset, answers.only, out.byteOffset);
        return;
      }
      if (answerByKernel(kernels, codes, length, byCode, out, learn)) return;
    }
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      const answer = byCode[code]!;
      out[row] = answer === NOT_KNOWN ? learn(code) : answer;
    }
  };
}

function answersFor(words: Words, known: WeakMap<Words, Answers>, ofNull: number): Answers {
  let answers = known.get(words);
  if (answers === undefined) {
    answers = { byCode: new Uint8Array(words.count + 1).fill(NOT_KNOWN), only: null, count: 0 };
    answers.byCode[0] = ofNull;
    known.set(words, answers);
  } else if (answers.byCode.length <= words.count) {
    const grown = new Uint8Array(Math.max(words.count + 1, answers.byCode.length * 2)).fill(NOT_KNOWN);
    grown.set(answers.byCode);
    answers.byCode = grown;
  }
  return answers;
}

/**
 * Finds out whether at most one word passes, where that is cheap: of few words, or for a literal. Words of
 * a dictionary differ and stay, so the one word that is the literal is the only one however many come.
 */
function survey(
  answers: Answers,
  words: Words,
  { equals, differs }: WordTest,
  learn: (code: number) => number,
): void {
  answers.count = words.count;
  if (differs !== undefined && passAllBut(codeOf(words, differs), answers, words)) return;
  if (equals !== undefined && answers.only) return;
  answers.only = equals === undefined ? null : codeOf(words, equals);
  if (answers.only !== null || words.count > FEW_WORDS) return;
  const others: number[] = [];
  for (let code = 1; code <= words.count; code++) {
    const known = answers.byCode[code]!;
    if ((known === NOT_KNOWN ? learn(code) : known) !== FALSE) others.push(code);
  }
  const [only = 0] = others;
  if (others.length < 2 && (only === 0 || answers.byCode[only] === TRUE)) answers.only = only;
}

/** Answers for all words at once; false when it is not known which one does not pass. */
function passAllBut(code: number | null, { byCode }: Answers, words: Words): boolean {
  if (code === null) return false;
  byCode.fill(TRUE, 1, words.count + 1);
  if (code > 0) byCode[code] = FALSE;
  return true;
}

/** The code of a text in a dictionary, 0 when it is no word there; null when there is no room for a look. */
function codeOf(words: Words, wanted: Uint8Array): number | null {
  const kernels = currentKernels();
  const text = words.count > FEW_WORDS ? wordsText(words) : null;
  const inside = kernels?.uint8(wanted.length);
  if (text === null || inside === undefined || !kernels?.holds(inside)) return null;
  inside.set(wanted);
  const row = kernels.exports.findText(
    text.length,
    text.starts.byteOffset,
    text.ends.byteOffset,
    inside.byteOffset,
    wanted.length,
  );
  return row === text.length ? 0 : row + 1;
}

/** False when there is no room for the answers beside the rows, or too little of them would be used. */
function answerByKernel(
  kernels: KernelMemory,
  codes: CodeArray,
  length: number,
  answers: Uint8Array,
  out: Uint8Array,
  learn: (code: number) => number,
): boolean {
  if (answers.length > length * 16) return false;
  const inside = kernels.copyOf(answers);
  if (inside === null) return false;
  const { byteOffset, BYTES_PER_ELEMENT: width } = codes;
  let row = 0;
  for (;;) {
    row = kernels.exports.answersOfCodes(length, row, width, byteOffset, inside.byteOffset, out.byteOffset);
    if (row === length) return true;
    inside[codes[row]!] = learn(codes[row]!);
  }
}
