import type { CodeArray, DictionaryColumn } from '../columns/column.ts';
import type { Words } from '../columns/words.ts';
import { currentKernels, type KernelMemory } from './wasm/memory.ts';

const NOT_KNOWN = 255;

/**
 * Turns a test of one word into a test of dictionary columns that runs once per word: answers are
 * remembered per dictionary and worked out for the words that rows really use. Null rows get `ofNull`.
 */
export function perWord(
  test: (bytes: Uint8Array, start: number, end: number) => number,
  ofNull: number,
): (column: DictionaryColumn, out: Uint8Array) => void {
  const answersByWords = new WeakMap<Words, Uint8Array>();
  return ({ codes, words, length }, out) => {
    let answers = answersByWords.get(words);
    if (answers === undefined || answers.length <= words.count) {
      const grown = new Uint8Array(Math.max(words.count + 1, (answers?.length ?? 0) * 2)).fill(NOT_KNOWN);
      if (answers === undefined) grown[0] = ofNull;
      else grown.set(answers);
      answers = grown;
      answersByWords.set(words, answers);
    }
    const known = answers;
    const learn = (code: number) => {
      const answer = test(words.data, words.start(code), words.end(code));
      known[code] = answer;
      return answer;
    };
    const kernels = currentKernels();
    if (
      kernels?.holds(codes) &&
      kernels.holds(out) &&
      answerByKernel(kernels, codes, length, known, out, learn)
    )
      return;
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      const answer = known[code]!;
      out[row] = answer === NOT_KNOWN ? learn(code) : answer;
    }
  };
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
  const inside = kernels.uint8(answers.length);
  if (!kernels.holds(inside)) return false;
  inside.set(answers);
  const { byteOffset, BYTES_PER_ELEMENT: width } = codes;
  let row = 0;
  for (;;) {
    row = kernels.exports.answersOfCodes(length, row, width, byteOffset, inside.byteOffset, out.byteOffset);
    if (row === length) return true;
    inside[codes[row]!] = learn(codes[row]!);
  }
}
