import { type Batch, newBatch, Schema } from '../engine/columns/batch.ts';
import {
  type Column,
  columnOf,
  constantColumn,
  isSet,
  newBitmap,
  type TextColumn,
  textAt,
} from '../engine/columns/column.ts';
import { allRows } from '../engine/kernels/rows.ts';
import { MESSAGE_FIELDS } from '../engine/source.ts';
import {
  adjacentTimes,
  type FieldPositions,
  type FlowLayout,
  fieldPositions,
  unixTime,
} from './flow-layout.ts';
import { type MessageBlock, type Origin, selectMessages } from './message-block.ts';
import type { MessageProcessor } from './processing-rules.ts';
import type { Tally } from './receipt.ts';
import { recordTimes } from './record-times.ts';
import type { MessageTimes } from './timestamps.ts';

/** What turns messages into batches: everything that is the same for one file or one request. */
export interface BatchSettings {
  /** What the user said about the messages. It wins over what an envelope says. */
  readonly given: Origin;
  /** Source name where neither the user nor an envelope gives one: the path of the file. */
  readonly defaultName: string | null;
  readonly times: MessageTimes;
  /** Messages with an earlier time are left out; -Infinity for none. */
  readonly cutoff: number;
  readonly processor: MessageProcessor | null;
  /** Wall clock, epoch ms. */
  now(): number;
  /** Whether a field is read later; others need not be made. */
  needed(field: string): boolean;
  readonly tally: Tally;
}

/** Builds batches with the message fields first, then those of a flow log header, then the given ones. */
export class BatchBuilder {
  readonly #settings: BatchSettings;
  readonly #schemas = new Map<string, Schema>();
  readonly #needsTime: boolean;

  constructor(settings: BatchSettings) {
    this.#settings = settings;
    this.#needsTime = settings.needed('_messageTime') || settings.cutoff > -Infinity;
  }

  /** The batch of a block, as views of its data where possible; null when no message is left. */
  build(block: MessageBlock): Batch | null {
    const { tally, processor, cutoff } = this.#settings;
    let messages = processor === null ? block : processor.apply(block, tally);
    if (messages.length === 0) return null;
    let positions = this.#positions(messages);
    const receiptTime = this.#settings.now();
    let times = this.#times(messages, positions, receiptTime);
    if (cutoff > -Infinity && times !== null) {
      const rows = rowsFrom(times, cutoff);
      if (rows.length < messages.length) {
        tally.skip('before-cutoff', messages.length - rows.length);
        if (rows.length === 0) return null;
        messages = selectMessages(messages, rows);
        const all = times;
        times = Float64Array.from(rows, (row) => all[row]!);
        positions = this.#positions(messages);
      }
    }
    if (positions !== null) tally.flag('wrong-token-count', positions.odd.length);
    return this.#batch(messages, positions, times, receiptTime);
  }

  /** Where the fields of the header lie; null without a header, or when nobody needs to know. */
  #positions(block: MessageBlock): FieldPositions | null {
    const { layout } = block;
    if (layout === null) return null;
    const timeToken = this.#needsTime && this.#settings.times.automaticOnly ? layout.timeToken : -1;
    const wanted = layout.columns.map((name, token) => token === timeToken || this.#settings.needed(name));
    return wanted.includes(true) ? fieldPositions(block, wanted) : null;
  }

  #times(block: MessageBlock, positions: FieldPositions | null, receiptTime: number): Float64Array | null {
    if (!this.#needsTime) return null;
    const { times, tally } = this.#settings;
    const { data, starts, ends, layout, length } = block;
    const records =
      layout === null && block.times === null && times.automaticOnly ? recordTimes(block) : null;
    const result = records?.times ?? new Float64Array(length);
    let without = 0;
    const odd = new Set(positions?.odd);
    const rows = records?.others ?? allRows(length);
    for (const row of rows) {
      const start = starts[row]!;
      const end = ends[row]!;
      let time: number;
      if (layout !== null && positions !== null && times.automaticOnly) {
        time = odd.has(row) ? adjacentTimes(data, start, end) : fieldTime(data, layout, positions, row);
      } else if (block.times !== null) {
        time = times.timeOfEvent(data, start, end, block.times[row]!);
      } else {
        time = times.timeOf(data, start, end);
      }
      if (Number.isNaN(time)) {
        without++;
        time = receiptTime;
      }
      result[row] = time;
    }
    if (times.enabled) tally.flag('receipt-time', without);
    return result;
  }

