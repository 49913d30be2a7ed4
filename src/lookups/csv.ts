import { LookupError } from './lookup-error.ts';

/** A CSV file with a header line: every row has as many cells as there are columns; empty cells are null. */
export interface CsvFile {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/**
 * Reads RFC 4180 CSV, tolerating LF line ends, a byte order mark and a missing last line end. Blanks
 * around header names are trimmed. Short rows are filled with null. Throws a LookupError for text
 * without a header, a row with too many cells, and a quote that is never closed.
 */
export function readCsv(text: string, fileName: string): CsvFile {
  const records = splitRecords(text.startsWith('\uFEFF') ? text.slice(1) : text, fileName);
  const [header, ...rows] = records;
  if (header === undefined) {
    throw new LookupError(`\`${fileName}\` is empty`, 'the first line must name the columns');
  }
  const columns = header.map((name) => name.trim());
  const nameless = columns.indexOf('');
  if (nameless >= 0) {
    throw new LookupError(
      `column ${nameless + 1} of \`${fileName}\` has no name`,
      'the first line must name the columns',
    );
  }
  return {
    columns,
    rows: rows.map((cells, row) => {
      if (cells.length > columns.length) {
        throw new LookupError(
          `row ${row + 2} of \`${fileName}\` has ${cells.length} cells, expected ${columns.length}`,
          'put values that hold a comma in double quotes',
        );
      }
      return columns.map((_, column) => {
        const cell = cells[column];
        return cell === undefined || cell === '' ? null : cell;
      });
    }),
  };
}

function splitRecords(text: string, fileName: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell: string;
    if (text[at] === '"') {
      const [value, next] = quotedCell(text, at, fileName);
      cell = value;
      at = next;
    } else {
      let end = at;
      while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
      cell = text.slice(at, end);
      if (text[end] !== ',' && cell.endsWith('\r')) cell = cell.slice(0, -1);
      at = end;
    }
    record.push(cell);
    if (text[at] === ',') {
      at++;
      if (at === text.length) record.push('');
      if (at < text.length && (text[at] === '\n' || text.startsWith('\r\n', at))) {
        record.push('');
      } else continue;
    }
    if (text[at] === '\r') at++;
    at++;
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  }
  if (record.length > 0) records.push(record);
  return records;
}

function quotedCell(text: string, start: number, fileName: string): [value: string, next: number] {
  let at = start + 1;
  let value = '';
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      const line = text.slice(0, start).split('\n').length;
      throw new LookupError(`a quote on line ${line} of \`${fileName}\` is not closed`);
    }
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      at = quote + 1;
      while (at < text.length && text[at] !== ',' && text[at] !== '\n' && text[at] !== '\r') at++;
      return [value, at];
    }
    value += '"';
    at = quote + 2;
  }
}

/** Cells as CSV text with a header line; nulls become empty cells. */
export function writeCsv(
  columns: readonly string[],
  rows: Iterable<readonly (string | number | boolean | null)[]>,
): string {
  const lines = [columns.map(csvCell).join(',')];
  for (const row of rows) lines.push(row.map(csvCell).join(','));
  return `${lines.join('\n')}\n`;
}

function csvCell(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
