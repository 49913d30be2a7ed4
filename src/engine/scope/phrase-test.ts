import { byteSearch, decodeBytes } from '../kernels/bytes.ts';
import { bytesTest, type TextTest } from '../kernels/column-test.ts';
import {
  ASCII_KINDS,
  codePointAt,
  codePointKind,
  foldCase,
  MARK,
  nextCharacter,
  previousCharacter,
  SPACE,
  WORD,
} from './characters.ts';
import type { Phrase, TermPattern } from './phrase.ts';
import { equalsAnyCase, fitsGlob, textFitsGlob } from './term-glob.ts';

/** A test whether a message contains the phrase, in any letter case. */
export function phraseTest(phrase: Phrase): TextTest {
  if (phrase.length === 0) return { bytes: () => true, text: () => true };
  const ascii = phrase.every((term) => term.kind === 'any' || !/[^\0-\u007f]/.test(term.text));
  return ascii ? asciiPhraseTest(phrase) : anyPhraseTest(phrase);
}

/** A term of an ASCII phrase: `fits` says whether the term `bytes[start, end)` is it. */
interface BytesTerm {
  readonly fits: (bytes: Uint8Array, start: number, end: number) => boolean;
  /** Bytes that the term must contain: the longest run without wildcards; empty for any term. */
  readonly anchor: Uint8Array;
}

function bytesTerm(term: TermPattern): BytesTerm {
  if (term.kind === 'any') return { fits: () => true, anchor: new Uint8Array(0) };
  const encoded = new TextEncoder().encode(term.text);
  if (term.kind === 'mark' || !term.wild) {
    return { fits: (bytes, start, end) => equalsAnyCase(bytes, start, end, encoded), anchor: encoded };
  }
  const runs = term.text.split(/[*?]+/);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  return {
    fits: (bytes, start, end) => isWordAt(bytes, start, end) && fitsGlob(bytes, start, end, encoded),
    anchor: new TextEncoder().encode(longest),
  };
}

function isWordAt(bytes: Uint8Array, at: number, end: number): boolean {
  return codePointKind(codePointAt(bytes, at, end)) === WORD;
}

/** Searches for the rarest-looking term (the longest, then the last), then checks its neighbours. */
function asciiPhraseTest(phrase: Phrase): TextTest {
  const terms = phrase.map(bytesTerm);
  let chosen = 0;
  terms.forEach((term, at) => {
    if (term.anchor.length >= terms[chosen]!.anchor.length) chosen = at;
  });
  const { anchor } = terms[chosen]!;
  const before = terms.slice(0, chosen).reverse();
  const after = terms.slice(chosen);
  if (anchor.length === 0) {
    return bytesTest((bytes, start, end) => anyTermFits(bytes, start, end, before, after));
  }
  const find = byteSearch(anchor, true);
  const pattern = phrase[chosen]!;
  const whole = pattern.kind === 'word' && !pattern.wild;
  return bytesTest((bytes, start, end) => {
    for (let at = find(bytes, start, end); at >= 0; at = find(bytes, at + 1, end)) {
      if (whole && touchesWord(bytes, start, at, at + anchor.length, end)) continue;
      const termStart = startOfTerm(bytes, start, at);
      if (fitsAfter(bytes, termStart, end, after) && fitsBefore(bytes, start, termStart, before)) return true;
    }
    return false;
  });
}

/** Whether an ASCII letter or digit stands right before or after: a quick no for whole words. */
function touchesWord(bytes: Uint8Array, start: number, from: number, to: number, end: number): boolean {
  const left = from > start ? bytes[from - 1]! : 32;
  const right = to < end ? bytes[to]! : 32;
  return (left < 128 && ASCII_KINDS[left] === WORD) || (right < 128 && ASCII_KINDS[right] === WORD);
}

