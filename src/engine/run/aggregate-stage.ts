import type { AggregateCall, AggregateStage } from '../../grammar/ast.ts';
import { type Batch, columnNamed, newBatch, Schema, selectRows, withColumn } from '../columns/batch.ts';
import type { Column } from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import type { Accumulator, AggregateDefinition, RunContext, Stage } from '../define.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { ascendingPlaces } from '../kernels/radix-order.ts';
import { outputNames } from '../plan/forward.ts';
import type { Registry } from '../registry.ts';

/** One aggregate call at work. */
interface RunningCall {
  readonly accumulator: Accumulator;
  /** The field that it reads, or null. */
  readonly field: string | null;
  /** Further fields (`count_distinct(a, b)`). */
  readonly more: readonly string[];
  readonly names: readonly string[];
}

/** The groups so far as columns: their keys, and the state of each call. Can cross to another thread. */
export interface PartialAggregate {
  readonly groups: number;
  readonly keys: readonly Column[];
  readonly states: readonly (readonly Column[])[];
  /** When each group was first seen: piece of the scan, then order in it. */
  readonly firstSeen: Float64Array<ArrayBuffer>;
}

/** Groups that one piece of a scan may open before their order becomes that of the next piece. */
const GROUPS_PER_PIECE = 2 ** 24;

/** The running form of `count, sum(x) by a, b`: rows in, one row per group out. */
export class RunningAggregate implements Stage {
  readonly #keys: readonly string[];
  readonly #calls: readonly RunningCall[];
  readonly #groups: GroupTable;
  readonly #outputKeys: string[];
  /** Whether all calls only ask how many rows there are. */
  readonly #counts: boolean;
  /** With several threads, when each group was first seen; null while there is only one. */
  #firstSeen: Float64Array | null = null;
  #piece = 0;

  constructor(stage: AggregateStage, registry: Registry, context: RunContext) {
    this.#keys = stage.by.map((name) => name.text);
    this.#outputKeys = [...this.#keys];
    this.#groups = new GroupTable(this.#keys.length);
    this.#calls = stage.calls.map((call) => startCall(call, registry, context));
    this.#counts = this.#calls.every(
      ({ accumulator, field }) => field === null && accumulator.addRows !== undefined,
    );
  }

  push(batch: Batch): void {
    if (batch.length === 0) return;
    this.#keepSpelling(batch);
    const columns = this.#keys.map((key) => columnNamed(batch, key));
    const before = this.#groups.count;
    if (!this.#addCounted(columns, batch.length)) this.#addRows(batch, columns);
    const base = this.#piece * GROUPS_PER_PIECE;
    this.#noteFirstSeen(before, this.#groups.count, (group) => base + group);
  }

  /** Adds rows that need only be counted; false where each has to be looked at. */
  #addCounted(columns: readonly Column[], length: number): boolean {
    if (!this.#counts) return false;
    const rows = this.#groups.tally(columns, length);
    if (rows === null) return false;
    for (const { accumulator } of this.#calls) accumulator.addRows?.(rows);
    return true;
  }

  #addRows(batch: Batch, columns: readonly Column[]): void {
    const groupOf = this.#groups.groups(columns, batch.length);
    const count = this.#groups.count;
    for (const { accumulator, field, more } of this.#calls) {
      const column = field === null ? null : columnNamed(batch, field);
      const others = more.map((name) => columnNamed(batch, name));
      accumulator.add(groupOf, batch.length, count, column, others);
    }
  }

  /** Says which piece of a shared scan the next batches come from, so that groups of all threads can be put in one order. */
  fromPiece(piece: number): void {
    this.#firstSeen ??= new Float64Array(1024);
    this.#piece = piece;
  }

  #noteFirstSeen(before: number, after: number, when: (group: number) => number): void {
    if (this.#firstSeen === null) return;
    this.#firstSeen = grown(this.#firstSeen, after);
    for (let group = before; group < after; group++) this.#firstSeen[group] = when(group);
  }

  finish(out: { push(batch: Batch): void }): void {
    const count = this.#groups.count;
    if (count === 0) return;
    let table = newBatch(new Schema(this.#outputKeys), this.#groups.columns(), count);
    for (const { accumulator, names } of this.#calls) {
      accumulator.finish(count).forEach((column, at) => {
        table = withColumn(table, names[at] ?? '', column);
      });
    }
    out.push(this.#firstSeen === null ? table : selectRows(table, ascendingPlaces(this.#firstSeen, count)));
  }

  /** The groups so far, to be merged elsewhere. */
  partial(): PartialAggregate {
    const groups = this.#groups.count;
    return {
      groups,
      keys: this.#groups.columns(),
      states: this.#calls.map(({ accumulator }) => accumulator.state(groups)),
      firstSeen: (this.#firstSeen ?? new Float64Array(groups)).slice(0, groups),
    };
  }

  /** Adds the groups that another one of the same stage collected. */
  merge(partial: PartialAggregate): void {
    if (partial.groups === 0) return;
    const before = this.#groups.count;
    const groupOf = this.#groups.groups(partial.keys, partial.groups);
    const count = this.#groups.count;
    this.#firstSeen ??= new Float64Array(count);
    this.#noteFirstSeen(before, count, () => Infinity);
    for (let row = 0; row < partial.groups; row++) {
      const group = groupOf[row]!;
      this.#firstSeen[group] = Math.min(this.#firstSeen[group]!, partial.firstSeen[row]!);
    }
    this.#calls.forEach(({ accumulator }, at) => {
      accumulator.merge(groupOf, partial.groups, count, partial.states[at] ?? []);
    });
  }

  /** A key keeps the spelling that the field has in the data. */
  #keepSpelling(batch: Batch): void {
    if (this.#groups.count > 1) return;
    this.#keys.forEach((key, at) => {
      const position = batch.schema.find(key);
      if (position >= 0) this.#outputKeys[at] = batch.schema.names[position] ?? key;
    });
  }
}

function startCall(call: AggregateCall, registry: Registry, context: RunContext): RunningCall {
  const definition: AggregateDefinition | null = registry.aggregate(call.name);
  if (definition === null) throw new Error(`the aggregate ${call.name} was not resolved before it ran`);
  const [first, ...more] = call.args;
  return {
    accumulator: definition.create(call, context),
    field: first?.kind === 'field' ? first.name : null,
    more: more.flatMap((arg) => (arg.kind === 'field' ? [arg.name] : [])),
    names: outputNames(call, registry),
  };
}
