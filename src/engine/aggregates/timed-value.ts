import type { AggregateCall } from '../../grammar/ast.ts';
import {
  type Column,
  columnOf,
  flatten,
  isNullAt,
  type NumberColumn,
  textAt,
  valueAt,
} from '../columns/column.ts';
import { grown } from '../columns/grow.ts';
import type { Value } from '../columns/value.ts';
import { type Accumulator, QueryFailure } from '../define.ts';
import { doubleColumn } from '../kernels/number-column.ts';
import { argumentField } from './arguments.ts';

/** What `withtime` writes into a field: the value and the message's time in epoch ms. */
interface TimedValue {
  readonly value: Value;
  readonly timestamp: number;
}

const OWN_FORM = /^\{"value":(.*),"timestamp":(-?\d+)\}$/s;

/** The state of `most_recent` and `least_recent`: the value with the greatest or least time, ties to the first seen. */
export class TimedValueAccumulator implements Accumulator {
  readonly #call: AggregateCall;
  readonly #sign: 1 | -1;
  readonly #values: Value[] = [];
  /** Time times sign of the best value so far; NaN when there is none. */
  #times = new Float64Array(16).fill(Number.NaN);

  constructor(call: AggregateCall, which: 'most' | 'least') {
    this.#call = call;
    this.#sign = which === 'most' ? 1 : -1;
  }

  add(groupOf: Uint32Array, length: number, groupCount: number, column: Column | null): void {
    this.#grow(groupCount);
    if (column === null) return;
    const flat = flatten(column);
    for (let row = 0; row < length; row++) {
      const text = textAt(flat, row);
      if (text === null) continue;
      this.#offer(groupOf[row]!, text);
    }
  }

  state(groupCount: number): readonly Column[] {
    this.#grow(groupCount);
    return [...this.finish(groupCount), doubleColumn(this.#times.slice(0, groupCount))];
  }

  merge(groupOf: Uint32Array, length: number, groupCount: number, state: readonly Column[]): void {
    this.#grow(groupCount);
    const values = state[0]!;
    const times = flatten(state[1]!) as NumberColumn;
    for (let row = 0; row < length; row++) {
      const group = groupOf[row]!;
      if (isNullAt(values, row) || !this.#isBetter(group, times.values[row]!)) continue;
      this.#times[group] = times.values[row]!;
      this.#values[group] = valueAt(values, row);
    }
  }

  finish(groupCount: number): readonly Column[] {
    this.#grow(groupCount);
    return [columnOf(this.#values.slice(0, groupCount))];
  }

  #offer(group: number, text: string): void {
    const own = OWN_FORM.exec(text);
    // The value is only parsed when its time wins.
    const timed = own === null ? this.#parse(text) : null;
    const time = (timed?.timestamp ?? Number(own![2])) * this.#sign;
    if (!this.#isBetter(group, time)) return;
    const value = timed === null ? this.#parse(text).value : timed.value;
    if (value === null) return;
    this.#times[group] = time;
    this.#values[group] = value;
  }

  #isBetter(group: number, time: number): boolean {
    const best = this.#times[group]!;
    return Number.isNaN(best) || time > best;
  }

  #parse(text: string): TimedValue {
    try {
      const parsed: unknown = JSON.parse(text);
      if (isTimedValue(parsed)) return parsed;
    } catch {
      // Not JSON: answered below like any other text without a time.
    }
    const field = argumentField(this.#call) ?? '';
    throw new QueryFailure(
      'data',
      `\`${this.#call.name}\` needs values with a time, but \`${field}\` has none`,
      `add \`withtime ${field}\` before and read \`${field}_withtime\``,
    );
  }

  #grow(groupCount: number): void {
    this.#times = grown(this.#times, groupCount, Number.NaN);
    while (this.#values.length < groupCount) this.#values.push(null);
  }
}

function isTimedValue(parsed: unknown): parsed is TimedValue {
  if (typeof parsed !== 'object' || parsed === null) return false;
  if (!('value' in parsed) || !('timestamp' in parsed)) return false;
  const { value, timestamp } = parsed;
  return typeof timestamp === 'number' && (value === null || typeof value !== 'object');
}
