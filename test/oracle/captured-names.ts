/** Shapes that the clauses of several operators capture. */
export interface Text {
  readonly value: string;
  readonly raw: string;
}
export interface Named {
  readonly text: string;
}
export interface Field {
  readonly name: string;
}
export interface Amount {
  readonly count: number;
  readonly unit: string | null;
}
/** `as a, b`, with or without parentheses. */
export type As = {
  readonly names: {
    readonly bare?: readonly Named[];
    readonly parenthesised?: { readonly names: readonly Named[] };
  };
} | null;
/** `as name`. */
export type Alias = { readonly name: Named } | null;

export function namesIn(as: As): string[] | null {
  if (as === null) return null;
  return (as.names.bare ?? as.names.parenthesised?.names ?? []).map(({ text }) => text);
}

const UNITS = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

/** The ms of a duration; null for a plain number. */
export const millisecondsIn = (amount: Amount): number | null =>
  amount.unit === null ? null : amount.count * UNITS.get(amount.unit.toLowerCase())!;
