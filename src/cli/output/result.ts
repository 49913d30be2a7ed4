import { once } from 'node:events';
import type { ExportType } from '../../engine/columns/arrow.ts';
import { type Batch, concatBatches, keepBatch, newBatch, Schema } from '../../engine/columns/batch.ts';
import { columnType, flatten } from '../../engine/columns/column.ts';
import { jsonRows } from '../../engine/columns/json-rows.ts';
import type { OUTPUT_FORMATS } from '../options.ts';
import { type CsvOptions, csvHeader, csvRows } from './csv.ts';
import { renderTablePart, type TableHeader } from './table.ts';

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Rows of a table that are drawn together: what comes later goes on below them. */
const TABLE_PART = 10_000;

export interface OutputOptions extends CsvOptions {
  readonly format: OutputFormat;
  readonly timeZone: string;
  readonly isTerminal: boolean;
  readonly width: number;
  readonly color: boolean;
}

/** What stdout is, and what that means for the default format. */
export function outputOptions(
  format: OutputFormat | undefined,
  timeZone: string,
  guardFormulas = false,
): OutputOptions {
  const isTerminal = process.stdout.isTTY === true;
  return {
    format: format ?? (isTerminal ? 'table' : 'jsonl'),
    timeZone,
    isTerminal,
    width: isTerminal ? (process.stdout.columns ?? 80) : Number.POSITIVE_INFINITY,
    color: isTerminal && process.env.NO_COLOR === undefined,
    guardFormulas,
  };
}

/** Whether links are shown as such: a table in a terminal. */
export function showsLinks({ format, isTerminal, color }: OutputOptions): boolean {
  return format === 'table' && isTerminal && color;
}

/** Takes pieces of output; resolves when more may come. */
type Emit = (data: string | Uint8Array) => Promise<void>;

/**
 * Prints a result to stdout as it comes (or whole, where the format needs all of it); returns how many
 * rows. `before` is called before anything is printed.
 */
export async function writeResult(
  batches: AsyncIterable<Batch>,
  names: () => readonly string[],
  options: OutputOptions,
  before: () => void = () => {},
): Promise<number> {
  return await emitResult(batches, names, options, async (data) => {
    before();
    await write(data);
  });
}

/** A whole result as text; for every format but `arrow`. */
export async function resultText(
  batches: AsyncIterable<Batch>,
  names: () => readonly string[],
  options: OutputOptions,
): Promise<{ readonly text: string; readonly rows: number }> {
  const parts: string[] = [];
  const rows = await emitResult(batches, names, options, async (data) => void parts.push(String(data)));
  return { text: parts.join(''), rows };
}

async function emitResult(
  batches: AsyncIterable<Batch>,
  names: () => readonly string[],
  options: OutputOptions,
  emit: Emit,
): Promise<number> {
  switch (options.format) {
    case 'jsonl':
      return await writeLines(batches, emit, (batch) => jsonRows(batch).join('\n'));
    case 'json':
      return await writeArray(batches, emit);
    case 'csv':
      return await writeCsv(batches, names, options, emit);
    case 'table':
      return await writeTable(batches, options, emit);
    case 'chart':
    case 'arrow':
      return await writeWhole(batches, names, options, emit);
  }
}

async function writeLines(
  batches: AsyncIterable<Batch>,
  emit: Emit,
  text: (batch: Batch) => string,
): Promise<number> {
  let rows = 0;
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    rows += batch.length;
    await emit(`${text(batch)}\n`);
  }
  return rows;
}

async function writeArray(batches: AsyncIterable<Batch>, emit: Emit): Promise<number> {
  let rows = 0;
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    await emit(`${rows > 0 ? ',\n' : '['}${jsonRows(batch).join(',\n')}`);
    rows += batch.length;
  }
  await emit(rows > 0 ? ']\n' : '[]\n');
  return rows;
}

async function writeTable(
  batches: AsyncIterable<Batch>,
  options: OutputOptions,
  emit: Emit,
): Promise<number> {
  let rows = 0;
  const waiting: Batch[] = [];
  let header: TableHeader | null = null;
  const draw = async () => {
    const batch = concatBatches(waiting.splice(0));
    const part = renderTablePart(batch, { ...options, escape: options.isTerminal }, header);
    header = part.header;
    await emit(part.text);
  };
  let waitingRows = 0;
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    rows += batch.length;
    waitingRows += batch.length;
    waiting.push(keepBatch(batch));
    if (waitingRows < TABLE_PART) continue;
    await draw();
    waitingRows = 0;
  }
  if (waiting.length > 0) await draw();
  if (rows === 0) await emit('no rows\n');
  return rows;
}

async function writeCsv(
  batches: AsyncIterable<Batch>,
  names: () => readonly string[],
  options: OutputOptions,
  emit: Emit,
): Promise<number> {
  // A header names every column, so rows wait until the last batch has shown which columns there are.
  const whole = await wholeResult(batches, names);
  await emit(`${csvHeader(whole.schema, options)}\n`);
  if (whole.length > 0) await emit(`${csvRows(whole, options).join('\n')}\n`);
  return whole.length;
}

async function writeWhole(
  batches: AsyncIterable<Batch>,
  names: () => readonly string[],
  options: OutputOptions,
  emit: Emit,
): Promise<number> {
  const whole = await wholeResult(batches, names);
  if (options.format === 'arrow') {
    const { arrowStream } = await import('../../engine/columns/arrow.ts');
    await emit(
      arrowStream(
        whole.schema,
        whole.columns.map((column) => exportType(columnType(flatten(column)))),
        [whole],
      ),
    );
  } else {
    const { chartOfResult } = await import('../chart/result-chart.ts');
    await emit(chartOfResult(whole, options));
  }
  return whole.length;
}

async function wholeResult(batches: AsyncIterable<Batch>, names: () => readonly string[]): Promise<Batch> {
  const kept: Batch[] = [];
  for await (const batch of batches) kept.push(keepBatch(batch));
  return kept.length === 0 ? newBatch(new Schema([...names()]), [], 0) : concatBatches(kept);
}

function exportType(type: ReturnType<typeof columnType>): ExportType {
  switch (type) {
    case 'long':
      return 'int64';
    case 'double':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'null':
    case 'string':
    case 'mixed':
      return 'utf8';
  }
}

/** Writes to stdout and waits while the reader is slower. */
export async function write(data: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(data)) await once(process.stdout, 'drain');
}
