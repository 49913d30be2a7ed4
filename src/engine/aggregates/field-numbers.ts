import type { AggregateCall } from '../../grammar/ast.ts';
import type { Column } from '../columns/column.ts';
import type { RunContext } from '../define.ts';
import { type DenseNumbers, denseNumbersOf } from '../kernels/dense-numbers.ts';
import { argumentField } from './arguments.ts';

const NO_NUMBERS: DenseNumbers = { values: new Float64Array(0), validity: new Uint8Array(0), unusable: 0 };

/** Reads the argument of a numeric aggregate as numbers; text that is none counts as a row warning. */
export type ReadNumbers = (column: Column | null) => DenseNumbers;

/** The reader of one call's argument. */
export function readNumbers(call: AggregateCall, context: RunContext): ReadNumbers {
  const what = `\`${call.name}\` of \`${argumentField(call) ?? ''}\` left out a value that is not a number`;
  return (column) => {
    if (column === null) return NO_NUMBERS;
    const numbers = denseNumbersOf(column);
    if (numbers.unusable > 0) context.rowWarning(what, numbers.unusable);
    return numbers;
  };
}
