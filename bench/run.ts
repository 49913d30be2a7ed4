import { execFileSync, spawnSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { generate, tagOf } from './generate.ts';
import { type Measure, measureInTurn, megabytes, tableRow } from './measure.ts';
import { FIELDS } from './questions.ts';
import { addRule, type Places, works } from './works.ts';

/**
 * Compares weir with its peers: makes the data (once), runs both sides in turn, compares results, and
 * writes bench/RESULTS.md. `LINES` (default 10,000,000) and `PAIRS` (default 5) set the size;
 * arguments name the works to run, by the start of their key; then RESULTS.md is written with
 * `WRITE_RESULTS=1` only.
 */
const lines = Number(process.env.LINES ?? 10_000_000);
const pairs = Number(process.env.PAIRS ?? 5);
const wanted = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const data = join(here, 'data');
const tag = tagOf(lines);
const places: Places = {
  root: dirname(here),
  data,
  raw: join(data, `flows-${tag}.log`),
  gzip: join(data, `flows-${tag}.log.gz`),
  json: join(data, `flows-${tag}.jsonl`),
  store: join(data, `store-${tag}`),
  parquet: join(data, `flows-${tag}.parquet`),
  mergeTree: join(data, `merge-tree-${tag}`),
};

const chosen = works(places).filter(
  ({ key }) => wanted.length === 0 || wanted.some((start) => key.startsWith(start)),
);
const minutes = Math.ceil((chosen.length * (pairs + 1) * 2 * (lines / 1e7) * 1.5) / 60 + lines / 4e6);
console.error(
  `${chosen.length} comparisons of ${pairs} pairs over ${lines.toLocaleString('en')} lines: about ${minutes} minutes`,
);
await prepare();

const rows: string[] = [];
for (const work of chosen) {
  const [ours, theirs] = measureInTurn([work.weir, work.peer], pairs) as [Measure, Measure];
  const same = JSON.stringify(ours.rows) === JSON.stringify(theirs.rows);
  if (!same)
    console.error(
      `${work.key}: the results differ\n  weir ${JSON.stringify(ours.rows).slice(0, 300)}\n  peer ${JSON.stringify(theirs.rows).slice(0, 300)}`,
    );
  const row = tableRow({ ...work, peer: work.peer.name, ours, theirs, same });
  console.error(row);
  rows.push(row);
  if (work.size !== undefined) {
    const [bytes, peerBytes] = [work.size.weir(), work.size.peer()];
    rows.push(
      `| ${work.title}, on disk | ${work.peer.name} | ${megabytes(bytes)} | ${megabytes(peerBytes)} | **${(bytes / peerBytes).toFixed(2)}x as large** | 1.5x / 1x | ${bytes <= peerBytes ? 'aim' : bytes <= 1.5 * peerBytes ? 'ok' : 'large'} | |`,
    );
    console.error(rows.at(-1));
  }
}
if (wanted.length === 0 || wanted.some((start) => 'panels'.startsWith(start))) rows.push(...panelsRow());
if (wanted.length === 0 || process.env.WRITE_RESULTS === '1') {
  const results = join(here, 'RESULTS.md');
  writeFileSync(results, report(rows) + loadPart(results));
}
if (rows.some((row) => row.includes('| WRONG |'))) process.exitCode = 1;

/** The row of bench/panels.ts, which is silent where the panels are not there. */
function panelsRow(): string[] {
  const run = spawnSync(process.execPath, [join(here, 'panels.ts')], {
    env: { ...process.env, PAIRS: String(pairs) },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  console.error(run.stdout.trimEnd());
  return run.stdout.split('\n').filter((line) => line.startsWith('|'));
}

/** What bench/soak.ts measured, which is written there by hand. */
function loadPart(results: string): string {
  const before = existsSync(results) ? readFileSync(results, 'utf8') : '';
  const at = before.indexOf('\n## Load');
  return at < 0 ? '' : before.slice(at);
}

async function prepare(): Promise<void> {
  mkdirSync(data, { recursive: true });
  generate(places.raw, lines, 'raw');
  if (chosen.some(({ key }) => key.startsWith('json'))) generate(places.json, lines, 'json');
  if (chosen.some(({ key }) => key.startsWith('gzip')) && !existsSync(places.gzip)) {
    await pipeline(createReadStream(places.raw), createGzip({ level: 6 }), createWriteStream(places.gzip));
  }
  if (!chosen.some(({ key }) => key.startsWith('stored'))) return;
  const peer = (name: string, ...statements: string[]) =>
    execFileSync(process.execPath, [join(here, 'peers', `${name}.ts`), ...statements], {
      env: { ...process.env, CHDB_DIRECTORY: places.mergeTree },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const columns = FIELDS.map((name) => `'${name}': 'VARCHAR'`).join(', ');
  const csv = `read_csv('${places.raw}', delim=' ', header=false, quote='', columns={${columns}})`;
  if (!existsSync(places.parquet))
    peer('duckdb', `COPY (SELECT * FROM ${csv}) TO '${places.parquet}' (FORMAT parquet, COMPRESSION zstd)`);
  const rawParquet = places.parquet.replace('.parquet', '-raw.parquet');
  if (!existsSync(rawParquet)) {
    peer(
      'duckdb',
      `COPY (SELECT concat_ws(' ', ${FIELDS.join(', ')}) AS raw FROM ${csv}) TO '${rawParquet}' (FORMAT parquet, COMPRESSION zstd)`,
    );
  }
  if (!existsSync(places.mergeTree)) {
    const split = FIELDS.map((name, at) => `p[${at + 1}] AS ${name}`).join(', ');
    peer(
      'chdb',
      `CREATE TABLE flows (${FIELDS.map((name) => `${name} LowCardinality(String)`).join(', ')}) ENGINE = MergeTree ORDER BY StartSample SETTINGS allow_suspicious_low_cardinality_types = 1`
        .replaceAll('LowCardinality(String)', 'String')
        .replace(' SETTINGS allow_suspicious_low_cardinality_types = 1', ''),
      `INSERT INTO flows SELECT ${split} FROM (SELECT splitByChar(' ', line) AS p FROM file('${places.raw}', LineAsString))`,
    );
  }
  if (!existsSync(places.store)) {
    const weir = (...args: string[]) =>
      execFileSync(join(places.root, 'bin', 'weir'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
    addRule(places, places.store);
    weir('ingest', places.raw, '--category', 'bench', '--store', places.store);
  }
}

function report(rows: readonly string[]): string {
  const version = (name: string) =>
    (
      JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')) as {
        version: string;
      }
    ).version;
  return [
    '# Results',
    '',
    `Made by \`npm run bench\`: ${lines.toLocaleString('en')} generated flow-log lines in the page cache, ${pairs} pairs each, run in turn.`,
    'Times are seconds of wall time of whole processes, start included: median (min–max). Results were compared before times counted.',
    `Ratios are medians of paired runs. Machine: ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.version};`,
    `DuckDB ${version('@duckdb/node-api')} and chdb ${version('chdb')} with 2 threads.`,
    '',
    '| Work | Peer | weir | peer | ratio | at least / aim | | peak memory |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
