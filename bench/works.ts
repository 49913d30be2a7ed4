import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from './measure.ts';
import { FIELDS, PARSE, QUESTIONS } from './questions.ts';

/** A row of the table: one piece of work, done by weir and by a peer. */
export interface Work {
  readonly key: string;
  readonly title: string;
  readonly weir: Contender;
  readonly peer: Contender;
  /** How many times faster weir must at least be, and should be. */
  readonly atLeast: number;
  readonly aim: number;
  /** Bytes on disk after the last run: a row of its own. */
  readonly size?: { readonly weir: () => number; readonly peer: () => number };
}

export interface Places {
  readonly root: string;
  readonly data: string;
  readonly raw: string;
  readonly gzip: string;
  readonly json: string;
  readonly store: string;
  readonly parquet: string;
  readonly mergeTree: string;
}

const ADDRESS = '10.2.157.132';

function weir(places: Places, args: readonly string[], aggregate = true): Contender {
  const contender: Contender = {
    name: 'weir',
    command: [join(places.root, 'bin', 'weir'), ...args],
    environment: { WEIR_PEAK_MEMORY: '1' },
  };
  return aggregate ? { ...contender, rows: rowsOfJson } : contender;
}

function duckdb(places: Places, ...statements: readonly string[]): Contender {
  return {
    name: 'DuckDB',
    command: [process.execPath, join(places.root, 'bench/peers/duckdb.ts'), ...statements],
    rows: rowsOfArrays,
  };
}

function chdb(places: Places, ...statements: readonly string[]): Contender {
  return {
    name: 'chdb',
    command: [process.execPath, join(places.root, 'bench/peers/chdb.ts'), ...statements],
    environment: { CHDB_DIRECTORY: places.mergeTree },
    rows: rowsOfArrays,
  };
}

/** weir prints objects; the peers print arrays. Compared are the values, numbers by their text. */
function rowsOfJson(stdout: string): string[] {
  return (JSON.parse(stdout) as Record<string, unknown>[]).map((row) =>
    JSON.stringify(Object.values(row).map(comparable)),
  );
}

function rowsOfArrays(stdout: string): string[] {
  const lines = stdout.trim().split('\n');
  return (JSON.parse(lines.at(-1) ?? '[]') as unknown[][]).map((row) => JSON.stringify(row.map(comparable)));
}

function comparable(value: unknown): string | null {
  return value === null ? null : String(value);
}

const columns = FIELDS.map((name) => `'${name}': 'VARCHAR'`).join(', ');
const csv = (file: string) => `read_csv('${file}', delim=' ', header=false, quote='', columns={${columns}})`;
const lines = (file: string) =>
  `(SELECT ${FIELDS.map((name, at) => `p[${at + 1}] AS ${name}`).join(', ')} FROM (SELECT splitByChar(' ', line) AS p FROM file('${file}', LineAsString)))`;
const ndjson = (file: string) =>
  `(SELECT ${FIELDS.map((name, at) => `p[${at + 1}] AS ${name}`).join(', ')} FROM (SELECT string_split(message, ' ') AS p FROM read_ndjson('${file}', columns={'message': 'VARCHAR'})))`;

function fill(text: string, from: string): string {
  return text.replaceAll('{from}', from).replaceAll('{address}', ADDRESS);
}

