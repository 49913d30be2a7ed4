import { open } from 'node:fs/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { type Compressors, compressors } from 'hyparquet-compressors';
import { reasonOf } from '../engine/reason-of.ts';
import { InputProblem } from './byte-stream.ts';
import { headerLayout } from './flow-layout.ts';
import { blockOfTexts, type MessageBlock } from './message-block.ts';
import type { Tally } from './receipt.ts';

/** Rows per block of messages. */
const BLOCK_ROWS = 8192;

/** A Parquet file on disk, read where it is needed. `close` when done. */
export async function openParquetFile(path: string): Promise<AsyncBuffer & { close(): Promise<void> }> {
  const handle = await open(path, 'r');
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(Math.max(0, end - start));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.buffer;
    },
    close: () => handle.close(),
  };
}

/** A Parquet file in memory. */
export function parquetInMemory(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.length,
    slice: (start, end) => {
      const part = bytes.slice(start, end);
      return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength);
    },
  };
}

/** How pages are unpacked. Node's own decoders are much faster; a page that they refuse goes to the tolerant ones. */
export const CODECS: Compressors = {
  ...compressors,
  GZIP: (input, outputLength) =>
    nativeOr(() => gunzipSync(input, outputLimit(outputLength)), compressors.GZIP, input, outputLength),
  ZSTD: (input, outputLength) =>
    nativeOr(
      () => zstdDecompressSync(input, outputLimit(outputLength)),
      compressors.ZSTD,
      input,
      outputLength,
    ),
  LZ4: (input, outputLength) => notEmpty(compressors.LZ4, input, outputLength),
  LZ4_RAW: (input, outputLength) => notEmpty(compressors.LZ4_RAW, input, outputLength),
};

/** An empty page (the dictionary of a column of nulls) is no valid block for the LZ4 decoder. */
function notEmpty(decode: Compressors['LZ4'], input: Uint8Array, outputLength: number): Uint8Array {
  if (outputLength === 0) return new Uint8Array(0);
  if (decode === undefined) throw new InputProblem('it is packed with LZ4');
  return decode(input, outputLength);
}

/** A page that says it holds more than this is taken for damaged. */
const MAX_PAGE_BYTES = 2 ** 30;

function outputLimit(outputLength: number): { readonly maxOutputLength: number } {
  if (outputLength > MAX_PAGE_BYTES) throw new InputProblem('a page is larger than 1 GB');
  return { maxOutputLength: Math.max(1, outputLength) };
}

function nativeOr(
  native: () => Buffer,
  other: Compressors['GZIP'],
  input: Uint8Array,
  outputLength: number,
): Uint8Array {
  try {
    return native();
  } catch (failure) {
    if (other === undefined || failure instanceof InputProblem) throw failure;
    return other(input, outputLength);
  }
}

/**
 * The rows of a Parquet file as messages. Rows of flow logs become the line that text delivery would
 * have: values in column order between spaces, `-` for null and empty. Other rows become a JSON object.
 * Throws an InputProblem when the file is damaged; rows before that have come out.
 */
export async function* parquetBlocks(file: AsyncBuffer, tally: Tally): AsyncGenerator<MessageBlock> {
  const metadata = await guarded(() => parquetMetadataAsync(file));
  const names = columnNames(metadata);
  const header = Buffer.from(names.join(' '));
  const layout = headerLayout(header, 0, header.length, true);
  const toText = layout === null ? (values: readonly unknown[]) => jsonRow(names, values) : flowLine;
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const columns = await guarded(() => readColumns(file, metadata, names, rowStart, rowEnd));
    // What a damaged footer says about rows is not to be believed without the values.
    if (columns.some((column) => column.length !== rowEnd - rowStart)) {
      throw new InputProblem('its Parquet data has columns of different lengths');
    }
    for (let from = rowStart; from < rowEnd; from += BLOCK_ROWS) {
      const to = Math.min(rowEnd, from + BLOCK_ROWS);
      const texts: string[] = [];
      for (let row = from; row < to; row++) {
        texts.push(toText(columns.map((column) => column[row - rowStart])));
      }
      tally.read += texts.length;
      yield { ...blockOfTexts(texts), layout };
    }
    rowStart = rowEnd;
  }
}

async function guarded<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (failure) {
    throw new InputProblem(`its Parquet data cannot be read (${reasonOf(failure)})`);
  }
}

/** Top-level columns, in the order of the file. */
function columnNames(metadata: FileMetaData): string[] {
  const names: string[] = [];
  const [root, ...rest] = metadata.schema;
  let left = root?.num_children ?? 0;
  let skip = 0;
  for (const element of rest) {
    if (skip === 0 && left-- > 0) names.push(element.name);
    else skip--;
    skip += element.num_children ?? 0;
  }
  return names;
}

async function readColumns(
  file: AsyncBuffer,
  metadata: FileMetaData,
  names: readonly string[],
  rowStart: number,
  rowEnd: number,
): Promise<readonly (readonly unknown[])[]> {
  const columns = new Map<string, unknown[]>(names.map((name) => [name, []]));
  await parquetRead({
    file,
    metadata,
    rowStart,
    rowEnd,
    compressors: CODECS,
    onChunk(chunk) {
      const column = columns.get(chunk.columnName);
      if (column === undefined) return;
      for (let index = 0; index < chunk.columnData.length; index++) {
        column[chunk.rowStart - rowStart + index] = chunk.columnData[index];
      }
    },
  });
  return names.map((name) => columns.get(name) ?? []);
}

function flowLine(values: readonly unknown[]): string {
  return values.map(flowValue).join(' ');
}

function flowValue(value: unknown): string {
  const text = plainText(value);
  // A value never holds a space in text delivery, where tags are percent-encoded.
  return text === '' ? '-' : text.replace(/\s/g, (space) => encodeURIComponent(space));
}

function plainText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return String(Math.floor(value.getTime() / 1000));
  if (typeof value === 'object') return JSON.stringify(value, jsonValue) ?? '';
  return String(value);
}

function jsonRow(names: readonly string[], values: readonly unknown[]): string {
  // Written entry by entry: a column may be called `__proto__`, and 64-bit numbers keep all their digits.
  const entries = names.map((name, index) => {
    const value = values[index];
    const text =
      typeof value === 'bigint' ? String(value) : (JSON.stringify(value ?? null, jsonValue) ?? 'null');
    return `${JSON.stringify(name)}:${text}`;
  });
  return `{${entries.join(',')}}`;
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
