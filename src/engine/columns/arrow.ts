import {
  Schema as ArrowSchema,
  Bool,
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  makeData,
  Null,
  RecordBatch,
  RecordBatchStreamWriter,
  Struct,
  Utf8,
} from 'apache-arrow';
import type { Batch, Schema } from './batch.ts';
import { type Column, flatten, isNullAt, newBitmap, setBit, textAt, valueAt } from './column.ts';

/** The Arrow type in which a field is exported. */
export type ExportType = 'utf8' | 'int64' | 'float64' | 'bool' | 'null';

/**
 * Writes batches of one schema as an Arrow IPC stream. A stream has one type per field: `types[i]`
 * is that of field `i`, and values of another type are written in their text form or become null.
 */
export function arrowStream(
  schema: Schema,
  types: readonly ExportType[],
  batches: readonly Batch[],
): Uint8Array {
  const fields = schema.names.map((name, position) => new Field(name, arrowType(types[position]!), true));
  const arrowSchema = new ArrowSchema(fields);
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, arrowSchema);
  for (const batch of batches) {
    const children = batch.columns.map((column, position) => exportColumn(column, types[position]!));
    const data = makeData({ type: new Struct(fields), length: batch.length, nullCount: 0, children });
    writer.write(new RecordBatch(arrowSchema, data));
  }
  writer.finish();
  return writer.toUint8Array(true);
}

function arrowType(type: ExportType): DataType {
  switch (type) {
    case 'utf8':
      return new Utf8();
    case 'int64':
      return new Int64();
    case 'float64':
      return new Float64();
    case 'bool':
      return new Bool();
    case 'null':
      return new Null();
  }
}

function exportColumn(column: Column, type: ExportType): Data {
  const flat = flatten(column);
  const length = flat.length;
  const nullBitmap = newBitmap(length);
  let nullCount = 0;
  for (let row = 0; row < length; row++) {
    if (isNullAt(flat, row)) nullCount++;
    else setBit(nullBitmap, row);
  }
  const common = { length, nullCount, nullBitmap };
  switch (type) {
    case 'utf8': {
      const texts = Array.from({ length }, (_, row) => textAt(flat, row));
      return exportText(texts);
    }
    case 'int64': {
      const data = BigInt64Array.from({ length }, (_, row) => {
        const value = valueAt(flat, row);
        return typeof value === 'number' ? BigInt(Math.trunc(value)) : 0n;
      });
      return makeData({ type: new Int64(), ...common, data });
    }
    case 'float64': {
      const data = Float64Array.from({ length }, (_, row) => {
        const value = valueAt(flat, row);
        return typeof value === 'number' ? value : 0;
      });
      return makeData({ type: new Float64(), ...common, data });
    }
    case 'bool': {
      const data = newBitmap(length);
      for (let row = 0; row < length; row++) if (valueAt(flat, row) === true) setBit(data, row);
      return makeData({ type: new Bool(), ...common, data });
    }
    case 'null':
      return makeData({ type: new Null(), length, nullCount: length });
  }
}

function exportText(texts: readonly (string | null)[]): Data {
  const encoder = new TextEncoder();
  const parts = texts.map((text) => (text === null ? null : encoder.encode(text)));
  const valueOffsets = new Int32Array(texts.length + 1);
  const nullBitmap = newBitmap(texts.length);
  let nullCount = 0;
  let size = 0;
  parts.forEach((part, row) => {
    if (part === null) nullCount++;
    else {
      size += part.length;
      setBit(nullBitmap, row);
    }
    valueOffsets[row + 1] = size;
  });
  const data = new Uint8Array(size);
  parts.forEach((part, row) => {
    if (part !== null) data.set(part, valueOffsets[row]!);
  });
  return makeData({ type: new Utf8(), length: texts.length, nullCount, nullBitmap, valueOffsets, data });
}
