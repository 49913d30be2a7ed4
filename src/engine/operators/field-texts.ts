import { type Batch, columnNamed } from '../columns/batch.ts';
import { textAt } from '../columns/column.ts';

/** A field of all rows as texts. */
export function textsOf(batch: Batch, name: string): (string | null)[] {
  const column = columnNamed(batch, name);
  return Array.from({ length: batch.length }, (_, row) => textAt(column, row));
}
