import type { OperatorStage } from '../../src/grammar/ast.ts';
import type { Surroundings } from './surroundings.ts';
import { addNames, get, keyOf, numberIn, put, type Row, rowOf, type Table } from './table.ts';

type As = { readonly name: { readonly text: string } } | null;
interface Amount {
  readonly count: number;
  readonly unit: string | null;
}
/** What the clauses capture, as far as the oracle reads them. */
interface Captured {
  readonly comparisons: readonly {
    readonly shift: Amount;
    readonly periods: Amount | null;
    readonly how: { readonly avg?: true; readonly min?: true; readonly max?: true } | null;
    readonly as: As;
  }[];
}

const MILLISECONDS = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Adds what the query before this stage gives over earlier time ranges. */
export function compare(stage: OperatorStage, table: Table, around: Surroundings): Table {
  const { comparisons } = stage.args as unknown as Captured;
  const keys = around.keys;
  const measures = table.names.filter((name) => !keys.map((key) => key.toLowerCase()).includes(name));
  const keyIn = (row: Row) => keyOf(keys.map((name) => get(row, name)));
  const rows = new Map(table.rows.map((row) => [keyIn(row), row]));
  let names = table.names;
  for (const { shift, periods, how, as } of comparisons) {
    const step = shift.count * (MILLISECONDS.get(shift.unit ?? '') ?? 0);
    const collected = new Map<string, Row[]>();
    for (let period = 1; period <= (periods?.count ?? 1); period++) {
      const suffix = suffixOf(shift, period, periods?.count ?? 1, as);
      for (const row of around.earlier(step * period, null).rows) {
        const slice = get(row, '_timeslice');
        const moved = typeof slice === 'number' ? put(row, [['_timeslice', slice + step * period]]) : row;
        const key = keyIn(moved);
        const known = rows.get(key) ?? rowOf(keys.map((name) => [name, get(moved, name)]));
        collected.set(key, [...(collected.get(key) ?? []), moved]);
        rows.set(
          key,
          how === null
            ? put(
                known,
                measures.map((name) => [name + suffix, get(moved, name)]),
              )
            : known,
        );
      }
      if (how === null)
        names = addNames(
          names,
          measures.map((name) => name + suffix),
        );
    }
    if (how === null) continue;
    const way = how.avg === true ? 'avg' : how.min === true ? 'min' : 'max';
    const suffix =
      as === null ? `_${shift.count * (periods?.count ?? 1)}${shift.unit}_${way}` : `_${as.name.text}`;
    for (const [key, found] of collected) {
      rows.set(
        key,
        put(
          rows.get(key)!,
          measures.map((name) => [name + suffix, collapse(way, found, name)]),
        ),
      );
    }
    names = addNames(
      names,
      measures.map((name) => name + suffix),
    );
  }
  return { rows: [...rows.values()], raw: false, names };
}

function suffixOf(shift: Amount, period: number, periods: number, as: As): string {
  const width = `${shift.count * period}${shift.unit}`;
  if (as === null) return `_${width}`;
  return periods > 1 ? `_${as.name.text}_${width}` : `_${as.name.text}`;
}

function collapse(way: 'avg' | 'min' | 'max', rows: readonly Row[], name: string): number | null {
  const numbers = rows.map((row) => numberIn(get(row, name))).filter((number) => number !== null);
  if (numbers.length === 0) return null;
  if (way === 'avg') return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  return way === 'min' ? Math.min(...numbers) : Math.max(...numbers);
}
