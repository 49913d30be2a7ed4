/** One cell as plain JavaScript. Times are epoch milliseconds (numbers); absent is null. */
export type Value = string | number | boolean | null;

/** What a column can hold. `mixed` means that rows differ; `null` that every row is null. */
export type ValueType = 'string' | 'long' | 'double' | 'boolean' | 'null' | 'mixed';

/**
 * The text form of a value, as concat, grouping and printing use it: whole doubles print without a
 * fraction or (below 1e21) an exponent, booleans as `true` and `false`. Null has no text form.
 */
export function textOf(value: Exclude<Value, null>): string {
  return typeof value === 'string' ? value : numberOrBooleanText(value);
}

function numberOrBooleanText(value: number | boolean): string {
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return Object.is(value, -0) ? '0' : String(value);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The number a text stands for, or null when it is not one. Surrounding white space is allowed,
 * leading zeros are ignored (`007` is 7), `Infinity` and `NaN` are recognised, hex is not.
 */
export function numberFromText(text: string): number | null {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) return Number(trimmed);
  if (trimmed === 'Infinity' || trimmed === '+Infinity') return Infinity;
  if (trimmed === '-Infinity') return -Infinity;
  if (trimmed === 'NaN') return NaN;
  return null;
}

/** The number a value stands for where a number is clearly needed; null for null, booleans and other text. */
export function numberOf(value: Value): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? numberFromText(value) : null;
}
