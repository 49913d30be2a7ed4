import type { Query, Stage } from '../../src/grammar/ast.ts';
import type { SavedTable } from './saved-tables.ts';
import type { Setting } from './setting.ts';
import type { Table } from './table.ts';

/** What stages over whole tables may ask for. */
export interface Surroundings {
  readonly setting: Setting;
  run(stages: readonly Stage[], table: Table): Table;
  /** The table before this stage, or that of another query, over the time range moved back by so many ms. */
  earlier(shift: number, query: Query | null): Table;
  /** The starts of the time slices of the range, in the width of the last `timeslice`. */
  slices(): number[];
  readonly tables: ReadonlyMap<string, SavedTable>;
  /** Fields by which the last aggregate grouped. */
  readonly keys: readonly string[];
}
