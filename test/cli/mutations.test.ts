import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diagnose, knownTables } from '../../src/cli/diagnose.ts';
import { ALL_ENTRIES } from '../../src/cli/reference.ts';
import { explainText } from '../../src/engine/plan/explain.ts';
import { registry } from '../../src/engine/registry.ts';
import { applyFixes } from '../../src/grammar/fixes.ts';
import { renderDiagnostics } from '../../src/grammar/render.ts';
import { prepareQuery } from '../../src/index.ts';
import { formatQuery } from '../../src/language.ts';

const tables = await knownTables({ store: 'no-such-store' });

/** Queries that work: every example of the reference. */
const QUERIES = ALL_ENTRIES.flatMap(({ examples }) => examples.map(({ query }) => query.trim()));

const NOISE = ['"', '(', ')', '|', '//', '/*', '{{', '{{x}}', '%', ' as ', ' by ', '!', '&&', ',', '=', '😀'];

const tokensOf = (text: string) => text.match(/\s+|[\w.$]+|"(?:[^"\\]|\\.)*"|./gsu) ?? [];
const stagesOf = (text: string) => text.split('|');

/** Ways to spoil a query; `at` and `to` choose the places, `other` is another query. */
const SPOILERS: readonly ((text: string, at: number, to: number, other: string) => string)[] = [
  (text, at) =>
    tokensOf(text)
      .toSpliced(at % (tokensOf(text).length + 1), 1)
      .join(''),
  (text, at) => {
    const tokens = tokensOf(text);
    const place = at % (tokens.length + 1);
    return tokens.toSpliced(place, 0, tokens[place] ?? '').join('');
  },
  (text, at, to) => {
    const tokens = [...tokensOf(text)];
    const [one, two] = [at % (tokens.length + 1), to % (tokens.length + 1)];
    [tokens[one], tokens[two]] = [tokens[two] ?? '', tokens[one] ?? ''];
    return tokens.join('');
  },
  (text, at) => text.slice(0, at % (text.length + 1)),
  (text, at, to, other) => text.slice(0, at % (text.length + 1)) + other.slice(to % (other.length + 1)),
  (text, at, to, other) =>
    stagesOf(text)
      .toSpliced(at % (stagesOf(text).length + 1), to % 2, stagesOf(other)[to % stagesOf(other).length] ?? '')
      .join('|'),
  (text, at, to) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + NOISE[to % NOISE.length]! + text.slice(place);
  },
];

const spoiled = fc
  .tuple(
    fc.constantFrom(...QUERIES),
    fc.array(
      fc.tuple(fc.nat(SPOILERS.length - 1), fc.nat(10_000), fc.nat(10_000), fc.constantFrom(...QUERIES)),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  )
  .map(([query, steps]) =>
    steps.reduce((text, [spoiler, at, to, other]) => SPOILERS[spoiler]!(text, at, to, other), query),
  );

test('spoiled queries get diagnostics inside their text, and plans that can be explained', () => {
  let planned = 0;
  fc.assert(
    fc.property(spoiled, (query) => {
      const found = diagnose(query, tables);
      for (const { span, fix } of found) {
        for (const each of [span, ...(fix?.edits.map((edit) => edit.span) ?? [])]) {
          expect(each.start).toBeGreaterThanOrEqual(0);
          expect(each.end).toBeGreaterThanOrEqual(each.start);
          expect(each.end).toBeLessThanOrEqual(query.length);
        }
      }
      renderDiagnostics(query, found);
      const { plan } = prepareQuery(query, { mode: 'check' });
      expect(plan === null).toBe(found.some(({ severity }) => severity === 'error'));
      if (plan === null) return;
      planned++;
      explainText(plan, query, registry);
      for (const advice of found) {
        if (advice.severity !== 'hint' || advice.fix === undefined) continue;
        const fixed = applyFixes(query, [advice]);
        expect(prepareQuery(fixed, { mode: 'check' }).plan, `${advice.code}: ${fixed}`).not.toBeNull();
      }
    }),
    { numRuns: 2500 },
  );
  expect(planned).toBeGreaterThan(500);
});

test('what may be checked may be run, and the other way round', () => {
  fc.assert(
    fc.property(spoiled, (query) => {
      // A parameter is anything when checking, and `*` when running without a value.
      fc.pre(!/\{\{|\$\$|\[\[|`/.test(query));
      const [checked, run] = (['check', 'run'] as const).map((mode) => prepareQuery(query, { mode }).plan);
      expect(run === null).toBe(checked === null);
    }),
    { numRuns: 1500 },
  );
});

test('the standard form of a spoiled query has the same plan', () => {
  const planOf = (text: string) =>
    JSON.stringify(prepareQuery(text, { mode: 'check' }).plan, (key, value) =>
      key === 'span' || key === 'nameSpan' || (key === 'raw' && typeof value === 'string')
        ? undefined
        : value,
    );
  fc.assert(
    fc.property(spoiled, (query) => {
      const { text } = formatQuery(query);
      if (text === null) return;
      expect(formatQuery(text).text).toBe(text);
      expect(planOf(text)).toBe(planOf(query));
    }),
    { numRuns: 1500 },
  );
});
