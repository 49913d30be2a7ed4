import type { Amount, Expression, FieldReference, Name, Pipeline, Text } from './ast.ts';

/**
 * What may follow an operator's name, as data: from it come the Chevrotain rule, the usage line,
 * completion, the formatter and the type of the operator's arguments. A syntax is a record of
 * clauses, read in order; a clause captures a value under its key.
 */
export type Syntax = Readonly<Record<string, Clause<unknown>>>;

/** The arguments that a syntax captures. */
export type ArgsOf<S extends Syntax> = { readonly [K in keyof S]: S[K] extends Clause<infer T> ? T : never };

/** `T` is the type of what the clause captures. */
export type Clause<T> = ClauseShape & { readonly captures?: T };

export type ClauseShape =
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'symbol'; readonly symbol: string; readonly tight: boolean }
  | { readonly kind: 'field' }
  | { readonly kind: 'name' }
  | { readonly kind: 'text'; readonly bare: boolean }
  | { readonly kind: 'amount'; readonly duration: 'no' | 'yes' | 'either'; readonly signed: boolean }
  | { readonly kind: 'expression' }
  | { readonly kind: 'pipeline' }
  | { readonly kind: 'path' }
  | { readonly kind: 'setting'; readonly word: string; readonly of: ClauseShape }
  | { readonly kind: 'sequence'; readonly parts: Syntax }
  | { readonly kind: 'optional'; readonly of: ClauseShape }
  | {
      readonly kind: 'list';
      readonly of: ClauseShape;
      readonly separator: 'comma' | 'optional-comma' | 'none' | 'and';
      readonly atLeast: number;
    }
  | { readonly kind: 'choice'; readonly options: Syntax }
  | { readonly kind: 'anyOrder'; readonly parts: Syntax; readonly commas: boolean };

/** A keyword, in any letter case; captures true. With several words, any one of them. */
export function word(...words: readonly string[]): Clause<true> {
  return { kind: 'word', words };
}

/** A keyword that may be missing: captures whether it was there. */
export function flag(...words: readonly string[]): Clause<boolean> {
  return { kind: 'optional', of: { kind: 'word', words } } as Clause<boolean>;
}

/** A punctuation mark such as `(`, `)`, `-`, `+`, `=` or `*`; captures true. `tight`: printed without spaces around. */
export function symbol(mark: string, { tight = mark.length > 1 } = {}): Clause<true> {
  return { kind: 'symbol', symbol: mark, tight };
}

/** A field that the operator reads. */
export function field(): Clause<FieldReference> {
  return { kind: 'field' };
}

/** A name that the operator gives to a new field. */
export function name(): Clause<Name> {
  return { kind: 'name' };
}

/** A quoted text; with `bare`, a word without quotes too. */
export function text(options: { bare?: boolean } = {}): Clause<Text> {
  return { kind: 'text', bare: options.bare ?? false };
}

/** A plain number, possibly with a sign. */
export function number(): Clause<Amount> {
  return { kind: 'amount', duration: 'no', signed: true };
}

/** A duration such as `15m` or `15 m`; a leading `-` is read and dropped. */
export function duration(): Clause<Amount> {
  return { kind: 'amount', duration: 'yes', signed: true };
}

/** A duration or a plain number. */
export function numberOrDuration(): Clause<Amount> {
  return { kind: 'amount', duration: 'either', signed: true };
}

export function expression(): Clause<Expression> {
  return { kind: 'expression' };
}

/** `( stages )`, possibly with a scope of its own before them. */
export function pipeline(): Clause<Pipeline> {
  return { kind: 'pipeline' };
}

/** A table name: `geo://location`, `path://"/a b"`, `https://host/x.csv`, `shared/a/b`, `"quoted"`. */
export function path(): Clause<Text> {
  return { kind: 'path' };
}

/** `word=value` (spaces around `=` allowed; `word value` too); captures the value, null when missing. */
export function setting<T>(word: string, of: Clause<T>): Clause<T | null> {
  return { kind: 'optional', of: { kind: 'setting', word, of } } as Clause<T | null>;
}

/** Clauses one after the other; captures their record. */
export function sequence<S extends Syntax>(parts: S): Clause<ArgsOf<S>> {
  return { kind: 'sequence', parts };
}

/** Captures null when missing. */
export function optional<T>(of: Clause<T>): Clause<T | null> {
  return { kind: 'optional', of };
}

/** `as name`; captures null when missing. */
export function alias(): Clause<{ readonly as: true; readonly name: Name } | null> {
  return optional(sequence({ as: word('as'), name: name() }));
}

/** One or more with commas between (a stray comma at the end is an error). */
export function list<T>(
  of: Clause<T>,
  options: { atLeast?: number; separator?: 'comma' | 'optional-comma' | 'none' | 'and' } = {},
): Clause<readonly T[]> {
  return { kind: 'list', of, separator: options.separator ?? 'comma', atLeast: options.atLeast ?? 1 };
}

/** `by f1, f2`; captures an empty list when missing. */
export function by(): Clause<{ readonly by: true; readonly fields: readonly FieldReference[] } | null> {
  return optional(sequence({ by: word('by'), fields: list(field()) }));
}

/**
 * The first option whose first token fits; captures a record with that one key. Options must differ
 * in what they start with; where two could start alike, the first wins.
 */
export function choice<S extends Syntax>(options: S): Clause<Partial<ArgsOf<S>>> {
  return { kind: 'choice', options } as Clause<Partial<ArgsOf<S>>>;
}

/** Each part at most once, in any order, commas between them allowed; a missing part captures null (a flag false). */
export function anyOrder<S extends Syntax>(
  parts: S,
): Clause<{ readonly [K in keyof ArgsOf<S>]: ArgsOf<S>[K] | null }> {
  return { kind: 'anyOrder', parts, commas: true } as Clause<{
    readonly [K in keyof ArgsOf<S>]: ArgsOf<S>[K] | null;
  }>;
}
