import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALL_ENTRIES } from '../src/cli/reference.ts';
import type { RunOptions } from '../src/engine/run/options.ts';
import { parseRangeText } from '../src/engine/time/range.ts';
import { formatQuery } from '../src/language.ts';
import { memoryDocuments } from '../src/lookups/document-store.ts';
import { createLookups } from '../src/lookups/lookups.ts';
import { LAYOUTS } from './layouts.ts';
import { type Fence, fenceText, readCases, type SpecCase } from './spec-case.ts';
import { END, inputSource, type Outcome, outcomeOf, readTables, storedOutcome } from './spec-run.ts';

const folder = join(import.meta.dirname, 'spec');
const update = process.env.UPDATE_SPECS === '1';

/** Every case must give the same however its rows are cut into batches and its columns are laid out. */
const VARIANTS = [
  ...[1, 7, 4096].map((batchRows) => ({ batchRows, layout: LAYOUTS[0] })),
  ...LAYOUTS.slice(1).map((layout) => ({ batchRows: 3, layout })),
];

function variantName({ batchRows, layout }: (typeof VARIANTS)[number]): string {
  return `batches of ${batchRows}, columns ${layout}`;
}

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join(folder, name))
  .sort();

async function optionsOf(spec: SpecCase): Promise<RunOptions> {
  const tables = fenceText(spec, 'tables');
  const info = spec.fences.find(({ kind }) => kind === 'query')?.info ?? '';
  const range = /range:\s*(.+)/.exec(info)?.[1];
  const time = range === undefined ? null : parseRangeText(range, { now: END, timeZone: 'UTC' });
  if (time !== null && !time.ok) throw new Error(time.problem);
  return {
    now: () => END,
    ...(time === null ? {} : { time: time.value }),
    ...(tables === null ? {} : { lookups: await readTables(tables) }),
  };
}

async function outcomes(spec: SpecCase): Promise<Outcome[]> {
  const query = fenceText(spec, 'query') ?? '';
  const found: Outcome[] = [];
  for (const { batchRows, layout } of VARIANTS) {
    const source = inputSource(fenceText(spec, 'input') ?? '', layout);
    found.push(await outcomeOf(query, source, { ...(await optionsOf(spec)), batchRows }));
  }
  return found;
}

/** What the query gives when it is printed in standard form first; null when it cannot be printed. */
async function formattedOutcome(spec: SpecCase): Promise<Outcome | null> {
  const { text } = formatQuery(fenceText(spec, 'query') ?? '');
  const source = inputSource(fenceText(spec, 'input') ?? '');
  return text === null ? null : outcomeOf(text, source, await optionsOf(spec));
}

/** What a block should say, by its kind. */
function blockText(kind: string, outcome: Outcome): string | null {
  switch (kind) {
    case 'expect':
      return outcome.csv;
    case 'error':
      return outcome.error;
    case 'warning':
      return outcome.warning;
    case 'plan':
      return outcome.plan;
    default:
      return null;
  }
}

const STATED = new Set(['expect', 'error', 'warning', 'plan']);

for (const file of files) {
  const markdown = readFileSync(file, 'utf8');
  const edits: { fence: Fence; text: string }[] = [];
  describe(relative(folder, file), () => {
    for (const spec of readCases(markdown)) {
      test(spec.title, async () => {
        const found = await outcomes(spec);
        const stated = spec.fences.filter(({ kind }) => STATED.has(kind));
        expect(stated.length, 'a case must state an outcome').toBeGreaterThan(0);
        const [first] = found;
        for (const fence of stated) {
          if (update && first !== undefined) edits.push({ fence, text: blockText(fence.kind, first) ?? '' });
          found.forEach((outcome, at) => {
            if (!update || at > 0) {
              const wanted = update && first !== undefined ? blockText(fence.kind, first) : fence.text;
              expect(blockText(fence.kind, outcome) ?? outcome.error, variantName(VARIANTS[at]!)).toBe(
                wanted,
              );
            }
          });
        }
        if (!stated.some(({ kind }) => kind === 'error')) expect(first?.error ?? null).toBeNull();
        const formatted = await formattedOutcome(spec);
        if (formatted !== null) expect(formatted.csv, 'formatted').toBe(first?.csv);
        const query = fenceText(spec, 'query') ?? '';
        const stored = await storedOutcome(query, fenceText(spec, 'input') ?? '', await optionsOf(spec));
        expect(stored.error, 'from a store').toBe(first?.error ?? null);
        expect(stored.rows, 'from a store').toEqual(first?.rows);
      });
    }
    if (update) {
      test('write the blocks', () => {
        let text = markdown;
        for (const { fence, text: block } of edits.sort((a, b) => b.fence.start - a.fence.start)) {
          const open = text.slice(0, fence.start);
          text =
            open + block + (fence.end === fence.start && block !== '' ? '\n' : '') + text.slice(fence.end);
        }
        writeFileSync(file, text);
      });
    }
  });
}

describe('examples of the reference', () => {
  for (const definition of ALL_ENTRIES) {
    definition.examples.forEach((example, at) => {
      test(`${definition.kind} ${definition.name} ${at + 1}`, async () => {
        for (const variant of VARIANTS) {
          const outcome = await outcomeOf(example.query, inputSource(example.input, variant.layout), {
            now: () => END,
            lookups: createLookups(memoryDocuments(), () => END),
            batchRows: variant.batchRows,
          });
          const messages = outcome.diagnostics
            .filter(({ severity }) => severity === 'error')
            .map(({ message }) => message);
          const got = outcome.csv ?? (messages.length > 0 ? messages.join('\n') : outcome.error);
          expect(got, variantName(variant)).toBe(example.expect.replace(/\n$/, ''));
        }
      });
    });
  }
});
