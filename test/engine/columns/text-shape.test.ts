import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Batch, newBatch, Schema } from '../../../src/engine/columns/batch.ts';
import { bytesIn } from '../../../src/engine/columns/byte-set.ts';
import {
  type Column,
  constantColumn,
  flatten,
  textColumn,
  valuesOf,
} from '../../../src/engine/columns/column.ts';
import {
  lazySlot,
  selectShaped,
  shapedText,
  type TextShape,
} from '../../../src/engine/columns/text-shape.ts';
import { Words } from '../../../src/engine/columns/words.ts';
import { batchSource, collectRows, runQuery } from '../../../src/index.ts';

const encoder = new TextEncoder();

/** Texts of a slot in one of the layouts in which stores give them. */
function slotColumn(texts: readonly string[], layout: number): Column {
  const numbers = texts.map((text) => (/^(0|[1-9]\d{0,8})$/.test(text) ? Number(text) : -1));
  if (layout === 0) return textColumn(texts);
  if (layout === 1 && texts.length > 0 && texts.every((text) => text === texts[0]))
    return constantColumn(texts[0] ?? '', texts.length);
  if (layout === 2) {
    const exceptions = [...new Set(texts.filter((_, row) => numbers[row] === -1))];
    const values = Int32Array.from(texts, (text, row) =>
      numbers[row] === -1 ? -1 - exceptions.indexOf(text) : numbers[row]!,
    );
    return { kind: 'digits', length: texts.length, values, exceptions, validity: null };
  }
  const words = new Words();
  return {
    kind: 'dictionary',
    length: texts.length,
    codes: Uint32Array.from(texts, (text) => words.internText(text)),
    words,
  };
}

interface Shaped {
  readonly shape: TextShape;
  readonly texts: readonly string[];
}

function shaped(
  pieces: readonly string[],
  rows: readonly (readonly string[])[],
  layouts: readonly number[],
): Shaped {
  const slots = pieces.slice(1).map((_, slot) => {
    const column = slotColumn(
      rows.map((row) => row[slot] ?? ''),
      layouts[slot] ?? 0,
    );
    const digitsOnly = column.kind === 'digits' && column.exceptions.length === 0;
    const letters = bytesIn(encoder.encode(rows.map((row) => row[slot] ?? '').join('')));
    return lazySlot(
      digitsOnly,
      rows.length % 2 === 0 ? letters : null,
      () => (column.kind === 'dictionary' ? column.words : null),
      () => column,
    );
  });
  const texts = rows.map((row) =>
    pieces.map((piece, at) => piece + (at < row.length ? row[at] : '')).join(''),
  );
  return { shape: { pieces: pieces.map((piece) => encoder.encode(piece)), slots }, texts };
}

const token = fc.oneof(
  fc.constantFrom(
    'ACCEPT',
    'reject',
    '10.0.0.1',
    '443',
    '6',
    '0',
    '007',
    '-',
    'é',
    'a_b',
    '{x',
    '"',
    '\\',
    '[1]',
    'user',
    '0.0',
    '10',
    '.0',
    '0.',
    '.',
    'a-b',
  ),
  fc.nat(1e8).map(String),
);
const layouts = fc.array(fc.nat(3), { minLength: 6, maxLength: 6 });

const lines = fc
  .integer({ min: 1, max: 5 })
  .chain((slots) =>
    fc
      .tuple(
        fc.array(fc.array(token, { minLength: slots, maxLength: slots }), { minLength: 1, maxLength: 9 }),
        layouts,
      )
      .map(([rows, kinds]) => shaped(['', ...new Array<string>(slots - 1).fill(' '), ''], rows, kinds)),
  );

const objects = fc
  .tuple(
    fc.array(fc.tuple(token, token, fc.nat(99).map(String), token), { minLength: 1, maxLength: 9 }),
    layouts,
  )
  .map(([rows, kinds]) => shaped(['{"message":"', ' ', '","n":', ',"ids":["', '"],"z":null}'], rows, kinds));

async function answers(column: Column, query: string): Promise<unknown> {
  const batch: Batch = newBatch(
    new Schema(['_raw', '_messageTime']),
    [column, constantColumn(0, column.length)],
    column.length,
  );
  const { run, diagnostics } = await runQuery(query, batchSource([batch]));
  if (run === null) throw new Error(diagnostics.map(({ message }) => message).join());
  const { names, rows } = await collectRows(run);
  return { names, rows, warnings: run.warnings() };
}

const QUERIES = [
  'accept | count by _raw',
  '6 | count by _raw',
  '10.0.0.1 | count by _raw',
  '0.0 | count by _raw',
  '"10 . 0" | count by _raw',
  '"-b" | count by _raw',
  'a-* OR *-b | count by _raw',
  '"* . 0" | count by _raw',
  '!0.0.1 | count by _raw',
  'us* OR 4* | count by _raw',
  '"user accept" | count by _raw',
  '!reject | count by _raw',
  '* | parse "* *" as a, b | count by a, b',
  '* | parse "* * *" as a, b, c nodrop | count by a, b, c',
  '* | json "message" as m | count by m',
  '* | json "message", "n", "z" as m, n, z nodrop | count by m, n, z',
  '* | json "ids[0]" as i nodrop | count by i',
  '* | if (_raw matches "{*", 1, 0) as j | count by j',
  '* | json "message" as m nodrop | if (_raw matches "{*", m, _raw) as t | parse field=t "* *" as a, b nodrop | count by a, b',
];

describe('a text of a known shape', () => {
  test('is the text that its pieces and slots make', () => {
    fc.assert(
      fc.property(fc.oneof(lines, objects), ({ shape, texts }) => {
        expect(valuesOf(shapedText(shape, texts.length))).toEqual(texts);
        const rows = Uint32Array.from(texts, (_, row) => texts.length - 1 - row);
        expect(valuesOf(flatten(selectShaped(shape, rows)))).toEqual([...texts].reverse());
      }),
    );
  });

  test.each(QUERIES)('answers as the plain text does: %s', async (query) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(lines, objects), async ({ shape, texts }) => {
        expect(await answers(shapedText(shape, texts.length), query)).toEqual(
          await answers(textColumn(texts), query),
        );
      }),
      { numRuns: 60 },
    );
  });
});
