import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newBatch, Schema } from '../../../src/engine/columns/batch.ts';
import { textColumn } from '../../../src/engine/columns/column.ts';
import { acquireKernels, releaseKernels, withKernels } from '../../../src/engine/kernels/wasm/memory.ts';
import { foldCase } from '../../../src/engine/scope/characters.ts';
import { compileScope } from '../../../src/engine/scope/compile.ts';
import { mayMatch, requiredTerms } from '../../../src/engine/scope/facts.ts';
import { parsePhrase, type TermPattern } from '../../../src/engine/scope/phrase.ts';
import { phraseTest, termsOf } from '../../../src/engine/scope/phrase-test.ts';
import type { Scope, ScopeTerm } from '../../../src/grammar/ast.ts';

const span = { start: 0, end: 0 };
const term = (text: string, quoted = false): ScopeTerm => ({ kind: 'term', text, quoted, span });

/** The spec's rule word by word: split both into terms, look for the phrase's terms side by side. */
function contains(message: string, pattern: string, quoted: boolean): boolean {
  const phrase = parsePhrase(pattern, quoted);
  if (phrase === null) return false;
  const terms = termsOf(foldCase(message));
  return terms.some((_, from) => phrase.every((part, at) => fits(part, terms[from + at])));
}

function fits(pattern: TermPattern, candidate: string | undefined): boolean {
  if (candidate === undefined) return false;
  if (pattern.kind === 'any') return true;
  if (pattern.kind === 'mark' || !pattern.wild) return pattern.text === candidate;
  if (!/^[\p{L}\p{N}_]/u.test(candidate)) return false;
  const source = [...pattern.text].map((c) =>
    c === '*' ? '.*' : c === '?' ? '.' : `\\u{${c.codePointAt(0)?.toString(16)}}`,
  );
  return new RegExp(`^${source.join('')}$`, 'su').test(candidate);
}

const character = fc.constantFrom(
  'a',
  'B',
  'b',
  '1',
  '_',
  ' ',
  '\t',
  '\n',
  '.',
  '-',
  ':',
  '=',
  '/',
  'é',
  'ß',
  '→',
  '😀',
  '\u00a0',
  '\u2028',
  'K',
  'k',
);
const message = fc.array(character, { maxLength: 25 }).map((characters) => characters.join(''));
const pattern = fc
  .array(fc.constantFrom('a', 'B', 'b', '1', '_', '.', '-', ':', '*', '?', 'é', 'k', ' '), {
    minLength: 1,
    maxLength: 5,
  })
  .map((characters) => characters.join(''))
  .filter(
    (text) => (parsePhrase(text, true)?.length ?? 0) > 0 && (parsePhrase(text, false)?.length ?? 0) > 0,
  );

describe('a phrase', () => {
  test('over bytes and over text is what the rule says', () => {
    fc.assert(
      fc.property(message, pattern, fc.boolean(), (text, wanted, quoted) => {
        const phrase = parsePhrase(wanted, quoted);
        if (phrase === null) return;
        const { bytes, text: byText } = phraseTest(phrase);
        const padded = new TextEncoder().encode(`b1${text}b1`);
        const expected = contains(text, wanted, quoted);
        expect(bytes(padded, 2, padded.length - 2)).toBe(expected);
        expect(byText(text)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  test('is found by the SIMD kernels as by the plain ones', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 9 }), pattern, fc.boolean(), (texts, wanted, quoted) => {
        const batch = newBatch(new Schema(['_raw']), [textColumn(texts)], texts.length);
        const filter = compileScope(term(wanted, quoted));
        const kernels = acquireKernels();
        const fast = withKernels(kernels, () => filter(batch)?.slice());
        releaseKernels(kernels);
        expect(fast).toEqual(withKernels(null, () => filter(batch)?.slice()));
      }),
      { numRuns: 4000 },
    );
  });

  test('that a message has must be allowed by its terms', () => {
    fc.assert(
      fc.property(message, pattern, pattern, (text, one, other) => {
        const scope: Scope = {
          kind: 'or',
          of: [term(one, true), { kind: 'and', of: [term(one), term(other, true)], span }],
          span,
        };
        const batch = newBatch(new Schema(['_raw']), [textColumn([text])], 1);
        const found = compileScope(scope)(batch);
        if (found !== null && found.length === 0) return;
        const terms = new Set(termsOf(foldCase(text)));
        expect(mayMatch(scope, (word) => terms.has(word))).toBe(true);
        for (const word of requiredTerms(scope)) expect(terms).toContain(word);
      }),
      { numRuns: 1000 },
    );
  });
});

test.each([
  ['jo@x.com', ['jo', 'x', 'com']],
  ['fail*', []],
  ['"a b"', ['a', 'b']],
])('required terms of %s', (text, terms) => {
  expect(requiredTerms(term(text.replaceAll('"', ''), text.startsWith('"')))).toEqual(terms);
});
