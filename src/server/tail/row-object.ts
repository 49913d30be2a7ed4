import type { Batch } from '../../engine/columns/batch.ts';
import { flatten, valueAt } from '../../engine/columns/column.ts';
import { MESSAGE_FIELDS } from '../../engine/source.ts';

/** One row as an object, the fields that every message has first. Numbers that JSON has no form for become texts. */
export function rowObject(batch: Batch, row: number): Readonly<Record<string, unknown>> {
  const entries = columnOrder(batch.schema.names).map((position) => {
    const value = valueAt(flatten(batch.columns[position]!), row);
    const isOdd = typeof value === 'number' && !Number.isFinite(value);
    return [batch.schema.names[position]!, isOdd ? String(value) : value] as const;
  });
  // `fromEntries` defines properties, so that `__proto__` is an ordinary key.
  return Object.fromEntries(entries);
}

const orders = new WeakMap<readonly string[], readonly number[]>();

function columnOrder(names: readonly string[]): readonly number[] {
  let order = orders.get(names);
  if (order === undefined) {
    const rank = (name: string) => {
      const at = MESSAGE_FIELDS.findIndex((field) => field.toLowerCase() === name.toLowerCase());
      return at < 0 ? MESSAGE_FIELDS.length : at;
    };
    order = names.map((_, position) => position).toSorted((a, b) => rank(names[a]!) - rank(names[b]!));
    orders.set(names, order);
  }
  return order;
}
