import { type Batch, concatBatches, EMPTY_SCHEMA, Schema, selectRows } from '../engine/columns/batch.ts';
import { type KernelMemory, withKernels } from '../engine/kernels/wasm/memory.ts';
import { compileScope, type ScopeFilter } from '../engine/scope/compile.ts';
import { mayMatch, scopeFields } from '../engine/scope/facts.ts';
import { MESSAGE_FIELDS, type ScanRequest, type ScanStatistics } from '../engine/source.ts';
import type { Scope } from '../grammar/ast.ts';
import { batchOf, numberAt, type OpenPart, type ScanPart } from './scan-part.ts';
import type { ReadCounter } from './segment-reader.ts';

/** The running totals of a scan. */
export class ScanTotals {
  bytesRead = 0;
  bytesSkipped = 0;
  rows = 0;
  segments = 0;
  segmentsSkipped = 0;

  statistics(): ScanStatistics {
    return {
      bytesRead: this.bytesRead,
      bytesSkipped: this.bytesSkipped,
      rows: this.rows,
      segments: this.segments,
      segmentsSkipped: this.segmentsSkipped,
    };
  }
}

const schemas = new Map<string, Schema>();

/** The identical schema for the same names, so that stages may remember what they resolved. */
export function sharedSchema(names: readonly string[]): Schema {
  const key = JSON.stringify(names);
  let schema = schemas.get(key);
  if (schema === undefined) {
    if (schemas.size > 256) schemas.clear();
    schema = new Schema(names);
    schemas.set(key, schema);
  }
  return schema;
}

/** The names of a scan's batches: those asked for that are known, in stored spelling, message fields first. */
export function scanNames(requested: readonly string[] | null, known: readonly string[]): readonly string[] {
  const all = new Schema([...MESSAGE_FIELDS, ...known.filter((name) => !isMessageField(name))]);
  if (requested === null) return all.names;
  const positions = new Set<number>();
  for (const name of requested) {
    const position = all.find(name);
    if (position >= 0) positions.add(position);
  }
  return [...positions].sort((a, b) => a - b).map((position) => all.names[position]!);
}

function isMessageField(name: string): boolean {
  const lower = name.toLowerCase();
  return MESSAGE_FIELDS.some((field) => field.toLowerCase() === lower);
}

/** Whether the store can apply the scope itself. */
export function canFilter(scope: Scope): boolean {
  switch (scope.kind) {
    case 'subquery':
      return false;
    case 'not':
      return canFilter(scope.of);
    case 'and':
    case 'or':
      return scope.of.every(canFilter);
    default:
      return true;
  }
}

/** Finds the rows of a part that a request wants. */
export class RowFinder {
  readonly #request: ScanRequest;
  readonly #timeField: '_messageTime' | '_receiptTime';
  readonly #filter: ScopeFilter | null;
  readonly #filterSchema: Schema;

  constructor(request: ScanRequest) {
    this.#request = request;
    this.#timeField = request.timeBasis === 'message' ? '_messageTime' : '_receiptTime';
    this.#filter = canFilter(request.filter) ? compileScope(request.filter) : null;
    this.#filterSchema = sharedSchema(canFilter(request.filter) ? scopeFields(request.filter) : []);
  }

  /** Whether `find` applies the request's filter. */
  get filters(): boolean {
    return this.#filter !== null;
  }

