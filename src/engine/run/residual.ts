import { type Batch, columnNamed, selectRows } from '../columns/batch.ts';
import { type Column, TRUE } from '../columns/column.ts';
import type { Sink, Stage } from '../define.ts';
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
      stage: filterStage((batch) => rowsInTime(batch, field, request.time)),
    });
  }
  if (!applied.filter && request.filter.kind !== 'all') {
    stages.push({ name: 'scope', stage: filterStage(compileScope(request.filter)) });
  }
  return stages;
}

function filterStage(filter: (batch: Batch) => Uint32Array | null): Stage {
  return {
    push(batch, out) {
      const rows = filter(batch);
      if (rows === null) out.push(batch);
      else if (rows.length > 0) out.push(selectRows(batch, rows));
    },
    finish() {},
  };
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
      pushInParts(table.finish(), batchRows, out);
    },
  };
}

function pushInParts(table: Batch, batchRows: number, out: Sink): void {
  if (table.length <= batchRows) {
    if (table.length > 0) out.push(table);
    return;
  }
  for (let from = 0; from < table.length; from += batchRows) {
    const to = Math.min(from + batchRows, table.length);
    out.push(
      selectRows(
        table,
        Uint32Array.from({ length: to - from }, (_, row) => from + row),
      ),
    );
  }
}
