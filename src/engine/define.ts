import type {
  AggregateCall,
  Stage as AstStage,
  Call,
  Expression,
  OperatorStage,
  Pipeline,
  Query,
  Subquery,
} from '../grammar/ast.ts';
import type { Diagnostic } from '../grammar/diagnostics.ts';
import type { Span } from '../grammar/span.ts';
import type { ArgsOf, Syntax } from '../grammar/syntax.ts';
import { type Batch, concatBatches, keepBatch, selectRows } from './columns/batch.ts';
import type { Column } from './columns/column.ts';
import type { Value, ValueType } from './columns/value.ts';
import type { LookupTables, TimeRange } from './source.ts';

/** Shown in help and the reference, and run by the tests. */
export interface Example {
  readonly query: string;
  /** Messages, one a line, newest last; their times are one second apart unless the line starts with an ISO time and a tab. */
  readonly input: string;
  /** The result as `-o csv` prints it (header line first), or the message of the expected diagnostic. */
  readonly expect: string;
}

/** An example of one expression, as its value over a single message; `value` as CSV prints it. */
export function exampleOf(expression: string, value: string): Example {
  return {
    query: `* | ${expression} as x | count by x | fields x`,
    input: 'a message',
    expect: `x\n${value}`,
  };
}

interface Documented {
  /** As people write it: `isPrivateIP`. Found in any letter case. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One sentence, for completion and lists. */
  readonly summary: string;
  /** Markdown: everything a user must know; nulls, limits, errors. */
  readonly description?: string;
  readonly examples: readonly Example[];
}

/** What a running query tells its parts, and what they may tell it. */
export interface RunContext {
  readonly time: TimeRange;
  /** IANA time zone of the user. */
  readonly timeZone: string;
  /** Wall clock, epoch ms; every use of the current time goes through it. */
  now(): number;
  /** Counts one row whose value could not be used: `3 of 10,412 rows: toNumber got text`. */
  rowWarning(what: string, rows?: number): void;
  /** A warning about the whole run, once per text. */
  warn(message: string): void;
  readonly signal: AbortSignal;
}

// ---- functions ------------------------------------------------------------------------------

/** `number` converts text and turns other text into null with a row warning; `string` takes the text form of numbers and booleans; `any` takes what comes. */
export type ParameterType = 'string' | 'number' | 'boolean' | 'any' | 'regex-or-string';

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly optional?: boolean;
  /** The last parameter may come any number of times more, up to `atMost` arguments in all. */
  readonly rest?: { readonly atMost: number };
}

/** A scalar function: from the values of one row to a value. */
export interface FunctionDefinition extends Documented {
  readonly kind: 'function';
  readonly parameters: readonly Parameter[];
  readonly returns: ValueType;
  /** `propagate` (the default): null for any null argument, without a call. `handle`: the function sees nulls. */
  readonly nulls?: 'propagate' | 'handle';
  /** False when equal arguments may give different results (`now`). Default true: called once per distinct word. */
  readonly pure?: boolean;
  /** A regular expression argument arrives as this object instead of a text. */
  evaluate(args: readonly FunctionArgument[], context: RunContext): Value;
  /** An optional faster form over whole columns; null where it does not apply. A law checks that it agrees with `evaluate`. */
  kernel?(columns: readonly Column[], length: number, context: RunContext): Column | null;
  /** True: the kernel works dictionaries out once per word by itself, from their bytes. Default: `evaluate` does, on texts. */
  readonly kernelPerWord?: boolean;
  /**
   * True: rows for which `evaluate` returns null are dropped wherever the function stands (isPrivateIP and its kin).
   * It may depend on the arguments that are constants; null stands for one that varies.
   */
  readonly dropsRowsOnNull?: boolean | ((constants: readonly Value[]) => boolean);
  /** As a stage without alias: writes back into its bare field argument (casts, trim), or makes `_<name>`. Default `new-field`. */
  readonly withoutAlias?: 'write-back' | 'new-field' | 'error';
  /** True when its texts may be links (`columns/link.ts`). */
  readonly makesLinks?: true;
  /** Checks of the call that need no data: literal arguments out of range and the like. */
  check?(call: Call): readonly Diagnostic[];
  /** Puts arguments of a form of their own (`column=field`) into plain ones, before anything else looks at the call. */
  rewrite?(call: Call): Call;
  /** Asynchronous preparation (a table), awaited before rows flow; what it gives is called in place of `evaluate`. */
  prepare?(call: Call, context: PrepareContext): Promise<FunctionDefinition['evaluate']>;
}

