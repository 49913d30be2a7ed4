// The hot loops over UTF-8 text, in AssemblyScript with SIMD. No allocation, no state: every
// pointer is given by the TypeScript beside this folder, which owns the memory. Loads may reach up
// to 64 bytes past the end of a text, so the arena keeps that much room behind every buffer.
// Each export has a plain TypeScript twin with the same contract; the specs run on both.
export { emptyLines, letterLines, newlines, findLines, findDelimiters, findGrid, checkGrid, hasEmptyPiece, cutRows, oddCuts, gridColumn, cutColumn } from './split';
export { collectSlot, cutShape, otherNumbers, otherSpans, rehashWords } from './collect';
export { encodeForms, surveyForms } from './forms';
export { intern, internInsert, internRehash, INTERN_SLOT, INTERN_KEY, INTERN_TAIL } from './intern';
export { inflate, INFLATE_STATE } from './inflate';
export { jsonValues, JSON_SHAPE, quotedAfter } from './json';
export { idsOfCodes, answersOfCodes, rowsOfOnes, countCodes, sumGroups, widenInts, scaleInts, digitNumbers, sliceStarts, idsOfNumbers, putNumber, idsOfPairs, onesOfCode, findText } from './codes';
export { parseNumbers, unixTimes } from './numbers';
export { equalTexts, markPhrase } from './search';
export { addTerms, fillFilter, growTerms } from './terms';
