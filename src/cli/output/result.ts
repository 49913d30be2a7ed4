import { once } from 'node:events';
import type { ExportType } from '../../engine/columns/arrow.ts';
import { type Batch, concatBatches, keepBatch, newBatch, Schema } from '../../engine/columns/batch.ts';
import { columnType, flatten } from '../../engine/columns/column.ts';
import { type CsvOptions, csvHeader, csvRows } from './csv.ts';
import { jsonRows } from './json.ts';
import { renderTable } from './table.ts';

export type OutputFormat = 'table' | 'jsonl' | 'json' | 'csv' | 'arrow' | 'chart';

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

/** Prints a result to stdout as it comes (or whole, where the format needs all of it); returns how many rows. */
export async function writeResult(
  batches: AsyncIterable<Batch>,
  names: () => readonly string[],
  options: OutputOptions,
): Promise<number> {
  switch (options.format) {
    case 'jsonl':
      return await writeLines(batches, (batch) => jsonRows(batch).join('\n'));
    case 'json':
      return await writeArray(batches);
    case 'csv':
      return await writeCsv(batches, names, options);
    case 'table':
    case 'chart':
    case 'arrow':
      return await writeWhole(batches, names, options);
  }
}

async function writeLines(batches: AsyncIterable<Batch>, text: (batch: Batch) => string): Promise<number> {
  let rows = 0;
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    rows += batch.length;
    await write(`${text(batch)}\n`);
  }
  return rows;
}

async function writeArray(batches: AsyncIterable<Batch>): Promise<number> {
  let rows = 0;
  await write('[');
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    await write(`${rows > 0 ? ',\n' : ''}${jsonRows(batch).join(',\n')}`);
    rows += batch.length;
  }
  await write(']\n');
  return rows;
}

async function writeCsv(
  batches: AsyncIterable<Batch>,
  names: () => readonly string[],
  options: OutputOptions,
): Promise<number> {
  // A header names every column, so rows wait until the last batch has shown which columns there are,
  // unless all batches have one schema, as those of an aggregate do.
  const kept: Batch[] = [];
  let rows = 0;
  for await (const batch of batches) {
    rows += batch.length;
    kept.push(keepBatch(batch));
  }
  const whole = kept.length === 0 ? newBatch(new Schema([...names()]), [], 0) : concatBatches(kept);
  await write(`${csvHeader(whole.schema, options)}\n`);
  if (whole.length > 0) await write(`${csvRows(whole, options).join('\n')}\n`);
  return rows;
}

async function writeWhole(
  batches: AsyncIterable<Batch>,
  names: () => readonly string[],
  options: OutputOptions,
): Promise<number> {
  const kept: Batch[] = [];
  for await (const batch of batches) kept.push(keepBatch(batch));
  const whole = kept.length === 0 ? newBatch(new Schema([...names()]), [], 0) : concatBatches(kept);
  if (options.format === 'arrow') {
    const { arrowStream } = await import('../../engine/columns/arrow.ts');
    await write(
      arrowStream(
        whole.schema,
        whole.columns.map((column) => exportType(columnType(flatten(column)))),
        [whole],
      ),
    );
  } else if (options.format === 'chart') {
    const { chartOfResult } = await import('../chart/result-chart.ts');
    await write(chartOfResult(whole, options));
  } else if (whole.length === 0) {
    await write('no rows\n');
  } else {
    await write(renderTable(whole, { ...options, escape: options.isTerminal }));
  }
  return whole.length;
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
