import { type Batch, columnNamed, selectRows } from '../columns/batch.ts';
import type { RunContext } from '../define.ts';
import { QueryFailure } from '../define.ts';
import { sortedRows } from '../kernels/sort.ts';
import { withNumbersOnly } from './running.ts';
import { TIMESLICE } from './timeslice.ts';

/** The rows with a number in `field`, in ascending order of `_timeslice`: what `outlier` and `predict` work on. */
export function inSliceOrder(table: Batch, field: string, operator: string, context: RunContext): Batch {
  if (table.length > 0 && table.schema.find(TIMESLICE) < 0) {
    throw new QueryFailure(
      'unsupported',
      `\`${operator}\` needs the field \`${TIMESLICE}\`, which these rows do not have`,
      `put \`timeslice\` and an aggregate by \`${TIMESLICE}\` before it`,
    );
  }
  const rows = withNumbersOnly(table, field, operator, context);
  return selectRows(
    rows,
    sortedRows([{ column: columnNamed(rows, TIMESLICE), descending: false }], rows.length),
  );
}