export type FunctionArgument = Value | CompiledRegex;

/** A regular expression of the query's dialect, ready to run in linear time. */
export interface CompiledRegex {
  readonly source: string;
  /** Names of the groups by group number; index 0 is the whole match and null. */
  readonly groupNames: readonly (string | null)[];
  test(text: string): boolean;
  /** The first match at or after `from`: `[start, end]` per group, null for a group that did not take part. */
  exec(text: string, from?: number): RegexMatch | null;
}

export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | null)[];
}

export function defineFunction(definition: Omit<FunctionDefinition, 'kind'>): FunctionDefinition {
  return { kind: 'function', ...definition };
}

// ---- aggregates -----------------------------------------------------------------------------

/** An aggregate: from the rows of each group to one value (or several, as `pct(f, 50, 95)`). */
export interface AggregateDefinition extends Documented {
  readonly kind: 'aggregate';
  /** `number`: the engine converts text and drops what is no number; `any`: values as they are; `none`: no argument (`count`). */
  readonly input: 'number' | 'any' | 'none-or-any';
  /** Usage after the name: `(<field>[, <percentile>…])`. */
  readonly usage: string;
  /** True when a call without argument reads the only numeric output of the stage before (`median as m`). */
  readonly impliedArgument?: boolean;
  /** Output names for a call without alias: `['_sum']`. With an alias and one output, the alias is used. */
  outputs(call: AggregateCall): readonly string[];
  /** True when the result depends on the order of rows (`first`). */
  readonly ordered?: boolean;
  /** True when partial results can be merged (all but those that need every row in order). */
  readonly mergeable: boolean;
  check?(call: AggregateCall): readonly Diagnostic[];
  create(call: AggregateCall, context: RunContext): Accumulator;
}

/**
 * The state of one aggregate call for all groups. Groups are numbered 0, 1, 2, …; new numbers may
 * appear in any `add`, and `groupCount` says how many there are by then.
 */
export interface Accumulator {
  /**
   * Adds `length` rows: row `r` belongs to group `groupOf[r]`. `column` is the first argument, null for
   * `count` without one; `more` are further field arguments (`count_distinct(a, b)`).
   */
  add(
    groupOf: Uint32Array,
    length: number,
    groupCount: number,
    column: Column | null,
    more?: readonly Column[],
  ): void;
  /**
   * For calls that only ask how many rows there are: adds `rows[group]` rows to each of the groups `0…rows.length`,
   * as `add` without a column does for rows one by one.
   */
  addRows?(rows: Float64Array): void;
  /** The state as columns with `groupCount` rows, to send to another thread or to disk. */
  state(groupCount: number): readonly Column[];
  /** Adds states made by another accumulator of the same call: its row `r` belongs to group `groupOf[r]` here. */
  merge(groupOf: Uint32Array, length: number, groupCount: number, state: readonly Column[]): void;
  /** One column per output, `groupCount` rows. */
  finish(groupCount: number): readonly Column[];
}

export function defineAggregate(definition: Omit<AggregateDefinition, 'kind'>): AggregateDefinition {
  return { kind: 'aggregate', ...definition };
}

// ---- operators ------------------------------------------------------------------------------

/** Receives batches. The batch belongs to the caller once `push` returns: keep copies, not references. */
export interface Sink {
  push(batch: Batch): void;
}

/** A running stage: table in, table out. Synchronous. */
export interface Stage {
  push(batch: Batch, out: Sink): void;
  /** No more input; emits what is held back. */
  finish(out: Sink): void;
  /** True once no further input can change the output (`limit`): the source may stop. */
  done?(): boolean;
}

