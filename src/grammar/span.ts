/** A piece of the query text: UTF-16 offsets, `[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The span from the start of one to the end of the other. */
export function spanOver(first: Span, last: Span): Span {
  return { start: first.start, end: Math.max(first.end, last.end) };
}
