import type { CharSet } from './char-set.ts';

/** A parsed regular expression: what matches, independent of how it was written. */
export type Pattern =
  | { readonly kind: 'empty' }
  | { readonly kind: 'char'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly of: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly of: readonly Pattern[] }
  | {
      readonly kind: 'repeat';
      readonly of: Pattern;
      readonly min: number;
      readonly max: number;
      readonly greedy: boolean;
    }
  | { readonly kind: 'group'; readonly of: Pattern; readonly number: number }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'look'; readonly of: Pattern; readonly ahead: boolean; readonly negated: boolean };

export type Assertion =
  | 'text-start'
  | 'text-end'
  | 'last-line-end'
  | 'line-start'
  | 'line-end'
  | 'word-boundary'
  | 'no-word-boundary';

/** A pattern with the names of its groups: index 0 is the whole match and null. */
export interface ParsedPattern {
  readonly pattern: Pattern;
  readonly groupNames: readonly (string | null)[];
  /** For each group, the number of the group around it, or 0. */
  readonly groupParents: readonly number[];
}

/** A mistake in a pattern: what, and at which character of it. */
export interface PatternError {
  readonly error: string;
  readonly at: number;
}
