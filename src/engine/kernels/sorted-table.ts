import {
  type Batch,
  columnNamed,
  concatBatches,
  keepBatch,
  newBatch,
  pickColumns,
  selectRows,
} from '../columns/batch.ts';
import { type Column, flatten, type NumberColumn } from '../columns/column.ts';
import { type SortKey, sortedRows } from './sort.ts';

/** With a limit, rows are thinned out whenever this many more than needed are held. */
const SLACK = 16_384;

/** How a table is to be sorted. */
export interface TableOrder {
  readonly keys: readonly { readonly name: string; readonly descending: boolean }[];
  /** `stable`: ties stay as they came. `newest`: messages come in any order, ties go newest first, of one time the latest arrival first. */
  readonly ties: 'stable' | 'newest';
  /** At most this many first rows are wanted, or null. */
  readonly limit: number | null;
}

/** Collects batches and gives them as one sorted table; with a limit it holds little more than that many rows. */
export class SortedTable {
  readonly #order: TableOrder;
  #held: Batch[] = [];
  #rows = 0;
  #arrived = 0;

  constructor(order: TableOrder) {
    this.#order = order;
  }

  push(batch: Batch): void {
    const { limit, ties } = this.#order;
    const numbered = ties === 'newest' ? this.#withArrival(batch) : batch;
    const wanted = limit !== null && limit < batch.length ? this.#sorted(numbered) : numbered;
    this.#held.push(keepBatch(wanted));
    this.#rows += wanted.length;
    if (limit === null || this.#rows < limit + SLACK) return;
    const kept = keepBatch(this.#sorted(concatBatches(this.#held)));
    this.#held = [kept];
    this.#rows = kept.length;
  }

  /** All rows in order; the table is empty afterwards. */
  finish(): Batch {
    const table = this.#sorted(concatBatches(this.#held));
    this.#held = [];
    this.#rows = 0;
    return this.#order.ties === 'newest' ? withoutArrival(table) : table;
  }

  /** The number of each message in order of arrival becomes a column. */
  #withArrival(batch: Batch): Batch {
    const { length } = batch;
    const first = this.#arrived;
    this.#arrived += length;
    const values = Float64Array.from({ length }, (_, row) => first + row);
    const arrival: NumberColumn = { kind: 'number', type: 'long', length, values, validity: null };
    return newBatch(batch.schema.with(ARRIVAL), [...batch.columns, arrival], length);
  }

  #sorted(table: Batch): Batch {
    const { keys, ties, limit } = this.#order;
    const wanted = Math.min(limit ?? table.length, table.length);
    const columns: SortKey[] = keys.map(({ name, descending }) => ({
      column: columnNamed(table, name),
      descending,
    }));
    if (ties === 'newest') {
      const time = columnNamed(table, '_messageTime');
      const arrival = columnNamed(table, ARRIVAL);
      if (keys.length === 0 && isAscending(time) && isAscending(arrival)) return lastFirst(table, wanted);
      columns.push({ column: time, descending: true }, { column: arrival, descending: true });
    }
    return selectRows(table, sortedRows(columns, table.length, wanted));
  }
}

/** No field of a message has this name. */
const ARRIVAL = '\0arrival';

/** It need not be the last column: batches may differ in their fields. */
function withoutArrival(table: Batch): Batch {
  const { names } = table.schema;
  const kept = [...names.keys()].filter((position) => names[position] !== ARRIVAL);
  return pickColumns(table, kept);
}

/** Whether numbers never get smaller: logs mostly come in order of time, and then there is nothing to sort. */
function isAscending(column: Column): boolean {
  const flat = flatten(column);
  if (flat.kind === 'constant') return true;
  if (flat.kind !== 'number' || flat.validity !== null) return false;
  const { values, length } = flat;
  for (let row = 1; row < length; row++) if (!(values[row]! >= values[row - 1]!)) return false;
  return true;
}

function lastFirst(table: Batch, wanted: number): Batch {
  return selectRows(
    table,
    Uint32Array.from({ length: wanted }, (_, row) => table.length - 1 - row),
  );
}
