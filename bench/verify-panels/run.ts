import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { difference, expectedOf, namesIn, type Range } from './compare.ts';
import { type Clock, openDatabase, type Row } from './database.ts';
import { END, type Material, writeMaterial } from './logs.ts';
import { panels } from './panels.ts';
import { type Query, readQueries } from './queries.ts';

/**
 * Checks the queries of the VPC app against DuckDB: every row and column over generated logs of both
 * forms, in a store with the app's rule, in one without rules, and in the files as they are. The queries are not part of this
 * project: `CORPUS` names the folder of `open.jsonl.gz`. `SEED`, `RECORDS` and `ROUNDS` change the run;
 * `WEIR` is another program to run; arguments name panels by the start of their id.
 */
const DAY = 86_400_000;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const weir = process.env.WEIR ?? join(root, 'bin/weir');
const seed = Number(process.env.SEED ?? 1);
const records = Number(process.env.RECORDS ?? 6000);
const rounds = Number(process.env.ROUNDS ?? 3);
const chosen = process.argv.slice(2);

/** Values of the variables, round by round; a missing one is `*`. */
const VARIABLES: readonly (readonly [string, string][])[] = [
  [],
  [
    ['accountID', '1234*0'],
    ['dest_port', '4*'],
  ],
  [
    ['srcDevice_ip', '52.*'],
    ['interfaceID', 'eni-0a*9'],
  ],
  [
    ['accountID', '210987654321'],
    ['dstDevice_ip', '*.*.*.*'],
    ['src_port', '*3'],
  ],
  [
    ['dest_port', '443'],
    ['srcDevice_ip', '*:*'],
  ],
  [
    ['accountID', 'nobody'],
    ['dstDevice_ip', '10.0.0.4'],
  ],
];

/** Ranges on odd moments; the first ends where records of the edge lie. */
const RANGES: readonly Range[] = [
  { from: END * 1000 - DAY, to: END * 1000 },
  { from: END * 1000 - 7 * 3_600_000 - 12_345, to: END * 1000 + 999 },
  { from: END * 1000 - 2.5 * DAY, to: END * 1000 - DAY + 1000 },
];

/** Runs one query; its columns in order and its rows. */
async function ask(
  query: Query,
  where: readonly string[],
  range: Range,
  variables: ReadonlyMap<string, string>,
) {
  const parameters = [...variables].flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const time = ['--from', new Date(range.from).toISOString(), '--to', new Date(range.to).toISOString()];
  const { stdout } = await promisify(execFile)(
    weir,
    ['query', query.query, ...time, ...parameters, '-o', 'json', ...where],
    { maxBuffer: 1 << 28 },
  );
  const rows = JSON.parse(stdout) as Row[];
  return { names: namesIn(stdout), rows };
}

/** Where queries find the logs: a store with the app's rule, one without rules, or the files themselves. */
interface Way {
  readonly name: 'rule' | 'no rule' | 'files';
  readonly clock: Clock;
}
const WAYS: readonly Way[] = [
  { name: 'rule', clock: 'record' },
  { name: 'no rule', clock: 'locator' },
  { name: 'files', clock: 'record' },
];
const CATEGORY = ['--category', 'Labs/AWS/VPC/prod'];

/** Makes the store of a way; gives the options that queries need. */
function prepare(folder: string, { name }: Way, material: Material): string[] {
  const store = join(folder, `store-${WAYS.findIndex((way) => way.name === name)}`);
  const run = (...args: string[]) =>
    execFileSync(weir, [...args, '--store', store], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (name === 'rule') run('apps', 'install', 'vpc-flow-logs', '--category', 'Labs/AWS/VPC*');
  const source = join(folder, 'source.yaml');
  writeFileSync(source, "timestamp:\n  locator: '\\s(\\d{10,13})\\s\\d{10,13}'\n  format: epoch\n");
  const inputs = name === 'files' ? [] : material.logs;
  for (const log of inputs) {
    run('ingest', log, ...CATEGORY, ...(name === 'rule' ? [] : ['--source', source]));
  }
  const other = join(folder, 'other.log');
  writeFileSync(other, readFileSync(material.logs[0] ?? '', 'utf8'));
  run('ingest', other, '--category', 'Labs/AWS/ELB');
  run('lookups', 'add', 'sumo://threat/cs', material.threats);
  run('lookups', 'add', 'geo://location', material.locations);
  run('lookups', 'add', 'asn://default', material.organizations);
  return ['--store', store, ...(name === 'files' ? [...CATEGORY, '--input', ...material.logs] : [])];
}

let last: Promise<unknown> = Promise.resolve();

/** One after the other: the statements of a check share a table. */
function serially<T>(task: () => Promise<T>): Promise<T> {
  const next = last.then(task);
  last = next.catch(() => undefined);
  return next;
}

const queries = readQueries(chosen) ?? process.exit(0);
let checks = 0;
let rowsSeen = 0;
let empty = 0;
const wrong: string[] = [];
for (let round = 0; round < rounds; round++) {
  const folder = mkdtempSync(join(tmpdir(), 'verify-panels-'));
  // Ports fit into columns or do not; with header lines a source gives fields names of its own.
  const headers = round % 2 === 1;
  const material = writeMaterial(folder, {
    seed: seed + round,
    records,
    ports: headers ? 4000 : 60,
    headers,
  });
  for (const way of WAYS) {
    const where = prepare(folder, way, material);
    const database = await openDatabase(
      material,
      join(root, 'queries/lookups/protocol-numbers.csv'),
      way.clock,
    );
    const range = RANGES[round % RANGES.length]!;
    const variables = new Map(VARIABLES[round % VARIABLES.length]);
    const queue = queries.map(async (query, at) => ({ query, at }));
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { query } = await next;
        const panel = panels.get(query.id);
        if (panel === undefined) {
          wrong.push(`${query.id}: no SQL for it`);
          continue;
        }
        const found = await ask(query, where, range, variables).catch((error: Error) => error.message);
        const expected = await serially(() => expectedOf(panel, database, range, variables));
        checks++;
        rowsSeen += expected.rows.length;
        if (expected.rows.length === 0) empty++;
        const problem = typeof found === 'string' ? found : difference(panel, expected, found, headers);
        if (problem !== null) {
          wrong.push(`${query.id} ${query.name} (round ${round}, ${way.name}): ${problem}`);
          console.error(wrong.at(-1)?.slice(0, 1500));
        }
      }
    };
    await Promise.all([work(), work()]);
  }
  if (wrong.length === 0) rmSync(folder, { recursive: true });
  else console.error(`kept ${folder}`);
}
console.log(
  `${checks} checks of ${queries.length} queries, ${rowsSeen} rows, ${empty} without rows: ${wrong.length} differ`,
);
process.exit(wrong.length === 0 ? 0 : 1);
