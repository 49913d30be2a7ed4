import { type Batch, columnNamed, selectRows, withColumn } from '../columns/batch.ts';
import { isSet, newBitmap, setBit } from '../columns/column.ts';
import type { RunContext, Stage } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { numberColumn } from '../kernels/number-column.ts';
import { rowsTrue } from '../kernels/rows.ts';

/** What a running operator computes for a row from the rows of the same key so far: `next(group, value)`. */
export type Next = (group: number, value: number) => number | null;

/**
 * A stage that walks over the numbers of a field in row order and adds one field. A row without a
 * number is left out and does not change the state. With `by` each key has a state of its own.
 */
export function runningStage(
  operator: string,
  field: string,
  by: readonly string[],
  output: string,
  context: RunContext,
  next: Next,
): Stage {
  const groups = new GroupTable(by.length);
  return {
    push(batch, out) {
      const kept = withNumbersOnly(batch, field, operator, context);
      if (kept.length === 0) return;
      const { values } = denseNumbersOf(columnNamed(kept, field));
      const groupOf = groupsOf(kept, by, groups);
      const results = new Float64Array(kept.length);
      const validity = newBitmap(kept.length);
      for (let row = 0; row < kept.length; row++) {
        const result = next(groupOf[row]!, values[row]!);
        if (result === null) continue;
        results[row] = result;
        setBit(validity, row);
      }
      out.push(withColumn(kept, output, numberColumn(results, kept.length, validity)));
    },
    finish() {},
  };
}

/** The rows of the batch that have a number in `field`; the others are counted in a row warning. */
export function withNumbersOnly(batch: Batch, field: string, operator: string, context: RunContext): Batch {
  const { validity } = denseNumbersOf(columnNamed(batch, field));
  if (validity === null) return batch;
  const usable = new Uint8Array(batch.length);
  for (let row = 0; row < batch.length; row++) if (isSet(validity, row)) usable[row] = 1;
  const rows = rowsTrue(usable, batch.length);
  if (rows === null) return batch;
  context.rowWarning(
    `\`${operator}\` left out the row, as \`${field}\` is not a number`,
    batch.length - rows.length,
  );
  return selectRows(batch, rows);
}

/** The group of each row by the fields `by`. The array is reused by the next call. */
export function groupsOf(batch: Batch, by: readonly string[], groups: GroupTable): Uint32Array {
  if (by.length === 0) return new Uint32Array(batch.length);
  return groups.groups(
    by.map((name) => columnNamed(batch, name)),
    batch.length,
  );
}
