import type { Span } from './span.ts';

/** A whole query: what to search, then what to do with it. */
export interface Query {
  readonly kind: 'query';
  readonly scope: Scope;
  readonly stages: readonly Stage[];
  readonly span: Span;
}

// ---- the search expression ------------------------------------------------------------------

export type Scope = ScopeAll | ScopeTerm | ScopeField | ScopeNot | ScopeAnd | ScopeOr | Subquery;

/** `*`, or an empty scope. */
export interface ScopeAll {
  readonly kind: 'all';
  readonly span: Span;
}

/** A keyword (`fail*`) or a quoted phrase. `text` is without quotes and escapes. */
export interface ScopeTerm {
  readonly kind: 'term';
  readonly text: string;
  readonly quoted: boolean;
  /** True for a text that a subquery gave: no character of it is a wildcard. */
  readonly exact?: true;
  readonly span: Span;
}

/** `field=value`, with `*` and `?` as wildcards in the value, quoted or not. `!=` is a ScopeNot around it. */
export interface ScopeField {
  readonly kind: 'fieldPredicate';
  readonly field: Name;
  readonly value: string;
  readonly quoted: boolean;
  /** True for a value that a subquery gave: no character of it is a wildcard. */
  readonly exact?: true;
  readonly span: Span;
}

export interface ScopeNot {
  readonly kind: 'not';
  readonly of: Scope;
  readonly span: Span;
}

export interface ScopeAnd {
  readonly kind: 'and';
  readonly of: readonly Scope[];
  readonly span: Span;
}

export interface ScopeOr {
  readonly kind: 'or';
  readonly of: readonly Scope[];
  readonly span: Span;
}

/** `[subquery from=(t) to=(t): child | compose f1, f2 keywords]`; `compose` is taken out of the child's stages. */
export interface Subquery {
  readonly kind: 'subquery';
  readonly from: string | null;
  readonly to: string | null;
  readonly child: Query;
  readonly compose: readonly Name[];
  readonly maxResults: number | null;
  readonly keywords: boolean;
  readonly span: Span;
}

// ---- stages ---------------------------------------------------------------------------------

export type Stage = OperatorStage | AggregateStage | ExpressionStage;

/** `name clauses`: `args` holds what the operator's syntax record captured, by clause name. */
export interface OperatorStage {
  readonly kind: 'operator';
  /** The registered name, whatever alias or letter case the text has. */
  readonly name: string;
  readonly nameSpan: Span;
  readonly args: Args;
  readonly span: Span;
}

export interface AggregateStage {
  readonly kind: 'aggregate';
  readonly calls: readonly AggregateCall[];
  readonly by: readonly Name[];
  readonly span: Span;
}

/** `count`, `sum(bytes) as b`, `pct(ms, 50, 99)`: a field argument is a `field` expression, a number a `literal`. */
export interface AggregateCall {
  readonly name: string;
  readonly nameSpan: Span;
  readonly args: readonly Expression[];
  readonly alias: Name | null;
  readonly span: Span;
}

/** `expression [as name]`. */
export interface ExpressionStage {
  readonly kind: 'expression';
  readonly expression: Expression;
  readonly alias: Name | null;
  readonly span: Span;
}

// ---- expressions ----------------------------------------------------------------------------

export type Expression =
  | Literal
  | RegexLiteral
  | FieldReference
  | Call
  | Unary
  | Binary
  | Conditional
  | InList
  | SubqueryTest;

/** A number (size and time suffixes applied), string (quotes and escapes removed), boolean or null. */
export interface Literal {
  readonly kind: 'literal';
  readonly value: string | number | boolean | null;
  readonly span: Span;
}

/** `/pattern/flags`, as written between the slashes. */
export interface RegexLiteral {
  readonly kind: 'regex';
  readonly pattern: string;
  readonly flags: string;
  readonly span: Span;
}

export interface FieldReference {
  readonly kind: 'field';
  readonly name: string;
  readonly span: Span;
}

/** `name(args)`. `if(c, a, b)` is a Conditional, `contains(a, b)` and `matches(…)` are Binary. */
export interface Call {
  readonly kind: 'call';
  /** The registered name when it is known, else as written. */
  readonly name: string;
  readonly nameSpan: Span;
  readonly args: readonly Expression[];
  readonly span: Span;
}

export interface Unary {
  readonly kind: 'unary';
  readonly operator: '-' | '!';
  readonly of: Expression;
  readonly span: Span;
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'and'
  | 'or'
  | 'matches'
  | 'contains';

export interface Binary {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

/** `condition ? yes : no` and `if(condition, yes, no)`. */
export interface Conditional {
  readonly kind: 'conditional';
  readonly condition: Expression;
  readonly yes: Expression;
  readonly no: Expression;
  readonly span: Span;
}

/** `of in (…)` and `of not in (…)`. */
export interface InList {
  readonly kind: 'in';
  readonly of: Expression;
  readonly list: readonly Expression[];
  readonly negated: boolean;
  readonly span: Span;
}

/** `[subquery …]` inside `where` or `if`. */
export interface SubqueryTest {
  readonly kind: 'subqueryTest';
  readonly subquery: Subquery;
  readonly span: Span;
}

// ---- what clauses capture -------------------------------------------------------------------

/** A field name as written (escapes removed), read or created. */
export interface Name {
  readonly kind: 'name';
  readonly text: string;
  readonly span: Span;
}

/** A quoted text, quotes removed. `raw` is what stands between the quotes, for regular expressions. */
export interface Text {
  readonly kind: 'text';
  readonly value: string;
  readonly raw: string;
  readonly span: Span;
}

/** A number, or a duration in milliseconds (`unit` is its letter as written). */
export interface Amount {
  readonly kind: 'amount';
  /** The number as written: `15` in `15m`. */
  readonly count: number;
  /** `s m h d w` for a duration, null for a plain number. */
  readonly unit: string | null;
  readonly span: Span;
}

/** A nested pipeline in parentheses; `scope` is null when it has none of its own. */
export interface Pipeline {
  readonly kind: 'pipeline';
  readonly scope: Scope | null;
  readonly stages: readonly Stage[];
  readonly span: Span;
}

/** What a clause captured; the clause's constructor in syntax.ts says which form. */
export type Arg = Name | Text | Amount | Expression | Pipeline | boolean | null | Args | readonly Arg[];

export interface Args {
  readonly [clause: string]: Arg;
}
