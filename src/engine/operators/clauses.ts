import type { FieldReference, Name } from '../../grammar/ast.ts';
import {
  anyOrder,
  type Clause,
  choice,
  field,
  list,
  name,
  number,
  optional,
  sequence,
  symbol,
  word,
} from '../../grammar/syntax.ts';

interface As {
  readonly as: true;
  readonly name: Name;
}

interface By {
  readonly by: true;
  readonly fields: readonly FieldReference[];
}

/** `as name` and `by f1, f2`, each at most once, in any order. */
export function asAndBy(): Clause<{ readonly as: As | null; readonly by: By | null }> {
  return anyOrder({
    as: sequence({ as: word('as'), name: name() }),
    by: sequence({ by: word('by'), fields: list(field()) }),
  });
}

/** A number that may follow a comma: `, 10` or `10`. */
export function commaNumber() {
  return optional(sequence({ comma: optional(symbol(',')), count: number() }));
}

type OneField = Partial<{
  readonly parenthesised: { readonly open: true; readonly field: FieldReference; readonly close: true };
  readonly bare: FieldReference;
}>;

/** A field, with or without parentheses around it: `total bytes`, `total(bytes)`. */
export function fieldMaybeInParentheses(): Clause<OneField> {
  return choice({
    parenthesised: sequence({ open: symbol('('), field: field(), close: symbol(')') }),
    bare: field(),
  });
}

/** The field that `fieldMaybeInParentheses` read. */
export function theField(read: OneField): FieldReference {
  const found = read.bare ?? read.parenthesised?.field;
  if (found === undefined) throw new Error('a choice without an option');
  return found;
}

/** The name after `as`, or the default. */
export function aliasOr(as: As | null, otherwise: string): string {
  return as?.name.text ?? otherwise;
}

/** The names after `by`; none without it. */
export function byNames(by: By | null): readonly string[] {
  return by === null ? [] : by.fields.map((field) => field.name);
}
