import type { Span } from './span.ts';
import type { Comment, Token } from './tokens.ts';

/** A query or nested pipeline cut into its scope and its stages, before they are parsed. */
export interface Layout {
  readonly kind: 'layout';
  /** The tokens of the search expression; null when the text starts with a stage. */
  readonly scope: readonly Token[] | null;
  readonly scopeSpan: Span;
  /** False when the scope is nested too deeply or has an open text, and was reported. */
  readonly scopeUsable: boolean;
  readonly stages: readonly StageLayout[];
  /** Comments after the last token. */
  readonly comments: readonly Comment[];
  readonly span: Span;
}

/** One stage: the tokens between two pipes. */
export interface StageLayout {
  readonly tokens: readonly Token[];
  /** Comments before the pipe, and what stands before the pipe. */
  readonly comments: readonly Comment[];
  readonly gap: 'none' | 'space' | 'line';
  /** From the first token to the last; the place after the pipe when there are none. */
  readonly span: Span;
  /** False when the stage is nested too deeply or has an open text, and was reported. */
  readonly usable: boolean;
}

/** `[subquery from=(…) to=(…): child]`. */
export interface SubqueryLayout {
  readonly kind: 'subquery';
  readonly from: string | null;
  readonly to: string | null;
  readonly child: Layout;
  readonly span: Span;
}

/** From the first token to the last; null when there are none. */
export function spanOfTokens(tokens: readonly Token[]): Span | null {
  const first = tokens[0];
  const last = tokens.at(-1);
  return first === undefined || last === undefined ? null : { start: first.span.start, end: last.span.end };
}

/** The pipeline inside a token. */
export function innerLayout(nested: Layout | SubqueryLayout): Layout {
  return nested.kind === 'subquery' ? nested.child : nested;
}

/** The token at an offset of the text, the innermost where pipelines nest; null between tokens. */
export function tokenAt(layout: Layout, offset: number): Token | null {
  const tokens = [...(layout.scope ?? []), ...layout.stages.flatMap((stage) => stage.tokens)];
  const found = tokens.find(({ span }) => span.start <= offset && offset < span.end);
  if (found === undefined || found.nested === null) return found ?? null;
  return tokenAt(innerLayout(found.nested), offset) ?? found;
}
