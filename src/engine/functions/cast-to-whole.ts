import { numberOf } from '../columns/value.ts';
import type { FunctionDefinition } from '../define.ts';
import { castWhole, wholeNumber } from '../kernels/casts.ts';

/** The whole numbers that a cast may give; what lies outside becomes null. */
interface Range {
  readonly least: number;
  readonly greatest: number;
}

export const INT: Range = { least: -(2 ** 31), greatest: 2 ** 31 - 1 };
export const LONG: Range = { least: -(2 ** 63), greatest: 2 ** 63 };

/** How the function `name` casts its argument to a whole number: by value and by column. */
export function castToWhole(
  name: string,
  { least, greatest }: Range,
): Required<Pick<FunctionDefinition, 'evaluate' | 'kernel'>> {
  const gotText = `${name} got text`;
  return {
    evaluate: ([x], context) => {
      const number = typeof x === 'string' || typeof x === 'number' ? numberOf(x) : null;
      if (number !== null) return wholeNumber(number, least, greatest);
      context.rowWarning(gotText);
      return null;
    },
    kernel: ([x], _, context) =>
      x === undefined ? null : castWhole(x, least, greatest, (rows) => context.rowWarning(gotText, rows)),
  };
}