/** All pieces of work, in the order of the table. */
export function works(places: Places): Work[] {
  const raw = QUESTIONS.slice(0, 4).flatMap((question): Work[] => {
    const query = `* | ${PARSE} | ${fill(question.stages, '')}`;
    const args = ['query', query, '--input', places.raw, '-o', 'json'];
    return [
      {
        key: `raw-${question.key}-duckdb`,
        title: `raw file, ${question.key}: ${question.text}`,
        weir: weir(places, args),
        peer: duckdb(places, fill(question.duckdb, csv(places.raw))),
        atLeast: 3,
        aim: question.key === 'Q1' || question.key === 'Q4' ? 5 : 4,
      },
      {
        key: `raw-${question.key}-chdb`,
        title: `raw file, ${question.key}: ${question.text}`,
        weir: weir(places, args),
        peer: { ...chdb(places, fill(question.chdb, lines(places.raw))), environment: {} },
        atLeast: 2,
        aim: 3,
      },
    ];
  });
  const json = QUESTIONS.slice(0, 4).map(
    (question): Work => ({
      key: `json-${question.key}-duckdb`,
      title: `VPC-JSON lines, ${question.key}`,
      weir: weir(places, [
        'query',
        `* | json "message" as msg | ${PARSE.replace('parse ', 'parse field=msg ')} | ${fill(question.stages, '')}`,
        '--input',
        places.json,
        '-o',
        'json',
      ]),
      peer: duckdb(places, fill(question.duckdb, ndjson(places.json))),
      atLeast: 2,
      aim: 4,
    }),
  );
  const gzip: Work = {
    key: 'gzip-Q1-duckdb',
    title: 'gzip raw file, Q1',
    weir: weir(places, ['query', `* | ${PARSE} | count by Action`, '--input', places.gzip, '-o', 'json']),
    peer: duckdb(places, fill(QUESTIONS[0]!.duckdb, csv(places.gzip))),
    atLeast: 1.5,
    aim: 2,
  };
  const stored = QUESTIONS.flatMap((question): Work[] => {
    const args = [
      'query',
      `_sourceCategory=bench | ${fill(question.stages, '')}`,
      '--store',
      places.store,
      '-o',
      'json',
    ];
    return [
      {
        key: `stored-${question.key}-duckdb`,
        title: `stored, rule fields, ${question.key}`,
        weir: weir(places, args),
        peer: duckdb(places, fill(question.duckdb, `'${places.parquet}'`)),
        atLeast: 2,
        aim: 3,
      },
      {
        key: `stored-${question.key}-chdb`,
        title: `stored, rule fields, ${question.key}`,
        weir: weir(places, args),
        peer: chdb(places, fill(question.chdb, 'flows')),
        atLeast: 1.5,
        aim: 2.5,
      },
    ];
  });
  const parsed = QUESTIONS.slice(0, 4).map(
    (question): Work => ({
      key: `stored-parse-${question.key}-duckdb`,
      title: `stored, parse at query time, ${question.key}`,
      weir: weir(places, [
        'query',
        `_sourceCategory=bench | json "message" as m nodrop | if (_raw matches "{*", m, _raw) as message | ${PARSE.replace('parse ', 'parse field=message ')} | ${fill(question.stages, '')}`,
        '--store',
        places.store,
        '-o',
        'json',
      ]),
      peer: duckdb(
        places,
        fill(
          question.duckdb,
          `(SELECT ${FIELDS.map((name, at) => `p[${at + 1}] AS ${name}`).join(', ')} FROM (SELECT string_split(raw, ' ') AS p FROM '${places.parquet.replace('.parquet', '-raw.parquet')}'))`,
        ),
      ),
      atLeast: 4,
      aim: 20,
    }),
  );
  return [...raw, ...json, gzip, ingest(places), ...stored, ...parsed];
}

/** All fields by a rule, synced and with term filters, against a Parquet file of the fields only. */
function ingest(places: Places): Work {
  const store = join(places.data, 'store-new');
  const parquet = join(places.data, 'new.parquet');
  const { rows: _, ...peer } = duckdb(
    places,
    `COPY (SELECT * FROM ${csv(places.raw)}) TO '${parquet}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  return {
    key: 'ingest-duckdb',
    title: 'ingest with a rule',
    weir: {
      ...weir(places, ['ingest', places.raw, '--category', 'bench', '--store', store], false),
      before() {
        rmSync(store, { recursive: true, force: true });
        addRule(places, store);
      },
    },
    peer: { ...peer, before: () => rmSync(parquet, { force: true }) },
    atLeast: 2,
    aim: 4,
    size: { weir: () => bytesIn(store), peer: () => bytesIn(parquet) },
  };
}

/** Gives a store the rule that takes out all fields. */
export function addRule(places: Places, store: string): void {
  const rule = join(places.data, 'rule.yaml');
  const stars = FIELDS.map(() => '*').join(' ');
  writeFileSync(
    rule,
    `name: bench\nappliedAt: ingest\nscope: _sourceCategory=bench\nparse: 'parse "${stars}" as ${FIELDS.join(', ')}'\nenabled: true\n`,
  );
  execFileSync(join(places.root, 'bin', 'weir'), ['rules', 'add', rule, '--store', store], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function bytesIn(path: string): number {
  const status = statSync(path);
  if (!status.isDirectory()) return status.size;
  return readdirSync(path).reduce((bytes, name) => bytes + bytesIn(join(path, name)), 0);
}
