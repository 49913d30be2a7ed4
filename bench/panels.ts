import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate, tagOf } from './generate.ts';
import { measureInTurn, tableRow } from './measure.ts';
import { type PanelsReport, type PanelsTask, shownBy } from './peers/panels.ts';
import { difference } from './verify-panels/compare.ts';
import { type Row, storeLines } from './verify-panels/database.ts';
import type { Material } from './verify-panels/logs.ts';
import { panels } from './verify-panels/panels.ts';
import { readQueries } from './verify-panels/queries.ts';

/**
 * All panels of the VPC app in one `weir run`, against DuckDB running them in one process over the stored
 * texts, which it splits once for all panels; results are compared before times count, and the times of each
 * panel are printed. `CORPUS` names the folder of `open.jsonl.gz`, which holds the queries; RECORDS
 * (1,000,000), PAIRS (5).
 */
const records = Number(process.env.RECORDS ?? 1_000_000);
const pairs = Number(process.env.PAIRS ?? 5);
const queries = readQueries() ?? process.exit(0);
const root = join(import.meta.dirname, '..');
const weir = join(root, 'bin/weir');
const data = join(import.meta.dirname, 'data');
const folder = join(data, `panels-${records}`);
const store = join(folder, 'store');
const parquet = join(folder, 'lines.parquet');
const dashboard = join(folder, 'panels.yaml');
const range = { from: Date.UTC(2023, 10, 13), to: Date.UTC(2023, 10, 19) };

mkdirSync(folder, { recursive: true });
const material = makeMaterial();
if (!existsSync(parquet)) await storeLines(material, parquet);
if (!existsSync(store)) fillStore(material);
writeDashboard();

const task: PanelsTask = {
  ids: queries.map(({ id }) => id),
  parquet,
  material,
  protocols: join(root, 'queries/lookups/protocol-numbers.csv'),
  range,
  results: join(folder, 'results'),
};
mkdirSync(task.results, { recursive: true });
const time = ['--from', new Date(range.from).toISOString(), '--to', new Date(range.to).toISOString()];
let shown = '';
let expected = '';
const [ours, theirs] = measureInTurn(
  [
    {
      name: 'weir',
      command: [weir, 'run', dashboard, '--store', store, ...time, '-o', 'json'],
      environment: { WEIR_PEAK_MEMORY: '1' },
      rows(stdout) {
        shown = stdout;
        return [];
      },
    },
    {
      name: 'DuckDB',
      command: [process.execPath, join(import.meta.dirname, 'peers/panels.ts'), JSON.stringify(task)],
      rows(stdout) {
        expected = stdout;
        return [];
      },
    },
  ],
  pairs,
);
if (ours === undefined || theirs === undefined) throw new Error('nothing was measured');
interface ShownPanel {
  readonly key: string;
  readonly title: string;
  readonly milliseconds?: number;
  readonly columns?: readonly { readonly name: string }[];
  readonly rows?: readonly Row[];
  readonly error?: string;
}
const found = (JSON.parse(shown) as { panels: ShownPanel[] }).panels;
const report = JSON.parse(expected) as PanelsReport;
for (const line of panelTimes()) console.error(line);
const wrong = differences();
for (const each of wrong) console.error(each);
const title = `all ${queries.length} panels in one run, ${records.toLocaleString('en')} messages`;
console.log(tableRow({ title, peer: 'DuckDB', ours, theirs, atLeast: 2, aim: 4, same: wrong.length === 0 }));
if (wrong.length > 0) process.exitCode = 1;

/** Milliseconds of either side in the first run, the slowest of weir first. */
function panelTimes(): string[] {
  const number = (value: number) => value.toFixed(0).padStart(7);
  return found
    .toSorted((a, b) => (b.milliseconds ?? 0) - (a.milliseconds ?? 0))
    .map(
      ({ key, title, milliseconds = 0 }) =>
        `${number(milliseconds)} ms ${number(report.milliseconds[key] ?? 0)} ms  ${key} ${title}`,
    );
}

/** The records of the other benches, and tables in which their addresses occur. */
function makeMaterial(): Material {
  const plain = join(data, `flows-${tagOf(records)}.log`);
  generate(plain, records, 'raw');
  const start = readStart(plain).split('\n').slice(0, -1);
  const addresses = [...new Set(start.map((line) => line.split(' ')[3] ?? '-'))].filter(
    (address) => address !== '-' && !address.startsWith('10.'),
  );
  const file = (name: string, lines: readonly string[]) => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
    return join(folder, name);
  };
  const networks = Array.from({ length: 223 }, (_, at) => `${at + 1}.0.0.0/8`);
  const raw = `"{""last_updated"":1690000000,""labels"":[{""name"":""Kill Chain/C2""}]}"`;
  return {
    logs: [plain],
    threats: file('threats.csv', [
      'threat,type,actor,threatlevel,raw',
      ...addresses.filter((_, at) => at % 20 === 0).map((each) => `${each},ip_address,A,high,${raw}`),
    ]),
    locations: file('locations.csv', [
      'network,latitude,longitude,country_code,country_name,region,city,postal_code',
      ...networks.map((each, at) => `${each},${at % 90},${at % 180},C${at},Country ${at},R,City ${at},${at}`),
    ]),
    organizations: file('organizations.csv', [
      'network,asn,organization',
      ...networks.map((each, at) => `${each},${64_000 + at},Organization ${at}`),
    ]),
  };
}

function readStart(path: string): string {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(1 << 20);
  const length = readSync(file, bytes);
  closeSync(file);
  return bytes.toString('utf8', 0, length);
}

function fillStore({ logs, threats, locations, organizations }: Material): void {
  const run = (...args: string[]) =>
    execFileSync(weir, [...args, '--store', store], { stdio: ['ignore', 'ignore', 'inherit'] });
  run('apps', 'install', 'vpc-flow-logs', '--category', 'Labs/AWS/VPC*');
  run('ingest', ...logs, '--category', 'Labs/AWS/VPC/prod');
  run('lookups', 'add', 'sumo://threat/cs', threats);
  run('lookups', 'add', 'geo://location', locations);
  run('lookups', 'add', 'asn://default', organizations);
}

/** JSON is YAML too. */
function writeDashboard(): void {
  const names = new Set(
    queries.flatMap(({ query }) => [...query.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name)),
  );
  const content = {
    title: 'All panels',
    timeRange: '-24h',
    variables: [...names].map((name) => ({ name, default: '*' })),
    panels: queries.map(({ id, name, query }) => ({ key: id, title: name, chart: 'table', query })),
  };
  writeFileSync(dashboard, JSON.stringify(content));
}

function differences(): string[] {
  return found.flatMap(({ key, columns = [], rows = [], error }) => {
    const names = columns.map(({ name }) => name);
    const problem = error ?? difference(panels.get(key)!, shownBy(task, report, key), { names, rows }, false);
    return problem === null ? [] : [`${key}: ${problem.slice(0, 500)}`];
  });
}
