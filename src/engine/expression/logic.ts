import { selectRows } from '../columns/batch.ts';
import {
  type BooleanColumn,
  type Column,
  constantColumn,
  FALSE,
  flatten,
  TRUE,
  UNKNOWN,
  valueAt,
} from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import { chooseRows } from '../kernels/choose.ts';
import { allRows, rowsTrue } from '../kernels/rows.ts';
import { Drops, derivedNode, type Environment, isConstant, type Node } from './node.ts';

/** The truth of one value: texts `true` and `false` count in any letter case; null when it has none. */
export function truthOf(value: Value): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return null;
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : null;
}

/** The column as booleans; values that have no truth become null and are counted as row warnings. */
export function booleansOf(column: Column, env: Environment): BooleanColumn {
  const flat = flatten(column);
  if (flat.kind === 'boolean') return flat;
  const { length } = flat;
  const values = new Uint8Array(length);
  let bad = 0;
  if (flat.kind === 'constant') {
    const truth = truthOf(flat.value);
    if (truth === null && flat.value !== null) bad = length;
    values.fill(truth === null ? UNKNOWN : truth ? TRUE : FALSE);
  } else {
    for (let row = 0; row < length; row++) {
      const value = valueAt(flat, row);
      const truth = truthOf(value);
      if (truth === null && value !== null) bad++;
      values[row] = truth === null ? UNKNOWN : truth ? TRUE : FALSE;
    }
  }
  if (bad > 0) env.context.rowWarning('a condition got a value that is neither true nor false', bad);
  return { kind: 'boolean', length, values };
}

/** `!e`: null stays null. */
export function notNode(of: Node, env: Environment): Node {
  return derivedNode([of], false, (batch, drops) => {
    const { length, values } = booleansOf(of.evaluate(batch, drops), env);
    const out = new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const value = values[row]!;
      out[row] = value === UNKNOWN ? UNKNOWN : 1 - value;
    }
    return { kind: 'boolean', length, values: out };
  });
}

/**
 * `and` and `or` in three-valued logic. A side that is the same for all rows decides or vanishes.
 * Rows that the left side decides are not dropped by the right side.
 */
export function logicNode(operator: 'and' | 'or', left: Node, right: Node, env: Environment): Node {
  const decides = operator === 'and' ? FALSE : TRUE;
  return derivedNode([left, right], false, (batch, drops) => {
    const a = booleansOf(left.evaluate(batch, drops), env);
    const { length } = a;
    if (length > 0 && a.values.every((value) => value === decides)) return a;
    const rightDrops = right.drops ? new Drops() : drops;
    const b = booleansOf(right.evaluate(batch, rightDrops), env);
    const out = new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const x = a.values[row]!;
      const y = b.values[row]!;
      out[row] =
        x === decides || y === decides ? decides : x === UNKNOWN || y === UNKNOWN ? UNKNOWN : 1 - decides;
    }
    if (right.drops && rightDrops.rows !== null) {
      for (let row = 0; row < length; row++) {
        if (rightDrops.rows[row] === 1 && a.values[row] !== decides) drops.mark(row, length);
      }
    }
    return { kind: 'boolean', length, values: out };
  });
}

/** `if(condition, yes, no)`: a null condition takes `no`. A costly branch runs on its own rows only. */
export function conditionalNode(condition: Node, yes: Node, no: Node, env: Environment): Node {
  if (isConstant(condition)) return truthOf(condition.constant) === true ? yes : no;
  const choose = chooseRows();
  return derivedNode([condition, yes, no], false, (batch, drops) => {
    const tested = condition.evaluate(batch, drops);
    const sameBranch = branchOfAll(tested);
    if (sameBranch !== null) return sameBranch.evaluate(batch, drops);
    const { length, values } = booleansOf(tested, env);
    const takes = new Uint8Array(length);
    for (let row = 0; row < length; row++) takes[row] = values[row] === TRUE ? TRUE : FALSE;
    const others = takes.map((taken) => 1 - taken);
    const ofYes = onRows(yes, takes);
    const ofNo = onRows(no, others);
    return choose(takes, ofYes, ofNo);

    /** The branch that all rows take, where the other one would not have been worked out either. */
    function branchOfAll(column: Column): Node | null {
      if (column.kind !== 'constant' || column.length === 0) return null;
      if (column.value !== null && typeof column.value !== 'boolean') return null;
      const [taken, other] = column.value === true ? [yes, no] : [no, yes];
      return other.plain || other.costly || other.drops ? taken : null;
    }

    function onRows(branch: Node, mask: Uint8Array): Column {
      if (!branch.costly && !branch.drops) return branch.evaluate(batch, drops);
      const rows = rowsTrue(mask, length);
      if (rows === null) return branch.evaluate(batch, drops);
      if (rows.length === 0) return constantColumn(null, length);
      const branchDrops = new Drops();
      const base = flatten(branch.evaluate(selectRows(batch, rows), branchDrops));
      rows.forEach((row, at) => {
        if (branchDrops.rows?.[at] === 1) drops.mark(row, length);
      });
      return spread(base, rows, length);
    }
  });
}

/** The column of some rows put back in their places; the other rows repeat whatever is at hand. */
function spread(base: ReturnType<typeof flatten>, rows: Uint32Array, length: number): Column {
  if (base.kind === 'constant') return constantColumn(base.value, length);
  const at = allRows(length).fill(0);
  for (let row = 0; row < rows.length; row++) at[rows[row]!] = row;
  return { kind: 'selected', length, base, rows: at };
}
