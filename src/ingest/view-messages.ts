import { type Batch, findColumn, newBatch, Schema, withColumn } from '../engine/columns/batch.ts';
import { type Column, columnOf, constantColumn, textColumn, valuesOf } from '../engine/columns/column.ts';
import { VIEW_NAME } from '../engine/scope/indexes.ts';
import { MESSAGE_FIELDS } from '../engine/source.ts';

/** Whose rows they are. */
export interface ViewRows {
  /** The view. */
  readonly name: string;
  /** Whether the rows are messages. */
  readonly raw: boolean;
  /** The time of rows that do not say theirs; epoch ms. */
  readonly time: number;
  /** When they were made; epoch ms. */
  readonly now: number;
}

/**
 * The rows of a view's query as messages: their columns are fields, `_timeslice` is their time as
 * well, and `_raw` is the row as a JSON object.
 */
export function viewMessages(rows: Batch, { name, raw, time, now }: ViewRows): Batch {
  const { length } = rows;
  const times = raw ? findColumn(rows, '_messageTime') : findColumn(rows, '_timeslice');
  const texts = findColumn(rows, '_raw') ?? textColumn(rowTexts(rows));
  const own = new Map<string, Column>([
    ['_raw', texts],
    ['_messageTime', timesOr(times, time, length)],
    ['_receiptTime', constantColumn(now, length)],
    ['_size', columnOf(sizesOf(texts), 'long')],
  ]);
  const columns = MESSAGE_FIELDS.map(
    (field) => own.get(field) ?? findColumn(rows, field) ?? constantColumn(null, length),
  );
  let messages = newBatch(new Schema(MESSAGE_FIELDS), columns, length);
  rows.schema.names.forEach((field, position) => {
    if (!isMessageField(field)) messages = withColumn(messages, field, rows.columns[position]!);
  });
  messages = withColumn(messages, '_index', constantColumn(name, length));
  return withColumn(messages, VIEW_NAME, constantColumn(name, length));
}

function isMessageField(name: string): boolean {
  return MESSAGE_FIELDS.some((field) => field.toLowerCase() === name.toLowerCase());
}

function timesOr(times: Column | null, time: number, length: number): Column {
  if (times === null) return constantColumn(time, length);
  return columnOf(
    valuesOf(times).map((value) => (typeof value === 'number' ? value : time)),
    'long',
  );
}

/** Each row as a JSON object in the order of its columns; nulls are left out. */
function rowTexts({ schema, columns, length }: Batch): readonly string[] {
  const values = columns.map(valuesOf);
  return Array.from({ length }, (_, row) => {
    const cells = schema.names.flatMap((name, position) => {
      const value = values[position]![row] ?? null;
      return value === null ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`];
    });
    return `{${cells.join(',')}}`;
  });
}

const encoder = new TextEncoder();

function sizesOf(texts: Column): number[] {
  return valuesOf(texts).map((text) => encoder.encode(String(text ?? '')).length);
}