/** Which fields an operator reads: names, or everything. */
export type FieldUse = readonly string[] | 'all';

/** What `start` gets to know. */
export interface StageContext extends RunContext {
  /** Whether a later stage (or the result) reads this field. An extraction nobody reads may be left out. */
  needed(field: string): boolean;
  /** True when rows are messages, false after an aggregate. */
  readonly raw: boolean;
  /** The width in ms of the timeslice stage before this one, where there is one. */
  readonly timesliceWidth: number | null;
  /** The fields by which the aggregate stage before this one groups, else empty. */
  readonly groupedBy: readonly string[];
  /** The fields that aggregate rows come in with, in order; null for messages and where they depend on the data. */
  readonly fieldsBefore?: readonly string[] | null;
  /** The stages before this one as written, those of outer pipelines first. Missing means not known. */
  readonly stagesBefore?: readonly AstStage[];
  /** Compiles an expression to a function from a batch to a column of as many rows. */
  compile(expression: Expression): (batch: Batch) => Column;
  /** Compiles a condition to a filter: the rows where it is true, ascending; null when that is every row. */
  compileFilter(condition: Expression): (batch: Batch) => Uint32Array | null;
  /** False when messages come in any order although theirs matters: the stage said that it `breaksTies`. */
  readonly ordered: boolean;
  /** At most this many first rows of this stage's output are read (a `limit` follows at once), or null. */
  readonly rowsWanted: number | null;
  /** Builds the running form of a nested pipeline (`filter`, `join`, `transactionize`): all its stages as one. */
  startPipeline(pipeline: Pipeline): Stage;
  /** To be awaited after the last stage finished and before the query is done (`save`). */
  after(effect: () => Promise<void>): void;
  /** What `prepare` returned; undefined when the operator has none. */
  readonly prepared: unknown;
}

/** What `prepare` may use: everything asynchronous happens here, before rows flow. */
export interface PrepareContext extends RunContext {
  readonly lookups: LookupTables;
  /** Runs the stages before this one over another time range and collects the result. */
  runBefore(time: TimeRange): Promise<readonly Batch[]>;
  /** Runs another query over the same source. */
  runQuery(query: Query, time: TimeRange): Promise<readonly Batch[]>;
  runSubquery(subquery: Subquery): Promise<readonly Batch[]>;
}

