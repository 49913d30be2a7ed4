import { type Batch, columnNamed, newBatch, Schema } from '../columns/batch.ts';
import {
  type Column,
  columnOf,
  constantColumn,
  isNullAt,
  selectColumn,
  textAt,
  valueAt,
} from '../columns/column.ts';
import { numberOf, type Value } from '../columns/value.ts';
import type { RunContext } from '../define.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { rowsInTimeOrder } from './rows-in-time-order.ts';
import { groupsOf } from './running.ts';

/** More transactions than this are not followed. */
const MOST_TRANSACTIONS = 10_000;

/** A state and when a message is in it. */
export interface State {
  readonly label: string;
  readonly field: string;
  readonly test:
    | { readonly kind: 'glob'; readonly pattern: string }
    | { readonly kind: 'equal'; readonly text: string };
}

/** A column of `showing`. */
export interface Shown {
  readonly aggregate: string;
  /** A field, or a text that every message counts as; null for `count()`. */
  readonly of:
    | { readonly kind: 'field'; readonly name: string }
    | { readonly kind: 'text'; readonly text: string }
    | null;
  /** Only the messages of this state; null for all. */
  readonly state: string | null;
  readonly output: string;
}

export const SHOWN_AGGREGATES: readonly string[] = ['count', 'sum', 'avg', 'min', 'max', 'first', 'last'];

/** What a `transaction` stage has to do. */
export interface TransactionRules {
  readonly ids: readonly string[];
  readonly states: readonly State[];
  /** In ms. */
  readonly fringe: number;
  readonly results: 'transactions' | 'states' | 'flow';
  readonly shown: readonly Shown[];
}

/** A message in a state. */
interface Step {
  readonly row: number;
  readonly state: number;
  readonly time: number;
}

/** The messages of one transaction, in ascending order of time. */
interface Transaction {
  readonly steps: Step[];
}

/** The result rows of a `transaction` stage. */
export function transactions(table: Batch, rules: TransactionRules, context: RunContext): Batch {
  if (table.length === 0) return table;
  const found = rules.results === 'flow' ? evicting(table, rules, context) : firstOnes(table, rules, context);
  const kept = found.filter(({ steps }) => isInside(steps, rules.fringe, context));
  switch (rules.results) {
    case 'transactions':
      return transactionRows(table, kept, rules);
    case 'states':
      return stateRows(table, kept, rules);
    case 'flow':
      return flowRows(table, kept, rules);
  }
}

/** The steps of the table in time order, with the group of their ids. */
function* stepsOf(table: Batch, rules: TransactionRules): Iterable<Step & { readonly group: number }> {
  const ids = rules.ids.map((name) => columnNamed(table, name));
  const groupOf = groupsOf(table, rules.ids, new GroupTable(rules.ids.length));
  const times = columnNamed(table, '_messageTime');
  const stateOf = stateFinder(table, rules.states);
  for (const row of rowsInTimeOrder(table)) {
    if (ids.some((column) => isNullAt(column, row))) continue;
    const state = stateOf(row);
    if (state >= 0) yield { row, state, time: numberOf(valueAt(times, row)) ?? 0, group: groupOf[row]! };
  }
}

function stateFinder(table: Batch, states: readonly State[]): (row: number) => number {
  const tests = states.map(({ field, test }) => ({
    column: columnNamed(table, field),
    fits: test.kind === 'equal' ? (text: string) => text === test.text : globTest(test.pattern),
  }));
  return (row) =>
    tests.findIndex(({ column, fits }) => {
      const text = textAt(column, row);
      return text !== null && fits(text);
    });
}

/** Whether a text is the pattern, where `*` stands for anything; each literal is looked for once, from the left. */
function globTest(pattern: string): (text: string) => boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const literal of others) {
      const found = text.indexOf(literal, at);
      if (found < 0) return false;
      at = found + literal.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}

/** Follows the first transactions; later ones are left out once there are too many. */
function firstOnes(table: Batch, rules: TransactionRules, context: RunContext): Transaction[] {
  const byGroup = new Map<number, Transaction>();
  let ignored = false;
  for (const { group, ...step } of stepsOf(table, rules)) {
    const known = byGroup.get(group);
    if (known !== undefined) known.steps.push(step);
    else if (byGroup.size < MOST_TRANSACTIONS) byGroup.set(group, { steps: [step] });
    else ignored = true;
  }
  if (ignored) context.warn('`transaction` follows 10,000 transactions, the others are left out');
  return [...byGroup.values()];
}