/** Tries every term of the message as the chosen one. */
function anyTermFits(
  bytes: Uint8Array,
  start: number,
  end: number,
  before: readonly BytesTerm[],
  after: readonly BytesTerm[],
): boolean {
  for (let at = skipSpace(bytes, start, end); at < end; ) {
    if (fitsAfter(bytes, at, end, after) && fitsBefore(bytes, start, at, before)) return true;
    at = skipSpace(bytes, endOfTerm(bytes, at, end), end);
  }
  return false;
}

function fitsAfter(bytes: Uint8Array, from: number, end: number, terms: readonly BytesTerm[]): boolean {
  let at = from;
  for (const term of terms) {
    at = skipSpace(bytes, at, end);
    if (at >= end) return false;
    const next = endOfTerm(bytes, at, end);
    if (!term.fits(bytes, at, next)) return false;
    at = next;
  }
  return true;
}

function fitsBefore(bytes: Uint8Array, start: number, from: number, terms: readonly BytesTerm[]): boolean {
  let at = from;
  for (const term of terms) {
    at = skipSpaceBack(bytes, start, at);
    if (at <= start) return false;
    const last = previousCharacter(bytes, start, at);
    const next = startOfTerm(bytes, start, last);
    if (!term.fits(bytes, next, at)) return false;
    at = next;
  }
  return true;
}

/** Where the term that has a character at `at` starts. */
function startOfTerm(bytes: Uint8Array, start: number, at: number): number {
  let from = at;
  if (!isWordAt(bytes, from, bytes.length)) return from;
  while (from > start) {
    const byte = bytes[from - 1]!;
    if (byte < 128) {
      if (ASCII_KINDS[byte] !== WORD) break;
      from--;
      continue;
    }
    const previous = previousCharacter(bytes, start, from);
    if (codePointKind(codePointAt(bytes, previous, from)) !== WORD) break;
    from = previous;
  }
  return from;
}

/** Where the term that starts at `at` ends. */
function endOfTerm(bytes: Uint8Array, at: number, end: number): number {
  if (codePointKind(codePointAt(bytes, at, end)) !== WORD) return nextCharacter(bytes, at, end);
  let to = at;
  while (to < end) {
    const byte = bytes[to]!;
    if (byte < 128) {
      if (ASCII_KINDS[byte] !== WORD) break;
      to++;
      continue;
    }
    if (codePointKind(codePointAt(bytes, to, end)) !== WORD) break;
    to = nextCharacter(bytes, to, end);
  }
  return to;
}

function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && codePointKind(codePointAt(bytes, at, end)) === SPACE) at = nextCharacter(bytes, at, end);
  return at;
}

function skipSpaceBack(bytes: Uint8Array, start: number, from: number): number {
  let at = from;
  while (at > start) {
    const previous = previousCharacter(bytes, start, at);
    if (codePointKind(codePointAt(bytes, previous, at)) !== SPACE) break;
    at = previous;
  }
  return at;
}

/** The general way, for phrases with characters beyond ASCII: over folded text. */
function anyPhraseTest(phrase: Phrase): TextTest {
  const text = (message: string) => {
    const terms = termsOf(foldCase(message));
    for (let from = 0; from + phrase.length <= terms.length; from++) {
      if (phrase.every((term, at) => textTermFits(term, terms[from + at]!))) return true;
    }
    return false;
  };
  return { bytes: (bytes, start, end) => text(decodeBytes(bytes, start, end)), text };
}

function textTermFits(pattern: TermPattern, term: string): boolean {
  switch (pattern.kind) {
    case 'any':
      return true;
    case 'mark':
      return pattern.text === term;
    case 'word':
      if (!pattern.wild) return pattern.text === term;
      return codePointKind(term.codePointAt(0) ?? 0) === WORD && textFitsGlob(term, pattern.text);
  }
}

/** The terms of a text in order: words, and every other character that is no white space. */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  let word = '';
  for (const character of text) {
    const kind = codePointKind(character.codePointAt(0) ?? 0);
    if (kind === WORD) {
      word += character;
      continue;
    }
    if (word !== '') terms.push(word);
    word = '';
    if (kind === MARK) terms.push(character);
  }
  if (word !== '') terms.push(word);
  return terms;
}
