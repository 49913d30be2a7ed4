import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { diagnose, knownTables } from '../src/cli/diagnose.ts';
import type { Diagnostic } from '../src/grammar/diagnostics.ts';

/** Why queries with such an error are broken, for those that occur. */
const REMARKS = new Map([
  ['expected `)`, found `host`', 'two words stand where one name can: a name with a space needs `%"…"`'],
  [
    '2 captures but 1 name after `as`; there must be as many',
    'an asterisk of the text was not escaped: `\\*`',
  ],
]);

/**
 * Writes docs/reference/corpus.md: how many queries of a collection of real ones are accepted, and why
 * each of the others is not. WEIR_CORPUS names the collection, a file of `{"id","query"}` lines that
 * may be gzipped; it is not part of the project, and neither is the text of its queries.
 */
const file = process.env.WEIR_CORPUS;
if (file === undefined) {
  console.error('WEIR_CORPUS names no file of {"id","query"} lines: nothing was written');
  process.exitCode = 2;
} else {
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8');
  const queries = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as { id: string; query: string });
  await report(queries);
}

interface Refused {
  readonly id: string;
  readonly errors: readonly Diagnostic[];
}

async function report(queries: readonly { id: string; query: string }[]): Promise<void> {
  const tables = await knownTables({ store: 'no-such-store' });
  const others = new Map<string, number>();
  const refused: Refused[] = [];
  for (const { id, query } of queries) {
    const found = diagnose(query, tables);
    const errors = found.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) refused.push({ id, errors });
    for (const key of new Set(found.map(({ severity, code }) => `${severity} ${code}`))) {
      if (!key.startsWith('error')) others.set(key, (others.get(key) ?? 0) + 1);
    }
  }
  const accepted = queries.length - refused.length;
  const share = ((accepted / queries.length) * 100).toFixed(2);
  const number = (value: number) => value.toLocaleString('en');
  const page = [
    '# Real queries',
    `weir is checked against a collection of ${number(queries.length)} queries that people published (\`node scripts/corpus-report.ts\` writes this page). Accepted means parsed, resolved, typed and planned.`,
    `**${number(accepted)} of ${number(queries.length)} are accepted (${share} %).**`,
    '## Refused',
    refused.length === 0 ? 'None.' : refusedTable(refused),
    '## Warnings and advice',
    'In how many queries each occurs. Missing tables are those of the people who wrote the queries.',
    [
      '| | Queries |',
      '|---|---|',
      ...[...others]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, count]) => `| ${key} | ${number(count)} |`),
    ].join('\n'),
  ].join('\n\n');
  writeFileSync(join(import.meta.dirname, '../docs/reference/corpus.md'), `${page}\n`);
  console.log(`${accepted} of ${queries.length} accepted (${share} %)`);
}

/** Queries refused for the same reason are one row. */
function refusedTable(refused: readonly Refused[]): string {
  const byReason = new Map<string, string[]>();
  for (const { id, errors } of refused) {
    const reasons = [
      ...new Set(
        errors.map(({ code, message }) => {
          const remark = REMARKS.get(message);
          return `\`${code}\`: ${message}${remark === undefined ? '' : ` (${remark})`}`;
        }),
      ),
    ].join('; ');
    byReason.set(reasons, [...(byReason.get(reasons) ?? []), id]);
  }
  const rows = [...byReason].map(
    ([reason, ids]) => `| ${ids.map((id) => `\`${id}\``).join(', ')} | ${reason.replaceAll('|', '\\|')} |`,
  );
  return ['| Queries | Reason |', '|---|---|', ...rows].join('\n');
}