export interface OperatorDefinition<S extends Syntax = Syntax> extends Documented {
  readonly kind: 'operator';
  readonly syntax: S;
  /** Fields that the stage reads (beyond what later stages read and it passes on). */
  reads(args: ArgsOf<S>): FieldUse;
  /** Fields that it adds or overwrites, in order; `all` when not known before it runs (json auto, transpose). */
  writes(args: ArgsOf<S>): FieldUse;
  /**
   * Whether rows may keep the earlier values of fields that it writes (a parse that did not match), which
   * are then needed as well. `before` are the stages before this one. Default false.
   */
  keepsEarlier?(args: ArgsOf<S>, before: readonly AstStage[]): boolean;
  /** What becomes of the fields that came in: `keeps` all, or `replaces` them by what it writes. Default `keeps`. */
  readonly fields?: 'keeps' | 'replaces';
  /** With `keeps`: whether an incoming field is passed on (`fields` removes some). Default: every one is. */
  passes?(args: ArgsOf<S>, field: string, raw: boolean): boolean;
  /** The width in ms of the slices that it makes (`timeslice`), for later stages; null when there is none. */
  sliceWidth?(args: ArgsOf<S>, context: RunContext): number | null;
  /** `keeps`: output in the order of input; `makes`: an order of its own; `needs`: depends on the order of input. */
  readonly order: 'keeps' | 'makes' | 'needs';
  /**
   * With `makes`: on messages it can put ties newest first by itself, so that they need not come in order;
   * `ordered` of its context then says that they do not.
   */
  readonly breaksTies?: boolean;
  /** Where it may run: on every worker; partly on workers and merged here; only here, on all rows. */
  readonly split: 'anywhere' | 'both-sides' | 'coordinator';
  /** True when it handles each row by itself, although its table keeps it in one place. Default false. */
  readonly looksUpEachRow?: boolean;
  /** Where it may stand. `raw-to-aggregate` turns messages into aggregate rows. Default `both`. */
  readonly stands?: 'both' | 'raw' | 'aggregate' | 'raw-to-aggregate';
  /** True when its output is aggregate rows whatever came in, though it may stand after an aggregate too (`top`). */
  readonly makesAggregate?: boolean;
  /** True when it may drop or multiply rows; then a `limit` is not pushed past it. Default false. */
  readonly changesRowCount?: boolean;
  /** Whether a message may come out several times; the copies keep their order. Default false. */
  copiesRows?(args: ArgsOf<S>): boolean;
  /** May it run over an endless stream. Default: when `split` is `anywhere`. */
  readonly live?: boolean;
  /** May it stand in a field extraction rule. Default false. */
  readonly inRules?: boolean;
  check?(args: ArgsOf<S>, stage: { readonly span: Span }): readonly Diagnostic[];
  /** On messages: the stages that do the same together, so that the engine can merge and share them; null for none. */
  onMessages?(args: ArgsOf<S>, stage: OperatorStage): readonly AstStage[] | null;
  /**
   * Checks that depend on the stages before this one (`outlier` needs a `timeslice`). For a stage in a
   * nested pipeline these begin with the stages before the outer one.
   */
  checkPlace?(
    args: ArgsOf<S>,
    stage: { readonly span: Span },
    before: readonly AstStage[],
  ): readonly Diagnostic[];
  /** Asynchronous preparation (tables, other queries), awaited before rows flow. */
  prepare?(args: ArgsOf<S>, context: PrepareContext): Promise<unknown>;
  /** With what `prepare` gave: the only rows that get anything but nulls from this stage. Null when they cannot be told. */
  keyTexts?(args: ArgsOf<S>, prepared: unknown): KeyTexts | null;
  start(args: ArgsOf<S>, context: StageContext): Stage;
}

/** Rows whose `field` is one of `texts`, which are in lower case, when it is made a text in lower case. */
export interface KeyTexts {
  readonly field: string;
  readonly texts: readonly string[];
}

export function defineOperator<S extends Syntax>(
  definition: Omit<OperatorDefinition<S>, 'kind'>,
): OperatorDefinition<S> {
  return { kind: 'operator', ...definition };
}

/** A stage that turns each batch into one batch (or drops it with null), without state. */
export function perBatch(transform: (batch: Batch) => Batch | null): Stage {
  return {
    push(batch, out) {
      const result = transform(batch);
      if (result !== null && result.length > 0) out.push(result);
    },
    finish() {},
  };
}

/** A stage that keeps the rows which `filter` gives; null stands for all of them. */
export function keepRows(filter: (batch: Batch) => Uint32Array | null): Stage {
  return perBatch((batch) => {
    const rows = filter(batch);
    if (rows === null) return batch;
    return rows.length === 0 ? null : selectRows(batch, rows);
  });
}

/** A stage that collects copies of its whole input, then turns it into one batch. */
export function wholeTable(transform: (table: Batch) => Batch): Stage {
  const batches: Batch[] = [];
  return {
    push(batch) {
      batches.push(keepBatch(batch));
    },
    finish(out) {
      const result = transform(concatBatches(batches));
      if (result.length > 0) out.push(result);
    },
  };
}

/** The run stopped: cancelled, over its budget, source gone, bad data for `save`. Not a mistake of the query's text, not a bug. */
export class QueryFailure extends Error {
  readonly reason: 'cancelled' | 'memory' | 'time' | 'source' | 'data' | 'unsupported';
  readonly hint: string | null;
  constructor(reason: QueryFailure['reason'], message: string, hint: string | null = null) {
    super(message);
    this.name = 'QueryFailure';
    this.reason = reason;
    this.hint = hint;
  }
}
