import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textColumn, valuesOf } from '../../../src/engine/columns/column.ts';
import { compactJson, findJson, valueEnd } from '../../../src/engine/kernels/json-text.ts';
import { MATCHED } from '../../../src/engine/operators/extraction.ts';
import { extractJson } from '../../../src/engine/operators/json-extract.ts';
import type { Step } from '../../../src/engine/operators/json-path.ts';
import { readPath } from '../../../src/engine/operators/json-path.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const keys = fc.constantFrom('a', 'b', 'é', 'a b', '__proto__', 'x"y', '\u0001');
const space = fc.constantFrom('', '', ' ', '\n\t');

/** JSON text as people and programs write it: white space, escapes, equal keys. */
const json = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(
      '1',
      '-0.50',
      '1e3',
      'true',
      'false',
      'null',
      '""',
      '"\\u00e9\\ud83d\\ude00\\n"',
      '"\\/"',
      '"é x"',
    ),
    fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => JSON.stringify(text)),
    fc
      .array(fc.tuple(space, tie('value'), space), { maxLength: 3 })
      .map((items) => `[${items.map((item) => item.join('')).join()}]`),
    tie('object'),
  ),
  object: fc
    .array(fc.tuple(space, keys, space, space, tie('value'), space), { maxLength: 4 })
    .map(
      (entries) =>
        `{${entries.map(([a, key, b, c, value, d]) => `${a}${JSON.stringify(key)}${b}:${c}${value}${d}`).join()}}`,
    ),
})).object;

const path = fc.array(fc.oneof({ weight: 3, arbitrary: keys }, fc.integer({ min: 0, max: 2 })), {
  minLength: 1,
  maxLength: 3,
});

function stepsOf(parts: readonly (string | number)[]): Step[] {
  return parts.map((part) =>
    typeof part === 'number' ? { kind: 'index', index: part } : { kind: 'key', key: part },
  );
}

/** The value at a path after JSON.parse; undefined when there is none. */
function lookUp(value: unknown, parts: readonly (string | number)[]): unknown {
  let found = value;
  for (const part of parts) {
    if (
      typeof part === 'number'
        ? !Array.isArray(found)
        : found === null || typeof found !== 'object' || Array.isArray(found)
    )
      return undefined;
    if (!Object.hasOwn(found as object, part)) return undefined;
    found = (found as Record<string | number, unknown>)[part];
  }
  return found;
}

/** What a path gives, as a value again, so that the ways to write it do not matter. */
function meaning(text: string | null | undefined, found: unknown): unknown {
  if (text === null || text === undefined) return null;
  return typeof found === 'string' ? text : JSON.parse(text);
}

describe('paths', () => {
  test('lead where JSON.parse and a walk lead, by scan and by tree', () => {
    fc.assert(
      fc.property(json, fc.array(path, { minLength: 1, maxLength: 3 }), (text, paths) => {
        const subject = textColumn([text]);
        const wanted = paths.map((_, at) => at);
        const scanned = extractJson(paths.map(stepsOf))(subject, wanted);
        // A union of one step is no plain path, so this one goes through the tree and gives a list.
        const searched = extractJson(
          paths.map((parts) => [
            { kind: 'union', of: stepsOf(parts.slice(0, 1)) },
            ...stepsOf(parts.slice(1)),
          ]),
        )(subject, wanted);
        const parsed: unknown = JSON.parse(text);
        const values = paths.map((parts) => lookUp(parsed, parts));
        const complete = values.every((value) => value !== undefined);
        expect(scanned.outcome[0] === MATCHED).toBe(complete);
        expect(searched.outcome[0] === MATCHED).toBe(complete);
        values.forEach((value, at) => {
          const [one] = valuesOf(scanned.columns[at]!);
          const [list] = valuesOf(searched.columns[at]!);
          expect(meaning(one as string | null, value)).toEqual(value ?? null);
          expect(list === null ? undefined : JSON.parse(list as string)).toEqual(
            value === undefined ? undefined : [value],
          );
        });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('json text', () => {
  test('is accepted exactly where JSON.parse accepts it', () => {
    const broken = fc
      .tuple(
        json,
        fc.nat(),
        fc.constantFrom('', ',', '}', '"', '\\', '0', '1', 'x', '\u0001', '[', ' ', '.', 'e'),
        fc.nat({ max: 1 }),
      )
      .map(([text, at, insert, remove]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + insert + text.slice(place + remove);
      });
    fc.assert(
      fc.property(fc.oneof(json, broken), (text) => {
        // A lone surrogate has no bytes of its own.
        fc.pre(text.isWellFormed());
        const data = encoder.encode(text.trim());
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(valueEnd(data, 0, data.length) === data.length).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });

  test('is found at the end of other text', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'INFO ', '[main] ', '{x} ', '"q" {', '12:00 [1] '),
        json,
        space,
        (before, text, after) => {
          const data = encoder.encode(before + text + after);
          const blob = findJson(data, 0, data.length);
          expect(blob === null ? null : decoder.decode(data.subarray(blob.start, blob.end))).toBe(text);
        },
      ),
    );
  });

  test('compact text means the same and has no white space between tokens', () => {
    fc.assert(
      fc.property(json, (text) => {
        const data = encoder.encode(text);
        const compact = compactJson(data, 0, data.length);
        const result = compact === null ? text : decoder.decode(compact);
        expect(JSON.parse(result)).toEqual(JSON.parse(text));
        expect(result.replace(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/\s/);
      }),
    );
  });

  test('a deep or hostile text is refused quickly', { timeout: 20_000 }, () => {
    for (const text of [
      '['.repeat(100_000),
      `${'[1,'.repeat(30_000)}}`,
      `${'{"a":'.repeat(20_000)}]`,
      `${'[{'.repeat(50_000)}]`,
    ]) {
      const data = encoder.encode(text);
      expect(findJson(data, 0, data.length)).toBeNull();
    }
  });
});

describe('reading a path', () => {
  test.each([
    ['', '0: the path is empty'],
    ['a..', '3: a key is missing here'],
    ['a[', '1: `[` is followed by no key, index, slice or filter'],
    ["a['b", '2: a quote is not closed'],
    ['a[?(b)]', '4: a condition starts with `@`, the element itself'],
    ['a]', '1: `]` is not expected here'],
    ['a[1:2:0]', '1: the step of a slice must be at least 1'],
  ])('%j is a mistake', (text, mistake) => {
    const read = readPath(text);
    expect('error' in read ? `${read.at}: ${read.error}` : read).toBe(mistake);
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            'a',
            '.',
            '[',
            ']',
            "'",
            '*',
            '?',
            '(',
            ')',
            '@',
            '=',
            '1',
            ':',
            ',',
            '$',
            ' ',
          ),
        }),
        (text) => {
          const read = readPath(text);
          expect('error' in read ? read.at <= text.length : read.steps.length >= 0).toBe(true);
        },
      ),
    );
  });
});
