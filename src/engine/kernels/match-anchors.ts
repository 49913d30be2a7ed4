import { isSet, newBitmap, setBit, type TextColumn } from '../columns/column.ts';
import { byteSearch } from './bytes.ts';
import { insideKernels } from './inside-kernels.ts';
import { splitRows } from './split-grid.ts';

/** The literal texts around and between the captures: one more than there are captures; first and last may be empty. */
export type Anchors = readonly string[];

/** Where each capture lies in each row; `starts[c]` is null for a capture that nobody reads. */
export interface AnchorSpans {
  /** 1 for rows that matched. */
  readonly matched: Uint8Array;
  /** True where it is known that every row matched. */
  readonly all?: boolean;
  readonly starts: readonly (Uint32Array | null)[];
  readonly ends: readonly (Uint32Array | null)[];
}

/** Matches a pattern of anchors against every row of a text column. */
export type AnchorMatcher = (subject: TextColumn, wanted: readonly boolean[]) => AnchorSpans;

/** Finds a literal in `[from, to)` of the bytes, or -1. */
type Find = (bytes: Uint8Array, from: number, to: number) => number;

const encoder = new TextEncoder();
const NEWLINE = 10;

/**
 * Compiles anchors to a forward scan: find the first literal anywhere, capture up to the next, and so
 * on. ASCII letters match in either case; literals must have no cased letters outside ASCII.
 */
export function anchorMatcher(anchors: Anchors): AnchorMatcher {
  const literals = anchors.map((text) => encoder.encode(text.toLowerCase()));
  const finds = literals.map(findLiteral);
  const lengths = literals.map((literal) => literal.length);
  // A single byte without a second case, which a plain loop finds fastest; -1 for other literals.
  const marks = Int16Array.from(literals, (literal) =>
    literal.length === 1 && !isLowerLetter(literal[0]!) ? literal[0]! : -1,
  );
  const captures = anchors.length - 1;
  const startsOpen = lengths[0] === 0;
  const endsOpen = lengths[captures] === 0;

  // `* * *` with one and the same byte between all captures: the SIMD kernels split that.
  const inner = marks.subarray(1, captures);
  const delimiter =
    startsOpen && endsOpen && inner.length > 0 && inner.every((mark) => mark === inner[0]) ? inner[0]! : -1;

  return (subject, wanted) => {
    if (delimiter >= 0 && delimiter !== NEWLINE) {
      const split = splitRows(insideKernels(subject), delimiter, captures, wanted);
      if (split !== null) return split;
    }
    const { data, starts, ends, validity, length } = subject;
    const matched = new Uint8Array(length);
    const outStarts = wanted.map((read) => (read ? new Uint32Array(length) : null));
    const outEnds = wanted.map((read) => (read ? new Uint32Array(length) : null));
    rows: for (let row = 0; row < length; row++) {
      if (!isSet(validity, row)) continue;
      const end = ends[row]!;
      let at = starts[row]!;
      if (!startsOpen) {
        at = finds[0]!(data, at, end);
        if (at < 0) continue;
        at += lengths[0]!;
      }
      for (let capture = 0; capture < captures; capture++) {
        const from = at;
        const mark = marks[capture + 1]!;
        if (mark >= 0) {
          while (at < end && data[at] !== mark) at++;
          if (at === end) continue rows;
        } else if (capture === captures - 1 && endsOpen) {
          at = end;
        } else {
          at = finds[capture + 1]!(data, at, end);
          if (at < 0) continue rows;
        }
        const to = outStarts[capture];
        if (to) {
          to[row] = from;
          outEnds[capture]![row] = at;
        }
        at += lengths[capture + 1]!;
      }
      matched[row] = 1;
    }
    return { matched, starts: outStarts, ends: outEnds };
  };
}

function findLiteral(literal: Uint8Array): Find {
  const anyCase = literal.some(isLowerLetter);
  if (literal.length > 1 || anyCase) return byteSearch(literal, anyCase);
  const [mark] = literal;
  if (mark === undefined) return (_, from) => from;
  return (bytes, from, to) => {
    let at = from;
    while (at < to && bytes[at] !== mark) at++;
    return at < to ? at : -1;
  };
}

function isLowerLetter(byte: number): boolean {
  return byte >= 97 && byte <= 122;
}

/** The spans as columns over the subject's data, for the captures in `wanted`, in that order. */
export function spanColumns(
  subject: TextColumn,
  { matched, all, starts, ends }: AnchorSpans,
  wanted: readonly number[],
): TextColumn[] {
  const validity = all === true ? null : bitmapOf(matched);
  return wanted.map((capture) => ({
    kind: 'text',
    length: subject.length,
    data: subject.data,
    starts: starts[capture]!,
    ends: ends[capture]!,
    validity,
  }));
}

/** A bitmap of the rows that are 1; null when all are. */
function bitmapOf(rows: Uint8Array): Uint8Array | null {
  if (!rows.includes(0)) return null;
  const bitmap = newBitmap(rows.length);
  for (let row = 0; row < rows.length; row++) if (rows[row] === 1) setBit(bitmap, row);
  return bitmap;
}
