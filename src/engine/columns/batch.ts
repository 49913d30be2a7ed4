import { type Column, constantColumn, keepColumn, selectColumn, valueAt } from './column.ts';
import { concatColumns } from './concat.ts';
import type { Value } from './value.ts';

/** What `_` may stand for in the name of a field. A dot is odd only where the rest of the name is not enough. */
export const ODD_CHARACTERS = [/[^a-z0-9_.]/g, /[^a-z0-9_]/g] as const;

/**
 * The names of a batch's columns, in order. Names are found in any letter case and keep their first
 * spelling. Schemas are shared: batches of one shape have the identical object, so a stage may
 * remember what it resolved against it.
 */
export class Schema {
  readonly names: readonly string[];
  readonly #positions = new Map<string, number>();
  readonly #wider = new Map<string, Schema>();
  readonly #narrower = new Map<string, Schema>();

  constructor(names: readonly string[]) {
    this.names = names;
    names.forEach((name, position) => {
      const key = name.toLowerCase();
      if (!this.#positions.has(key)) this.#positions.set(key, position);
    });
  }

  /** The position of a field, or -1. A name with odd characters also finds its `_` spelling (`account-id`, `account_id`). */
  find(name: string): number {
    const key = name.toLowerCase();
    const found = this.#positions.get(key);
    if (found !== undefined) return found;
    for (const odd of ODD_CHARACTERS) {
      const position = this.#positions.get(key.replace(odd, '_'));
      if (position !== undefined) return position;
    }
    return -1;
  }

  /** This schema with one more name at the end; the identical object for the same name each time. */
  with(name: string): Schema {
    let wider = this.#wider.get(name);
    if (wider === undefined) {
      wider = new Schema([...this.names, name]);
      this.#wider.set(name, wider);
    }
    return wider;
  }

  /** This schema with only the names at `positions`, in that order; shared like `with`. */
  pick(positions: readonly number[]): Schema {
    const key = positions.join();
    let narrower = this.#narrower.get(key);
    if (narrower === undefined) {
      narrower = new Schema(positions.map((position) => this.names[position]!));
      this.#narrower.set(key, narrower);
    }
    return narrower;
  }
}

/** Some rows, column by column: `columns[i]` belongs to `schema.names[i]` and has `length` rows. */
export interface Batch {
  readonly schema: Schema;
  readonly columns: readonly Column[];
  readonly length: number;
}

export const EMPTY_SCHEMA = new Schema([]);

export function newBatch(schema: Schema, columns: readonly Column[], length: number): Batch {
  return { schema, columns, length };
}

/** The column of a field, or null when no stage made it. */
export function findColumn(batch: Batch, name: string): Column | null {
  const position = batch.schema.find(name);
  return position < 0 ? null : batch.columns[position]!;
}

/** The column of a field; a field that is not there is null in every row. */
export function columnNamed(batch: Batch, name: string): Column {
  return findColumn(batch, name) ?? constantColumn(null, batch.length);
}

/** The batch with field `name` set to `column`: in place when the name is known (spelling kept), else at the end. */
export function withColumn(batch: Batch, name: string, column: Column): Batch {
  const position = batch.schema.find(name);
  if (position < 0) return newBatch(batch.schema.with(name), [...batch.columns, column], batch.length);
  const columns = batch.columns.slice();
  columns[position] = column;
  return newBatch(batch.schema, columns, batch.length);
}

/** The batch with several fields set, `names[i]` to `columns[i]`, in this order. */
export function withColumns(batch: Batch, names: readonly string[], columns: readonly Column[]): Batch {
  return columns.reduce((wider, column, at) => withColumn(wider, names[at]!, column), batch);
}

/** The batch with only the columns at `positions`, in that order. */
export function pickColumns(batch: Batch, positions: readonly number[]): Batch {
  return newBatch(
    batch.schema.pick(positions),
    positions.map((position) => batch.columns[position]!),
    batch.length,
  );
}

/** The rows `rows` of the batch, in that order. The selection is kept, not copied. */
export function selectRows(batch: Batch, rows: Uint32Array): Batch {
  // Columns that come from one earlier selection share the composed one.
  const composed = new Map<Uint32Array, Uint32Array>();
  const columns = batch.columns.map((column) => {
    if (column.kind !== 'selected') return selectColumn(column, rows);
    const known = composed.get(column.rows);
    if (known !== undefined) return selectColumn(column.base, known);
    const selected = selectColumn(column, rows);
    if (selected.kind === 'selected') composed.set(column.rows, selected.rows);
    return selected;
  });
  return newBatch(batch.schema, columns, rows.length);
}

/** The batch in parts of at most `rows` rows, in order; none when it is empty. */
export function* inParts(batch: Batch, rows: number): Iterable<Batch> {
  if (batch.length <= rows) {
    if (batch.length > 0) yield batch;
    return;
  }
  for (let from = 0; from < batch.length; from += rows) {
    const length = Math.min(rows, batch.length - from);
    yield selectRows(
      batch,
      Uint32Array.from({ length }, (_, row) => from + row),
    );
  }
}

/** The batch with arrays of its own, safe to keep after `push` returns. */
export function keepBatch(batch: Batch): Batch {
  return newBatch(batch.schema, batch.columns.map(keepColumn), batch.length);
}

/**
 * All rows of the batches, one after the other, as one batch. Its schema is the first batch's names
 * and then whatever later batches add; a field that a batch lacks is null there.
 */
export function concatBatches(batches: readonly Batch[]): Batch {
  const [first] = batches;
  if (first === undefined) return newBatch(EMPTY_SCHEMA, [], 0);
  if (batches.length === 1) return first;
  let schema = first.schema;
  for (const batch of batches) {
    if (batch.schema === schema) continue;
    for (const name of batch.schema.names) if (schema.find(name) < 0) schema = schema.with(name);
  }
  const length = batches.reduce((rows, batch) => rows + batch.length, 0);
  const columns = schema.names.map((name) => concatColumns(batches.map((batch) => columnNamed(batch, name))));
  return newBatch(schema, columns, length);
}

/** One row as values in column order: for sinks and tests. */
export function rowOf(batch: Batch, row: number): Value[] {
  return batch.columns.map((column) => valueAt(column, row));
}
