import type { Pipeline, Query, Scope, Stage } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostics.ts';
import type { OperatorDefinition } from '../define.ts';
import type { FieldSet } from './field-set.ts';

/** A query ready to run: every stage with what it must know, and what is asked of the source. */
export interface Plan {
  readonly query: Query;
  readonly scan: PlannedScan;
  readonly stages: readonly PlannedStage[];
  /** True when the result rows are messages. */
  readonly raw: boolean;
  /** The names of the result's columns, in order, or null when they depend on the data. */
  readonly columns: readonly string[] | null;
  /** Fields, in lower case, that messages as a result do not show although the data has them. */
  readonly hidden: readonly string[];
  /** True when subqueries must be run before the plan can be. */
  readonly subqueries: boolean;
}

/** What the plan asks of the source besides the time range. */
export interface PlannedScan {
  readonly filter: Scope;
  /** Fields that are read (lower case), scope included; null for all. */
  readonly fields: readonly string[] | null;
  readonly order: 'newest' | 'any';
  readonly limit: number | null;
}

/** One stage in its place. */
export interface PlannedStage {
  readonly stage: Stage;
  /** The definition of an operator stage, else null. */
  readonly definition: OperatorDefinition | null;
  /** What an expression stage writes, else null. */
  readonly target: string | null;
  /** Whether the rows that come in are messages. */
  readonly raw: boolean;
  /** The fields that later stages (or the result) read. */
  readonly needed: FieldSet;
  /** The group keys of the aggregate stage before this one, as written. */
  readonly groupedBy: readonly string[];
  /** The fields that aggregate rows come in with, in order; null for messages and where they depend on the data. */
  readonly fieldsBefore: readonly string[] | null;
  /** The stages before this one, those of outer pipelines first. */
  readonly stagesBefore: readonly Stage[];
  /** The stage before this one that made time slices, or null. */
  readonly slicedBy: PlannedStage | null;
  /** False when messages come in any order and the stage has to break ties by time itself. */
  readonly ordered: boolean;
  /** At most this many first rows of the output are read, or null. */
  readonly rowsWanted: number | null;
  /** The nested pipelines of the stage's arguments, planned. */
  readonly pipelines: ReadonlyMap<Pipeline, readonly PlannedStage[]>;
}

/** The outcome of planning: errors and warnings all at once; the plan may only be run without errors. */
export interface Planned {
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
}
