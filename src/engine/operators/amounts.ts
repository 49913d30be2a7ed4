import type { Amount } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { DAY, HOUR, MINUTE, SECOND, WEEK } from '../time/civil.ts';

const UNITS = new Map([
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
  ['d', DAY],
  ['w', WEEK],
]);

/** The milliseconds of a duration such as `15m`, or null when the amount has no unit. A sign is dropped. */
export function millisecondsOf(amount: Amount): number | null {
  const unit = amount.unit === null ? undefined : UNITS.get(amount.unit.toLowerCase());
  return unit === undefined ? null : Math.abs(amount.count) * unit;
}

/** What is wrong with a duration: it must be longer than nothing. That it has a unit the grammar sees to. */
export function checkDuration(amount: Amount | null, what: string): readonly Diagnostic[] {
  if (amount === null || millisecondsOf(amount) !== 0) return [];
  return [error('bad-value', amount.span, `${what} must be longer than 0`)];
}

/** What is wrong with an amount that must be a duration but was read as a number or a duration. */
export function checkUnit(amount: Amount | null, what: string): readonly Diagnostic[] {
  if (amount !== null && millisecondsOf(amount) === null) {
    return [
      error('bad-value', amount.span, `${what} needs a unit, found \`${amount.count}\``, {
        help: 'units are `s`, `m`, `h`, `d` and `w`, as in `15m`',
      }),
    ];
  }
  return checkDuration(amount, what);
}

/** What is wrong with a whole number from `least` to `most`. */
export function checkWhole(
  amount: Amount | null,
  what: string,
  least: number,
  most: number,
): readonly Diagnostic[] {
  if (amount === null) return [];
  const { count } = amount;
  if (Number.isInteger(count) && count >= least && count <= most) return [];
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  return [error('bad-value', amount.span, `${what} must be a whole number ${range}, found ${count}`)];
}