  /** Whether the index rules the part out. */
  excludes(part: ScanPart, counter: ReadCounter): boolean {
    const { time, filter } = this.#request;
    if (time.from !== -Infinity || time.to !== Infinity) {
      const range = part.range(this.#timeField);
      if (range === null || range[1] < time.from || range[0] >= time.to) return true;
    }
    return !mayMatch(filter, (term) => part.hasTerm(term, counter));
  }

  /** The rows wanted, ascending; null for all. */
  find(part: ScanPart, open: OpenPart): Uint32Array | null {
    const inTime = this.#inTime(part, open);
    if (this.#filter === null || inTime?.length === 0) return inTime;
    const found = this.#filter(batchOf(open, this.#filterSchema, inTime));
    if (found === null) return inTime;
    if (inTime === null) return found;
    return Uint32Array.from(found, (row) => inTime[row]!);
  }

  #inTime(part: ScanPart, open: OpenPart): Uint32Array | null {
    const { from, to } = this.#request.time;
    if (from === -Infinity && to === Infinity) return null;
    const range = part.range(this.#timeField);
    // A part that lies in the time range altogether need not be looked at row by row.
    if (range !== null && range[0] >= from && range[1] < to && part.filled(this.#timeField)) return null;
    const column = open.column(this.#timeField);
    if (column === null || range === null) return new Uint32Array(0);
    const rows = new Uint32Array(open.length);
    let count = 0;
    if (column.kind === 'number' && column.validity === null) {
      const { values } = column;
      for (let row = 0; row < open.length; row++) {
        const time = values[row]!;
        if (time >= from && time < to) rows[count++] = row;
      }
    } else {
      for (let row = 0; row < open.length; row++) {
        const time = numberAt(column, row);
        if (time !== null && time >= from && time < to) rows[count++] = row;
      }
    }
    return count === open.length ? null : rows.slice(0, count);
  }
}

/** The batches of a scan in order of arrival; their arrays may be short-lived ones of `kernels`. */
export function* scanAny(
  parts: readonly ScanPart[],
  request: ScanRequest,
  names: readonly string[],
  finder: RowFinder,
  totals: ScanTotals,
  kernels: KernelMemory | null = null,
): Generator<Batch> {
  const schema = sharedSchema(names);
  for (const part of parts) {
    if (request.signal.aborted) return;
    if (finder.excludes(part, totals)) {
      totals.bytesSkipped += part.bytes;
      continue;
    }
    for (const open of part.open(totals, kernels).kinds()) {
      const rows = withKernels(kernels, () => finder.find(part, open));
      if (rows?.length === 0) {
        kernels?.reset();
        continue;
      }
      totals.rows += rows?.length ?? open.length;
      yield batchOf(open, schema, rows);
    }
  }
}

interface Run {
  readonly batch: Batch;
  readonly times: Float64Array;
  /** Rows from the newest to the oldest, ties from the last arrived. */
  readonly order: Uint32Array;
  /** Number of each row in order of arrival. */
  readonly arrival: Float64Array;
  next: number;
}

/** The batches of a scan from the newest message to the oldest; ends after `limit` rows. */
export function* scanNewest(
  parts: readonly ScanPart[],
  request: ScanRequest,
  names: readonly string[],
  finder: RowFinder,
  totals: ScanTotals,
): Generator<Batch> {
  const withTime = names.includes('_messageTime') ? names : [...names, '_messageTime'];
  const schema = sharedSchema(withTime);
  const wanted = names.map((_, position) => position);
  const waiting = parts
    .map((part) => ({ part, newest: part.range('_messageTime')?.[1] ?? -Infinity }))
    .sort((a, b) => b.newest - a.newest || b.part.sequence - a.part.sequence);
  const limit = request.limit ?? Infinity;
  let runs: Run[] = [];
  let given = 0;
  let position = 0;
  while (given < limit && !request.signal.aborted) {
    const top = waiting[position];
    if (top !== undefined && (runs.length === 0 || newestOf(runs) <= top.newest)) {
      position++;
      if (finder.excludes(top.part, totals)) {
        totals.bytesSkipped += top.part.bytes;
        continue;
      }
      for (const open of top.part.open(totals).kinds()) {
        const run = openRun(top.part, open, schema, finder);
        if (run !== null) runs.push(run);
      }
      continue;
    }
    if (runs.length === 0) return;
    const taken = take(runs, top?.newest ?? -Infinity, limit - given, top === undefined);
    runs = runs.filter((run) => run.next < run.order.length);
    given += taken.length;
    totals.rows += taken.length;
    yield wanted.length === withTime.length ? taken : pick(taken, names.length);
  }
}

function pick(batch: Batch, count: number): Batch {
  const positions = Array.from({ length: count }, (_, position) => position);
  return {
    schema: count === 0 ? EMPTY_SCHEMA : batch.schema.pick(positions),
    columns: batch.columns.slice(0, count),
    length: batch.length,
  };
}

function newestOf(runs: readonly Run[]): number {
  let newest = -Infinity;
  for (const run of runs) newest = Math.max(newest, run.times[run.order[run.next]!]!);
  return newest;
}

function openRun(part: ScanPart, open: OpenPart, schema: Schema, finder: RowFinder): Run | null {
  const rows = finder.find(part, open);
  if (rows?.length === 0) return null;
  const batch = batchOf(open, schema, rows);
  const column = batch.columns[schema.find('_messageTime')]!;
  const times = new Float64Array(batch.length);
  let ascending = true;
  for (let row = 0; row < batch.length; row++) {
    times[row] = numberAt(column, row) ?? -Infinity;
    if (row > 0 && times[row]! < times[row - 1]!) ascending = false;
  }
  const arrival = Float64Array.from(
    { length: batch.length },
    (_, row) => part.sequence + open.place(rows === null ? row : rows[row]!),
  );
  const order = new Uint32Array(batch.length);
  for (let index = 0; index < order.length; index++) order[index] = order.length - 1 - index;
  // Ascending in time is the common case; the last row is then the newest.
  if (!ascending) order.sort((a, b) => times[b]! - times[a]! || b - a);
  return { batch, times, order, arrival, next: 0 };
}

/** Rows newer than `bound` (down to it when `all`) of all runs, merged; at most `limit`. */
function take(runs: readonly Run[], bound: number, limit: number, all: boolean): Batch {
  const chosen = runs.map((run) => {
    let end = run.next;
    while (end < run.order.length && end - run.next < limit) {
      const time = run.times[run.order[end]!]!;
      if (!all && time <= bound) break;
      end++;
    }
    return { run, from: run.next, to: end };
  });
  const filled = chosen.filter(({ from, to }) => to > from);
  const [only] = filled;
  if (only !== undefined && filled.length === 1) {
    only.run.next = only.to;
    return selectRows(only.run.batch, only.run.order.slice(only.from, only.to));
  }
  return merge(filled, limit);
}

function merge(chosen: readonly { run: Run; from: number; to: number }[], limit: number): Batch {
  const total = chosen.reduce((rows, { from, to }) => rows + to - from, 0);
  const count = Math.min(total, limit);
  const taken = chosen.map(() => [] as number[]);
  const sources = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    let best = -1;
    chosen.forEach(({ run, to }, candidate) => {
      if (run.next >= to) return;
      if (best < 0 || isNewer(run, chosen[best]!.run)) best = candidate;
    });
    const { run } = chosen[best]!;
    taken[best]!.push(run.order[run.next]!);
    sources[index] = best;
    run.next++;
  }
  const together = concatBatches(
    chosen.map(({ run }, candidate) => selectRows(run.batch, Uint32Array.from(taken[candidate]!))),
  );
  const starts: number[] = [];
  let at = 0;
  for (const rows of taken) {
    starts.push(at);
    at += rows.length;
  }
  const order = sources.map((source) => starts[source]!++);
  return selectRows(together, order);
}

/** Whether the next row of `a` comes before that of `b`. */
function isNewer(a: Run, b: Run): boolean {
  const aRow = a.order[a.next]!;
  const bRow = b.order[b.next]!;
  const difference = a.times[aRow]! - b.times[bRow]!;
  return difference !== 0 ? difference > 0 : a.arrival[aRow]! > b.arrival[bRow]!;
}
