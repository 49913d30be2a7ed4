import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { unquote } from '../../grammar/literals.ts';
import { choice, optional, symbol, text } from '../../grammar/syntax.ts';
import { type Batch, columnNamed, selectRows } from '../columns/batch.ts';
import { textAt } from '../columns/column.ts';
import { type CompiledRegex, defineOperator, wholeTable } from '../define.ts';
import { checkedRegex, compileRegex } from '../regex/compile-regex.ts';
import { rowsInTimeOrder } from './rows-in-time-order.ts';

/** `trace [+|-] "<regex>" "<start value>"`. */
export const trace = defineOperator({
  name: 'trace',
  summary: 'Follows ids from message to message.',
  description:
    'The first group of the regular expression (or the whole match, without a group) finds ids in each message, ' +
    'every match of it. A message with a known id is kept and all its ids become known; at first only the start ' +
    'value is. Ids are compared exactly. `+` goes through the messages once forward in time, `-` once backward, and ' +
    'gives them in that order. Without a sign it goes on until nothing new is found, whatever the times; the order ' +
    'of the messages stays.',
  syntax: {
    direction: optional(choice({ forward: symbol('+'), backward: symbol('-') })),
    pattern: text(),
    start: text(),
  },
  reads: () => ['_raw', '_messageTime'],
  writes: () => [],
  order: 'needs',
  split: 'coordinator',
  stands: 'raw',
  changesRowCount: true,
  live: false,
  check({ pattern }): readonly Diagnostic[] {
    const compiled = compileRegex(unquote(pattern.raw));
    return 'error' in compiled ? [error('bad-pattern', pattern.span, compiled.error)] : [];
  },
  start({ direction, pattern, start }) {
    const regex = checkedRegex(unquote(pattern.raw));
    return wholeTable((table) => {
      const raw = columnNamed(table, '_raw');
      const idsOf = (row: number) => idsIn(textAt(raw, row) ?? '', regex);
      if (direction === null) return selectRows(table, connected(table, idsOf, start.value));
      const ascending = rowsInTimeOrder(table);
      const rows = direction.backward ? ascending.reverse() : ascending;
      return selectRows(table, reached(rows, idsOf, start.value));
    });
  },
  examples: [
    {
      query: '* | trace "id:(\\w+)" "k1" | count by _raw | sort by _raw asc',
      input: 'id:k1 id:k2\nid:k2 id:k3\nid:k9',
      expect: '_raw,_count\nid:k1 id:k2,1\nid:k2 id:k3,1',
    },
  ],
});

function idsIn(message: string, regex: CompiledRegex): string[] {
  const ids: string[] = [];
  const grouped = regex.groupNames.length > 1;
  for (let at = 0; at <= message.length; ) {
    const match = regex.exec(message, at);
    if (match === null) break;
    const id = grouped ? match.groups[1] : message.slice(match.start, match.end);
    if (id != null && id !== '') ids.push(id);
    at = match.end > at ? match.end : at + 1;
  }
  return ids;
}

/** One pass: a row with a known id is kept and makes its ids known to the rows after it. */
function reached(rows: Uint32Array, idsOf: (row: number) => string[], start: string): Uint32Array {
  const known = new Set([start]);
  return rows.filter((row) => {
    const ids = idsOf(row);
    if (!ids.some((id) => known.has(id))) return false;
    for (const id of ids) known.add(id);
    return true;
  });
}

/** All rows that are connected with the start by shared ids, in their order. */
function connected(table: Batch, idsOf: (row: number) => string[], start: string): Uint32Array {
  const idsByRow = Array.from({ length: table.length }, (_, row) => idsOf(row));
  const rowsById = new Map<string, number[]>();
  idsByRow.forEach((ids, row) => {
    for (const id of ids) {
      const rows = rowsById.get(id);
      if (rows === undefined) rowsById.set(id, [row]);
      else rows.push(row);
    }
  });
  const kept = new Uint8Array(table.length);
  const known = new Set([start]);
  for (const id of known) {
    for (const row of rowsById.get(id) ?? []) {
      if (kept[row] === 1) continue;
      kept[row] = 1;
      for (const other of idsByRow[row]!) known.add(other);
    }
  }
  return Uint32Array.from(kept.keys()).filter((row) => kept[row] === 1);
}
