import type { Batch } from '../../engine/columns/batch.ts';
import { columnType, flatten, textAt } from '../../engine/columns/column.ts';
import type { ValueType } from '../../engine/columns/value.ts';
import type { ResultField, ResultRow } from '../api.ts';

/** The rows of a result as they come, read page by page. Names are in lower case and values are texts, as API clients expect. */
export class ResultPages {
  readonly #batches: Batch[] = [];
  /** The number of rows before each batch. */
  readonly #before: number[] = [];
  readonly #types = new Map<string, ValueType>();
  readonly #keys: ReadonlySet<string>;
  rows = 0;

  /** `keys`: the fields that the query groups by. */
  constructor(keys: readonly string[]) {
    this.#keys = new Set(keys.map((key) => key.toLowerCase()));
  }

  add(batch: Batch): void {
    this.#before.push(this.rows);
    this.#batches.push(batch);
    this.rows += batch.length;
    for (const [position, name] of batch.schema.names.entries()) {
      const key = name.toLowerCase();
      const type = columnType(batch.columns[position]!);
      this.#types.set(key, joinedType(this.#types.get(key) ?? 'null', type));
    }
  }

  get fields(): readonly ResultField[] {
    return [...this.#types].map(([name, type]) => ({
      name,
      fieldType: fieldType(name, type),
      keyField: this.#keys.has(name),
    }));
  }

  /** The rows `[offset, offset + limit)`, as far as there are any; `extra` adds to each what only the API has. */
  page(
    offset: number,
    limit: number,
    extra: (row: number) => readonly (readonly [name: string, value: string])[] = () => [],
  ): readonly ResultRow[] {
    const rows: ResultRow[] = [];
    const end = Math.min(this.rows, offset + limit);
    for (const [position, batch] of this.#batches.entries()) {
      const first = this.#before[position]!;
      if (first + batch.length <= offset || first >= end) continue;
      const columns = new Map(
        batch.schema.names.map((name, at) => [name.toLowerCase(), flatten(batch.columns[at]!)]),
      );
      for (let row = Math.max(0, offset - first); row < batch.length && first + row < end; row++) {
        const entries: (readonly [string, string])[] = [...extra(first + row)];
        for (const name of this.#types.keys()) {
          const column = columns.get(name);
          entries.push([name, column === undefined ? '' : (textAt(column, row) ?? '')]);
        }
        rows.push({ map: Object.fromEntries(entries) });
      }
    }
    return rows;
  }
}

function joinedType(one: ValueType, other: ValueType): ValueType {
  if (one === 'null' || one === other) return other;
  if (other === 'null') return one;
  const numeric = (type: ValueType) => type === 'long' || type === 'double';
  return numeric(one) && numeric(other) ? 'double' : 'mixed';
}

function fieldType(name: string, type: ValueType): ResultField['fieldType'] {
  switch (type) {
    case 'long':
      return name === '_count' ? 'int' : 'long';
    case 'double':
    case 'boolean':
      return type;
    case 'string':
    case 'null':
    case 'mixed':
      return 'string';
  }
}
