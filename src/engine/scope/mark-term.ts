import { isSet, type TextColumn } from '../columns/column.ts';
import { intoKernels } from '../kernels/into-kernels.ts';
import { currentKernels } from '../kernels/wasm/memory.ts';
import type { Phrase } from './phrase.ts';

/** Marks of rows: 0 the term is certainly not there, anything else ask the general test. */
export type Marks = Uint8Array;

/**
 * Finds by SIMD the rows that may contain the phrase: those that contain its longest whole word. Null
 * where kernels do not apply: none at hand, no such word, or rows that do not lie in order in memory.
 */
export function markRows(phrase: Phrase): ((column: TextColumn) => Marks | null) | null {
  const words = phrase.flatMap((term) => (term.kind === 'word' && !term.wild ? [term.text] : []));
  const longest = words.reduce((best, word) => (word.length >= best.length ? word : best), '');
  if (longest.length < 2 || /[^\0-\u007f]/.test(longest)) return null;
  const lower = new TextEncoder().encode(longest);
  const upper = new TextEncoder().encode(longest.toUpperCase());
  const only = phrase.length === 1;
  return (column) => {
    const kernels = currentKernels();
    const kept = kernels === null ? null : intoKernels(column, kernels);
    if (kernels === null || kept === null) return null;
    const { length, validity } = kept;
    const lowerAt = kernels.allocate(lower.length);
    const upperAt = kernels.allocate(upper.length);
    const marks = kernels.uint8(length).fill(0);
    if (lowerAt === null || upperAt === null || !kernels.holds(marks)) return null;
    kernels.bytes.set(lower, lowerAt);
    kernels.bytes.set(upper, upperAt);
    const { starts, ends } = kept;
    kernels.exports.markTerm(
      length,
      starts.byteOffset,
      ends.byteOffset,
      lowerAt,
      upperAt,
      lower.length,
      marks.byteOffset,
    );
    for (let row = 0; row < length; row++) {
      if (marks[row] === 0) continue;
      // In a phrase the word is only where to look.
      if (!only) marks[row] = 2;
      if (validity !== null && !isSet(validity, row)) marks[row] = 0;
    }
    return marks;
  };
}