/** Forgets the transaction that was not seen for longest when there are too many; it goes on as a new one. */
function evicting(table: Batch, rules: TransactionRules, context: RunContext): Transaction[] {
  const active = new Map<number, Transaction>();
  const all: Transaction[] = [];
  for (const { group, ...step } of stepsOf(table, rules)) {
    let one = active.get(group);
    if (one === undefined) {
      one = { steps: [] };
      all.push(one);
      if (active.size >= MOST_TRANSACTIONS) {
        const [oldest] = active.keys();
        if (oldest !== undefined) active.delete(oldest);
        context.warn('Group or memory limit exceeded, some transactions may have ended prematurely.');
      }
    } else active.delete(group);
    active.set(group, one);
    one.steps.push(step);
  }
  return all;
}

function isInside(steps: readonly Step[], fringe: number, { time }: RunContext): boolean {
  if (fringe === 0) return true;
  const start = steps[0]!.time;
  const end = steps.at(-1)!.time;
  const endsAtStart = end >= time.from && end < time.from + fringe;
  const startsAtEnd = start > time.to - fringe && start <= time.to;
  return !endsAtStart && !startsAtEnd;
}

function idColumns(table: Batch, rows: readonly number[], ids: readonly string[]): Column[] {
  const picked = Uint32Array.from(rows);
  return ids.map((name) => selectColumn(columnNamed(table, name), picked));
}

function numbers(values: readonly number[]): Column {
  return columnOf(values, 'long');
}

function transactionRows(table: Batch, found: readonly Transaction[], rules: TransactionRules): Batch {
  const counts = rules.states.map((_, state) =>
    numbers(found.map(({ steps }) => steps.filter((step) => step.state === state).length)),
  );
  const shown = rules.shown.map((one) =>
    columnOf(found.map(({ steps }) => shownValue(table, steps, one, rules))),
  );
  return newBatch(
    new Schema([
      ...rules.ids,
      ...rules.states.map(({ label }) => label),
      '_start_time',
      '_end_time',
      ...rules.shown.map(({ output }) => output),
    ]),
    [
      ...idColumns(
        table,
        found.map(({ steps }) => steps[0]!.row),
        rules.ids,
      ),
      ...counts,
      numbers(found.map(({ steps }) => steps[0]!.time)),
      numbers(found.map(({ steps }) => steps.at(-1)!.time)),
      ...shown,
    ],
    found.length,
  );
}

function shownValue(table: Batch, all: readonly Step[], shown: Shown, rules: TransactionRules): Value {
  const wanted = shown.state?.toLowerCase();
  const state = rules.states.findIndex(({ label }) => label.toLowerCase() === wanted);
  const steps = wanted === undefined ? all : all.filter((step) => step.state === state);
  if (shown.of === null) return steps.length;
  const column =
    shown.of.kind === 'field'
      ? columnNamed(table, shown.of.name)
      : constantColumn(shown.of.text, table.length);
  const values = steps.map(({ row }) => valueAt(column, row)).filter((value) => value !== null);
  if (shown.aggregate === 'count') return values.length;
  if (shown.aggregate === 'first') return values[0] ?? null;
  if (shown.aggregate === 'last') return values.at(-1) ?? null;
  const found = values.map(numberOf).filter((value) => value !== null);
  if (found.length === 0) return null;
  const sum = found.reduce((total, value) => total + value, 0);
  switch (shown.aggregate) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / found.length;
    case 'min':
      return found.reduce((least, value) => Math.min(least, value));
    default:
      return found.reduce((most, value) => Math.max(most, value));
  }
}

function stateRows(table: Batch, found: readonly Transaction[], rules: TransactionRules): Batch {
  const rows = found.flatMap(({ steps }) =>
    rules.states.flatMap(({ label }, state) => {
      const own = steps.filter((step) => step.state === state);
      return own.length === 0 ? [] : [{ label, own }];
    }),
  );
  return newBatch(
    new Schema([...rules.ids, 'state', '_count', '_start_time', '_end_time']),
    [
      ...idColumns(
        table,
        rows.map(({ own }) => own[0]!.row),
        rules.ids,
      ),
      columnOf(rows.map(({ label }) => label)),
      numbers(rows.map(({ own }) => own.length)),
      numbers(rows.map(({ own }) => own[0]!.time)),
      numbers(rows.map(({ own }) => own.at(-1)!.time)),
    ],
    rows.length,
  );
}

function flowRows(table: Batch, found: readonly Transaction[], rules: TransactionRules): Batch {
  const moves = found.flatMap(({ steps }) => steps.slice(1).map((to, at) => ({ from: steps[at]!, to })));
  const labels = rules.states.map(({ label }) => label);
  return newBatch(
    new Schema([...rules.ids, 'fromstate', 'tostate', 'latency']),
    [
      ...idColumns(
        table,
        moves.map(({ to }) => to.row),
        rules.ids,
      ),
      columnOf(moves.map(({ from }) => labels[from.state]!)),
      columnOf(moves.map(({ to }) => labels[to.state]!)),
      numbers(moves.map(({ from, to }) => to.time - from.time)),
    ],
    moves.length,
  );
}
