import { type Batch, newBatch, Schema } from '../../src/engine/columns/batch.ts';
import { columnOf, constantColumn, textColumn, valuesOf } from '../../src/engine/columns/column.ts';
import type { Value } from '../../src/engine/columns/value.ts';
import { ALL_TIME, MESSAGE_FIELDS, type ScanRequest } from '../../src/engine/source.ts';
import type { Scope } from '../../src/grammar/ast.ts';
import type { Store } from '../../src/store/store.ts';

/** Where a test's messages come from; fields are extracted ones. */
export interface MessageOptions {
  readonly category?: string;
  readonly times?: readonly number[];
  readonly fields?: ReadonlyMap<string, readonly Value[]>;
}

/** A batch as ingest makes it. */
export function messages(lines: readonly string[], options: MessageOptions = {}): Batch {
  const { category = 'test', fields = new Map<string, readonly Value[]>() } = options;
  const times = options.times ?? lines.map((_, row) => 1_700_000_000_000 + row * 1000);
  const names = [...MESSAGE_FIELDS, ...fields.keys()];
  const constants = [category, 'name', 'host'].map((value) => constantColumn(value, lines.length));
  return newBatch(
    new Schema(names),
    [
      textColumn(lines),
      columnOf(times, 'long'),
      constantColumn(1_700_000_999_999, lines.length),
      ...constants,
      columnOf(
        lines.map((line) => Buffer.byteLength(line)),
        'long',
      ),
      ...[...fields.values()].map((values) => columnOf(values)),
    ],
    lines.length,
  );
}

const span = { start: 0, end: 0 };
export const everything: Scope = { kind: 'all', span };

export function keyword(text: string, quoted = false): Scope {
  return { kind: 'term', text, quoted, span };
}

export function fieldIs(field: string, value: string): Scope {
  return { kind: 'fieldPredicate', field: { kind: 'name', text: field, span }, value, quoted: true, span };
}

export function both(...of: Scope[]): Scope {
  return { kind: 'and', of, span };
}

export function either(...of: Scope[]): Scope {
  return { kind: 'or', of, span };
}

export function not(of: Scope): Scope {
  return { kind: 'not', of, span };
}

/** What a test asks, the rest being everything. */
export function request(part: Partial<ScanRequest> = {}): ScanRequest {
  return {
    fields: null,
    time: ALL_TIME,
    timeBasis: 'message',
    filter: everything,
    order: 'any',
    limit: null,
    batchRows: 4096,
    signal: new AbortController().signal,
    ...part,
  };
}

/** The rows of a scan as maps from field to value. */
export async function rowsOf(store: Store, part: Partial<ScanRequest> = {}): Promise<Map<string, Value>[]> {
  const scan = await store.source().scan(request(part));
  const rows: Map<string, Value>[] = [];
  for await (const batch of scan.batches()) {
    const columns = batch.columns.map(valuesOf);
    for (let row = 0; row < batch.length; row++) {
      rows.push(new Map(batch.schema.names.map((name, at) => [name, columns[at]![row]!])));
    }
  }
  return rows;
}

/** The messages of a scan; of one in any order, sorted. */
export async function rawOf(store: Store, part: Partial<ScanRequest> = {}): Promise<Value[]> {
  const raw = await rawInOrder(store, part);
  return part.order === 'newest' ? raw : raw.toSorted();
}

async function rawInOrder(store: Store, part: Partial<ScanRequest>): Promise<Value[]> {
  return (await rowsOf(store, { fields: ['_raw'], ...part })).map((row) => row.get('_raw') ?? null);
}

/** Flow log lines, the same ones each time; every `oddEvery`-th is of another shape. */
export function flowLines(count: number, oddEvery = 0, seed = 1): string[] {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
  return Array.from({ length: count }, (_, row) => {
    const start = 1_700_000_000 + Math.floor(row / 10) + next(30);
    if (oddEvery > 0 && row % oddEvery === oddEvery - 1) {
      return next(2) === 0
        ? `an odd line, number ${row}`
        : `2 123456789010 eni-${next(90)} - - - - - - - ${start} ${start + 60} - NODATA`;
    }
    const packets = 1 + next(50);
    return [
      2,
      123456789010,
      `eni-0${(4096 + next(30)).toString(16)}`,
      `10.0.${next(4)}.${next(250)}`,
      `172.16.${next(4)}.${next(250)}`,
      1024 + next(60000),
      [443, 80, 22, 53][next(4)],
      [6, 17][next(2)],
      packets,
      packets * (40 + next(1400)),
      start,
      start + next(60),
      next(10) === 0 ? 'REJECT' : 'ACCEPT',
      'OK',
    ].join(' ');
  });
}

const FLOW_FIELDS = [
  'version',
  'account',
  'eni',
  'src_ip',
  'dest_ip',
  'src_port',
  'dest_port',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'action',
  'status',
];

/** Flow lines as a batch with the fields and times that the flow log rule extracts. */
export function flowMessages(lines: readonly string[], category = 'AWS/VPC'): Batch {
  const cut = lines.map((line) => line.split(' ')).map((tokens) => (tokens.length === 14 ? tokens : null));
  const fields = new Map<string, Value[]>(
    FLOW_FIELDS.map((name, field) => [name, cut.map((tokens) => tokens?.[field] ?? null)]),
  );
  const times = cut.map((tokens) => (tokens === null ? 1_700_000_000_123 : Number(tokens[10]) * 1000));
  return messages(lines, { category, times, fields });
}
