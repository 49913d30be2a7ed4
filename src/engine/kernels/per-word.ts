import type { DictionaryColumn } from '../columns/column.ts';
import type { Words } from '../columns/words.ts';

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
    for (let row = 0; row < length; row++) {
      const code = codes[row]!;
      let answer = answers[code]!;
      if (answer === NOT_KNOWN) {
        answer = test(words.data, words.start(code), words.end(code));
        answers[code] = answer;
      }
      out[row] = answer;
    }
  };
}
