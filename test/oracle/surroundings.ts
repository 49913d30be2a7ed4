import type { Stage } from '../../src/grammar/ast.ts';
import type { Table } from './table.ts';

/** What stages over whole tables may ask for. */
export interface Surroundings {
  run(stages: readonly Stage[], table: Table): Table;
  /** The table before this stage, over the time range moved back by so many milliseconds. */
  earlier(shift: number): Table;
  /** The starts of the time slices of the range, in the width of the last `timeslice`. */
  slices(): number[];
  readonly tables: ReadonlyMap<string, readonly ReadonlyMap<string, string>[]>;
  /** Fields by which the last aggregate grouped. */
  readonly keys: readonly string[];
}
