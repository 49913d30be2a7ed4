import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textColumn, valuesOf } from '../../../src/engine/columns/column.ts';
import { splitFields } from '../../../src/engine/kernels/split-fields.ts';

/** The definition, character by character. */
function expected(text: string, delimiter: string, quote: string, literal: string): string[] {
  const chars = [...text];
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === delimiter && !quoted) {
      parts.push(part);
      part = '';
    } else if (char === quote) {
      if (quoted && chars[at + 1] === quote) part += chars[++at];
      else quoted = !quoted;
    } else if (char === literal && at + 1 < chars.length) part += chars[++at];
    else part += char;
  }
  return [...parts, part];
}

test('cuts as the definition says', () => {
  const marks = fc.shuffledSubarray([',', '"', '\\', ':', '→'], { minLength: 3, maxLength: 3 });
  const texts = fc.array(fc.constantFrom(',', '"', '\\', ':', '→', 'a', 'é', ' '), { maxLength: 16 });
  fc.assert(
    fc.property(
      marks,
      fc.array(texts, { maxLength: 4 }),
      ([delimiter = ',', quote = '"', literal = '\\'], rows) => {
        const encode = (text: string) => new TextEncoder().encode(text);
        const lines = rows.map((row) => row.join(''));
        const columns = splitFields(
          textColumn(lines),
          { delimiter: encode(delimiter), quote: encode(quote), escape: encode(literal) },
          [0, 1, 3],
        ).map(valuesOf);
        lines.forEach((line, row) => {
          const parts = expected(line, delimiter, quote, literal);
          expect(columns.map((column) => column[row])).toEqual([0, 1, 3].map((part) => parts[part] ?? null));
        });
      },
    ),
    { numRuns: 2000 },
  );
});