  #batch(
    block: MessageBlock,
    positions: FieldPositions | null,
    times: Float64Array | null,
    receiptTime: number,
  ): Batch {
    const { given, defaultName, needed } = this.#settings;
    const { data, starts, ends, length, layout, origin } = block;
    const raw: TextColumn = { kind: 'text', length, data, starts, ends, validity: null };
    const columns: Column[] = [
      raw,
      times === null ? constantColumn(null, length) : longColumn(times),
      constantColumn(receiptTime, length),
      constantColumn(given.category ?? origin?.category ?? null, length),
      constantColumn(given.name ?? origin?.name ?? defaultName, length),
      constantColumn(given.host ?? origin?.host ?? null, length),
      needed('_size') ? longColumn(sizesOf(starts, ends, length)) : constantColumn(null, length),
    ];
    const names: string[] = [...MESSAGE_FIELDS];
    const places = new Map<string, number>();
    if (layout !== null && positions !== null) {
      const validity = validityWithout(positions.odd, length);
      layout.columns.forEach((name, field) => {
        if (!needed(name)) return;
        places.set(name.toLowerCase(), columns.length);
        names.push(name);
        columns.push({
          kind: 'text',
          length,
          data,
          starts: positions.starts[field]!,
          ends: positions.ends[field]!,
          validity,
        });
      });
    }
    for (const [name, value] of mergedFields(given, origin)) {
      if (!needed(name)) continue;
      const place = places.get(name.toLowerCase());
      if (place === undefined) {
        names.push(name);
        columns.push(constantColumn(value, length));
      } else {
        // The header's value is the message's own; the given one fills the gaps.
        columns[place] = filled(columns[place]!, value);
      }
    }
    return newBatch(this.#schema(names), columns, length);
  }

  #schema(names: readonly string[]): Schema {
    const key = names.join('\0');
    let schema = this.#schemas.get(key);
    if (schema === undefined) {
      // Headers come from data: a stream that changes them all the time must not fill the memory.
      if (this.#schemas.size >= 256) this.#schemas.clear();
      schema = new Schema(names);
      this.#schemas.set(key, schema);
    }
    return schema;
  }
}

function fieldTime(data: Uint8Array, layout: FlowLayout, positions: FieldPositions, row: number): number {
  const starts = positions.starts[layout.timeToken];
  const ends = positions.ends[layout.timeToken];
  return starts && ends ? unixTime(data, starts[row]!, ends[row]!) : NaN;
}

function mergedFields(given: Origin, origin: Origin | null): ReadonlyMap<string, string> {
  if (origin === null || origin.fields.size === 0) return given.fields;
  const merged = new Map(origin.fields);
  for (const [name, value] of given.fields) merged.set(name, value);
  return merged;
}

function sizesOf(starts: Uint32Array, ends: Uint32Array, length: number): Uint32Array {
  const sizes = new Uint32Array(length);
  for (let row = 0; row < length; row++) sizes[row] = ends[row]! - starts[row]!;
  return sizes;
}

function longColumn(values: Float64Array | Uint32Array): Column {
  return { kind: 'number', type: 'long', length: values.length, values, validity: null };
}

function rowsFrom(times: Float64Array, cutoff: number): Uint32Array {
  const rows: number[] = [];
  for (let row = 0; row < times.length; row++) if (times[row]! >= cutoff) rows.push(row);
  return Uint32Array.from(rows);
}

function validityWithout(odd: readonly number[], length: number): Uint8Array | null {
  if (odd.length === 0) return null;
  const validity = newBitmap(length).fill(0xff);
  for (const row of odd) validity[row >> 3]! &= ~(1 << (row & 7));
  return validity;
}

function filled(column: Column, value: string): Column {
  if (column.kind === 'text' && column.validity === null) return column;
  return columnOf(
    Array.from({ length: column.length }, (_, row) =>
      column.kind === 'text' && !isSet(column.validity, row) ? value : textAt(column, row),
    ),
  );
}
