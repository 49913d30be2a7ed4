import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatText } from '../../src/grammar/format.ts';
import { bare, grammar } from './parse-cases.ts';

const path = process.env.WEIR_CORPUS ?? '../shared/corpus/open.jsonl.gz';
const present = existsSync(path);
if (!present)
  console.warn(`skipped: no corpus of real queries at ${path} (set WEIR_CORPUS to a .jsonl.gz file)`);

function queries(): readonly string[] {
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { query: string }).query);
}

describe.skipIf(!present)('real queries', () => {
  it('parses at least 99.8 % of them', () => {
    const all = queries();
    const failed = all.filter((query) => grammar.parse(query, { mode: 'check' }).query === null);
    expect(failed.length / all.length).toBeLessThan(0.002);
  });

  it('formats them without changing their meaning, and once is enough', () => {
    // Every third one: this reads each query six times.
    for (const query of queries().filter((_, index) => index % 3 === 0)) {
      const { text } = formatText(grammar, query);
      if (text === null) continue;
      expect(formatText(grammar, text).text).toBe(text);
      const before = grammar.parse(query, { mode: 'check' }).query;
      const after = grammar.parse(text, { mode: 'check' }).query;
      expect(JSON.stringify(bare(after))).toBe(JSON.stringify(bare(before)));
    }
  });
});
