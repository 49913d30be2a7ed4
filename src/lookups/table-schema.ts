import { numberFromText, type Value } from '../engine/columns/value.ts';
import { LookupError } from './lookup-error.ts';

export const COLUMN_TYPES = ['boolean', 'int', 'long', 'double', 'string'] as const;
export type TableColumnType = (typeof COLUMN_TYPES)[number];

/** What a `path://` table holds and how long. */
export interface TableSchema {
  readonly columns: readonly { readonly name: string; readonly type: TableColumnType }[];
  /** At least one column name. Every lookup uses all of them. */
  readonly primaryKey: readonly string[];
  /** A row that was not written for so long is gone; null keeps rows for ever. */
  readonly ttlSeconds: number | null;
  /** At the size limit: refuse further rows, or drop those written longest ago. */
  readonly whenFull: 'stop' | 'evict';
}

/** The limits of one table, in bytes of its text form. */
export const TABLE_LIMITS = { table: 100 * 1024 * 1024, row: 200 * 1024, key: 1024 } as const;

const RESERVED = new Set(
  [
    'pkv',
    'mt',
    'tid-cid-s',
    ...Array.from({ length: 20 }, (_, position) => `tid-sk-${position + 1}`),
    '_messagetime',
    '_receipttime',
    '_sourcecategory',
    '_sourcehost',
    '_sourcename',
    '_source',
    '_sourceid',
    '_collector',
    '_collectorid',
    '_view',
    '_index',
  ].map((name) => name.toLowerCase()),
);

/** Throws a LookupError when the schema breaks a rule: names, key, reserved words. */
export function checkSchema(schema: TableSchema): void {
  const seen = new Set<string>();
  for (const { name } of schema.columns) {
    const key = name.toLowerCase();
    if (seen.has(key))
      throw new LookupError(`column \`${name}\` occurs twice`, 'column names ignore letter case');
    if (RESERVED.has(key)) throw new LookupError(`\`${name}\` is a reserved name`, 'rename the column');
    if (name.includes('~~')) throw new LookupError(`column \`${name}\` contains \`~~\``, 'rename the column');
    seen.add(key);
  }
  if (schema.primaryKey.length === 0)
    throw new LookupError('a table needs a primary key of at least one column');
  const missing = schema.primaryKey.find((name) => !seen.has(name.toLowerCase()));
  if (missing !== undefined) {
    throw new LookupError(
      `the primary key names \`${missing}\`, which is no column`,
      `the columns are ${schema.columns.map(({ name }) => `\`${name}\``).join(', ')}`,
    );
  }
}

/** A cell of a CSV file as a value of its column; undefined when it does not fit, so that its row is not stored. */
export function readCell(text: string | null, type: TableColumnType): Value | undefined {
  if (text === null) return type === 'boolean' ? false : null;
  switch (type) {
    case 'string':
      return text;
    case 'boolean':
      return text.trim().toLowerCase() === 'true';
    case 'double':
      return numberFromText(text) ?? undefined;
    case 'long':
    case 'int':
      return wholeCell(numberFromText(text), type);
  }
}

/** A value of a query as a value of a column; undefined when it does not fit, which fails the whole `save`. */
export function fitValue(value: Value, type: TableColumnType): Value | undefined {
  if (value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'double':
      return typeof value === 'number' ? value : undefined;
    case 'long':
    case 'int':
      return typeof value === 'number' ? wholeCell(value, type) : undefined;
  }
}

/** Values beyond 32 bits wrap around in an int column, as they do in the tables this form comes from. */
function wholeCell(value: number | null, type: 'int' | 'long'): number | undefined {
  if (value === null || !Number.isInteger(value)) return undefined;
  return type === 'int' ? Number(BigInt.asIntN(32, BigInt(value))) : value;
}
