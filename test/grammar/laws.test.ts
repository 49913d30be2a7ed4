import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/grammar/complete.ts';
import { formatText } from '../../src/grammar/format.ts';
import { renderDiagnostics } from '../../src/grammar/render.ts';
import { bare, grammar } from './parse-cases.ts';

const PIECES = [
  ...'"\'()|/[]{}%`!-+*=<>?:,.;\\\n\t#@$&^~ '.split(''),
  ...[
    '<>',
    '==',
    '//',
    '/*',
    '*/',
    '||',
    '&&',
    '[subquery:',
    '{{x}}',
    '{{',
    '%"a b"',
    '$$x',
    '[[x]]',
    '"text"',
    '/re/i',
  ],
  ...[
    ' as ',
    ' by ',
    ' in ',
    ' not ',
    ' and ',
    ' or ',
    ' matches ',
    'if(',
    'count',
    'where ',
    'sort ',
    'parse ',
  ],
  ...[
    'json ',
    'join ',
    'lookup ',
    ' from ',
    ' on ',
    'compose ',
    'nodrop',
    'timeslice ',
    '1m',
    '1.5Gi',
    'a.b',
    'é',
    '😀',
    '\ud800',
  ],
];

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join('')),
  fc
    .array(fc.constantFrom(...PIECES), { maxLength: 30 })
    .map((pieces) => `* | where a = 1 ${pieces.join('')}\n| count by b`),
);

function spansOf(
  value: unknown,
  found: { start: number; end: number }[] = [],
): { start: number; end: number }[] {
  if (Array.isArray(value)) for (const each of value) spansOf(each, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      if (key === 'span' || key === 'nameSpan') found.push(each as { start: number; end: number });
      else spansOf(each, found);
    }
  }
  return found;
}

describe('laws of the grammar', () => {
  it('parses any text without throwing, with spans inside it', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('run', 'check'), (query, mode) => {
        const parsed = grammar.parse(query, { mode, parameters: new Map([['x', 'some | count']]) });
        expect(parsed.query !== null || parsed.diagnostics.length > 0).toBe(true);
        for (const span of [
          ...spansOf(parsed.partial),
          ...parsed.diagnostics.map((diagnostic) => diagnostic.span),
        ]) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThanOrEqual(span.start);
          expect(span.end).toBeLessThanOrEqual(query.length);
        }
        renderDiagnostics(query, parsed.diagnostics);
      }),
      { numRuns: 2000 },
    );
  });

  it('formats to a text with the same meaning, and a formatted text to itself', () => {
    fc.assert(
      fc.property(text, (query) => {
        const formatted = formatText(grammar, query).text;
        if (formatted === null) return;
        expect(formatText(grammar, formatted).text).toBe(formatted);
        const [before, after] = [query, formatted].map(
          (each) => grammar.parse(each, { mode: 'check' }).query,
        );
        expect(bare(after)).toEqual(bare(before));
      }),
      { numRuns: 2000 },
    );
  });

  it('completes at any place of any text', () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 200 }), (query, at) => {
        const offset = Math.min(at, query.length);
        for (const { span } of complete(grammar, query, offset, { fields: ['a b'] })) {
          expect(span.end).toBe(offset);
          expect(span.start).toBeLessThanOrEqual(offset);
        }
      }),
      { numRuns: 300 },
    );
  });
});
