import type { Call } from '../../grammar/ast.ts';
import type { Batch, Schema } from '../columns/batch.ts';
import { type Column, constantColumn } from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import type { FunctionDefinition, RunContext } from '../define.ts';

/** What compiling an expression needs to know. */
export interface Environment {
  readonly context: RunContext;
  /** The function of a name (any letter case), or null. */
  function(name: string): FunctionDefinition | null;
  /** What the function's `prepare` gave for this call; null when it has not been prepared. */
  prepared?(call: Call): FunctionDefinition['evaluate'] | null;
}

/** A compiled expression: from a batch to a column of as many rows. */
export interface Node {
  /** The value, when it is the same for all rows of all batches. */
  readonly constant?: Value;
  /** True when nothing is worked out: a field as it is, or a constant. */
  readonly plain?: true;
  /** Whether `evaluate` may mark rows to be dropped. */
  readonly drops: boolean;
  /** Whether running it on chosen rows only is worth a selection. */
  readonly costly: boolean;
  evaluate(batch: Batch, drops: Drops): Column;
}

/** The rows of one batch that a function such as `isPrivateIP` takes out of the result, wherever it stands. */
export class Drops {
  /** 1 for each row to be dropped; null while there is none. */
  rows: Uint8Array | null = null;

  mark(row: number, length: number): void {
    this.rows ??= new Uint8Array(length);
    this.rows[row] = 1;
  }
}

/** A node that has the same value in every row. */
export function constantNode(value: Value): Node {
  return {
    constant: value,
    plain: true,
    drops: false,
    costly: false,
    evaluate: (batch) => constantColumn(value, batch.length),
  };
}

/** A node that reads a field; the field's place is looked up once per schema. */
export function fieldNode(name: string): Node {
  let schema: Schema | null = null;
  let position = -1;
  return {
    plain: true,
    drops: false,
    costly: false,
    evaluate(batch) {
      if (batch.schema !== schema) {
        schema = batch.schema;
        position = schema.find(name);
      }
      return position < 0 ? constantColumn(null, batch.length) : batch.columns[position]!;
    },
  };
}

/** Whether the node's value is the same in every row. */
export function isConstant(node: Node): node is Node & { readonly constant: Value } {
  return node.constant !== undefined;
}

/** A node made of others: it drops rows, and is costly, where one of them is. */
export function derivedNode(
  parts: readonly Node[],
  costly: boolean,
  evaluate: (batch: Batch, drops: Drops) => Column,
): Node {
  return {
    drops: parts.some((part) => part.drops),
    costly: costly || parts.some((part) => part.costly),
    evaluate,
  };
}
