import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { execute } from '../../../src/engine/run/execute.ts';
import { memorySource, prepareQuery, QueryFailure } from '../../../src/index.ts';
import { memoryDocuments } from '../../../src/lookups/document-store.ts';
import { createLookups } from '../../../src/lookups/lookups.ts';

const path = process.env.WEIR_CORPUS ?? '../shared/corpus/open.jsonl.gz';
const there = existsSync(path);
if (!there)
  console.warn(`skipped: no corpus of real queries at ${path} (set WEIR_CORPUS to a .jsonl.gz file)`);

/** One query in so many runs; WEIR_CORPUS_EVERY=1 runs all. */
const EVERY = Number(process.env.WEIR_CORPUS_EVERY ?? 8);

const START = Date.UTC(2024, 0, 1);
const raws = [
  '{"eventName":"ConsoleLogin","user":{"name":"amy"},"bytes":10,"status":"200","list":[1,{"a":2}]}',
  '2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
  '10.0.0.1 - - [01/Jan/2024:00:00:00 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl"',
  'error user=bob k=v, a="b c" <x><y>1</y></x>',
  '',
  'Größe → 😀 \u0000 \t end',
];

test.skipIf(!there)('every real query that has no errors runs to its end or fails in words', async () => {
  const messages = raws.map((raw, at) => ({
    raw,
    time: START + at * 60_000,
    fields: new Map([['_sourceCategory', 'x/y']]),
  }));
  const source = memorySource(messages);
  const lookups = createLookups(memoryDocuments());
  const options = {
    lookups,
    time: { from: START, to: START + 600_000 },
    now: () => START + 600_000,
    batchRows: 4,
  };
  const all = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  const lines = all.filter((_, at) => at % EVERY === 0);
  let ran = 0;
  let failed = 0;
  for (const line of lines) {
    const { query } = JSON.parse(line) as { query: string };
    const { plan } = prepareQuery(query);
    if (plan === null) continue;
    // The scopes name data that is not here: let the messages pass.
    const everything = { kind: 'all', span: { start: 0, end: 0 } } as const;
    const open = plan.subqueries ? plan : { ...plan, scan: { ...plan.scan, filter: everything } };
    try {
      const run = await execute(open, source, options);
      for await (const batch of run.batches()) expect(batch.columns.length).toBe(batch.schema.names.length);
      ran++;
    } catch (failure) {
      if (!(failure instanceof QueryFailure))
        throw new Error(`fails with a bug: ${query}`, { cause: failure });
      failed++;
    }
  }
  expect(ran).toBeGreaterThan(lines.length * 0.9);
  expect(failed).toBeLessThan(lines.length * 0.02);
});
