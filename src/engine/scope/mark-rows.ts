import { isSet, type TextColumn } from '../columns/column.ts';
import { intoKernels } from '../kernels/into-kernels.ts';
import { currentKernels, type KernelMemory } from '../kernels/wasm/memory.ts';
import type { Phrase, TermPattern } from './phrase.ts';

/** Marks of rows: 0 the phrase is certainly not there, 1 it certainly is, 2 ask the general test. */
export type Marks = Uint8Array;

/** What a term is to the kernel: see wasm/assembly/search.ts. */
const MARK = 0;
const WORD = 1;
const PART = 2;

interface SoughtTerm {
  readonly text: string;
  readonly kind: typeof MARK | typeof WORD | typeof PART;
}

/** Neighbouring terms that the kernel can look for; `complete` when they are all of the phrase. */
interface Sought {
  readonly terms: readonly SoughtTerm[];
  /** The term that looks rarest: the longest word. */
  readonly chosen: number;
  readonly complete: boolean;
}

/** Bytes of one term in the table that the kernel reads. */
const TERM = 16;

const encoder = new TextEncoder();

/**
 * Finds by SIMD the rows that contain the phrase, or may: those that contain the terms around its
 * longest word. Null where kernels do not apply: none at hand, no such word, or rows that do not lie in
 * order in memory.
 */
export function markRows(phrase: Phrase): ((column: TextColumn) => Marks | null) | null {
  const sought = soughtIn(phrase);
  if (sought === null) return null;
  const lower = sought.terms.map(({ text }) => encoder.encode(text));
  const upper = sought.terms.map(({ text }) => encoder.encode(text.toUpperCase()));
  return (column) => {
    const kernels = currentKernels();
    const kept = kernels === null ? null : intoKernels(column, kernels);
    if (kernels === null || kept === null) return null;
    const { length, validity, starts, ends } = kept;
    const table = writeTerms(kernels, sought.terms, lower, upper);
    const marks = kernels.uint8(length).fill(0);
    if (table === null || !kernels.holds(marks)) return null;
    kernels.exports.markPhrase(
      length,
      starts.byteOffset,
      ends.byteOffset,
      table,
      sought.terms.length,
      sought.chosen,
      marks.byteOffset,
    );
    if (!sought.complete) for (let row = 0; row < length; row++) if (marks[row] !== 0) marks[row] = 2;
    if (validity !== null) for (let row = 0; row < length; row++) if (!isSet(validity, row)) marks[row] = 0;
    return marks;
  };
}

function writeTerms(
  kernels: KernelMemory,
  terms: readonly SoughtTerm[],
  lower: readonly Uint8Array[],
  upper: readonly Uint8Array[],
): number | null {
  const size = lower.reduce((sum, text) => sum + text.length, 0);
  const address = kernels.allocate(terms.length * TERM + size * 2);
  if (address === null) return null;
  let at = address + terms.length * TERM;
  const write = (text: Uint8Array): number => {
    kernels.bytes.set(text, at);
    at += text.length;
    return at - text.length;
  };
  terms.forEach(({ text, kind }, term) => {
    const entry = (address + term * TERM) >> 2;
    kernels.uints[entry] = write(lower[term]!);
    kernels.uints[entry + 1] = write(upper[term]!);
    kernels.uints[entry + 2] = text.length;
    kernels.uints[entry + 3] = kind;
  });
  return address;
}

/** The plain terms around the longest plain word; else the longest part of a word with wildcards. Null when there is neither. */
function soughtIn(phrase: Phrase): Sought | null {
  let longest = -1;
  phrase.forEach((term, at) => {
    if (!isPlain(term) || term.kind !== 'word') return;
    const before = phrase[longest];
    if (before?.kind !== 'word' || term.text.length >= before.text.length) longest = at;
  });
  if (longest < 0) return partIn(phrase);
  let from = longest;
  while (from > 0 && isPlain(phrase[from - 1])) from--;
  let to = longest + 1;
  while (to < phrase.length && isPlain(phrase[to])) to++;
  const terms = phrase
    .slice(from, to)
    .flatMap((term): SoughtTerm[] =>
      term.kind === 'any' ? [] : [{ text: term.text, kind: term.kind === 'word' ? WORD : MARK }],
    );
  return { terms, chosen: longest - from, complete: terms.length === phrase.length };
}

function partIn(phrase: Phrase): Sought | null {
  const parts = phrase
    .flatMap((term) => (term.kind === 'word' ? term.text.split(/[*?]+/) : []))
    .filter((part) => part.length > 1 && isAscii(part));
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), '');
  if (longest === '') return null;
  return { terms: [{ text: longest, kind: PART }], chosen: 0, complete: false };
}

function isPlain(term: TermPattern | undefined): boolean {
  if (term === undefined || term.kind === 'any' || !isAscii(term.text)) return false;
  return term.kind === 'mark' || !term.wild;
}

function isAscii(text: string): boolean {
  return !/[^\0-\u007f]/.test(text);
}
