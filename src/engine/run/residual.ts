import { type Batch, columnNamed, inParts } from '../columns/batch.ts';
import { type Column, TRUE } from '../columns/column.ts';
import { keepRows, type Stage } from '../define.ts';
import { compareColumns } from '../kernels/compare.ts';
import { narrowTo } from '../kernels/narrow.ts';
import { rowsTrue } from '../kernels/rows.ts';
import { SortedTable } from '../kernels/sorted-table.ts';
import { type FieldSet, hasField } from '../plan/field-set.ts';
import { compileScope } from '../scope/compile.ts';
import type { Scan, ScanRequest, TimeRange } from '../source.ts';

/** The stages that do what a source left undone of a request but for its order. */
export function residualStages(
  request: ScanRequest,
  applied: Scan['applied'],
): { name: string; stage: Stage }[] {
  const stages: { name: string; stage: Stage }[] = [];
  const endless = request.time.from === -Infinity && request.time.to === Infinity;
  if (!applied.time && !endless) {
    const field = request.timeBasis === 'receipt' ? '_receiptTime' : '_messageTime';
    stages.push({
      name: 'time range',
      stage: keepRows((batch) => rowsInTime(batch, field, request.time)),
    });
  }
  if (!applied.filter && request.filter.kind !== 'all') {
    stages.push({ name: 'scope', stage: keepRows(compileScope(request.filter)) });
  }
  return stages;
}

function rowsInTime(batch: Batch, field: string, time: TimeRange): Uint32Array | null {
  const times = columnNamed(batch, field);
  const { length } = batch;
  const none = () => {};
  const constant = (value: number): Column => ({ kind: 'constant', length, value });
  const after = compareColumns('>=', times, constant(time.from), none);
  const before = compareColumns('<', times, constant(time.to), none);
  return rowsTrue(
    after.values.map((value, row) => (value === TRUE && before.values[row] === TRUE ? TRUE : 0)),
    length,
  );
}

/**
 * Collects all rows (with a limit, the newest ones) in order of arrival, then gives them newest first,
 * ties latest arrival first. Only the fields that are read later are held.
 */
export function newestFirst(limit: number | null, batchRows: number, needed: FieldSet): Stage {
  const narrowed = narrowTo((name) => hasField(needed, name) || name.toLowerCase() === '_messagetime');
  const table = new SortedTable({ keys: [], ties: 'newest', limit });
  return {
    push(batch) {
      table.push(narrowed(batch));
    },
    finish(out) {
      for (const part of inParts(table.finish(), batchRows)) out.push(part);
    },
  };
}
