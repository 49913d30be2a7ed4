/** What a glob comes down to; kernels may treat the simple kinds on their own. */
export type GlobKind = 'any' | 'exact' | 'prefix' | 'suffix' | 'contains' | 'general';

/** A compiled glob: `*` is any run of characters, also none; all else is literal, letter case counts, both ends are anchored. */
export interface CompiledGlob {
  readonly kind: GlobKind;
  /** The literal parts between the stars, without empty ones. */
  readonly parts: readonly string[];
  test(text: string): boolean;
  /** The same for the UTF-8 text `[start, end)` of `data`. */
  testBytes(data: Uint8Array, start: number, end: number): boolean;
}

/** Compiles the pattern of `matches`. Every text is a glob, so there are no errors. Matching is linear: each part is found once, first come. */
export function compileGlob(pattern: string): CompiledGlob {
  const pieces = pattern.split('*');
  const open = pieces.length > 1;
  const head = pieces[0] ?? '';
  const tail = open ? (pieces.at(-1) ?? '') : '';
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  const encoder = new TextEncoder();
  const headBytes = encoder.encode(head);
  const tailBytes = encoder.encode(tail);
  const middleBytes = middle.map((piece) => encoder.encode(piece));
  return {
    kind: globKind(open, head, middle.length, tail),
    parts: [head, ...middle, tail].filter((piece) => piece !== ''),
    test(text) {
      if (!open) return text === head;
      if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail))
        return false;
      const last = text.length - tail.length;
      let at = head.length;
      for (const piece of middle) {
        const found = text.indexOf(piece, at);
        if (found < 0 || found + piece.length > last) return false;
        at = found + piece.length;
      }
      return true;
    },
    testBytes(data, start, end) {
      const size = end - start;
      if (!open && size !== headBytes.length) return false;
      const last = end - tailBytes.length;
      if (start + headBytes.length > last) return false;
      if (!equalsAt(data, start, headBytes) || !equalsAt(data, last, tailBytes)) return false;
      let at = start + headBytes.length;
      for (const piece of middleBytes) {
        const found = findBytes(data, at, last, piece);
        if (found < 0) return false;
        at = found + piece.length;
      }
      return true;
    },
  };
}

function globKind(open: boolean, head: string, middle: number, tail: string): GlobKind {
  if (!open) return 'exact';
  if (middle === 0) {
    if (head === '') return tail === '' ? 'any' : 'suffix';
    return tail === '' ? 'prefix' : 'general';
  }
  return middle === 1 && head === '' && tail === '' ? 'contains' : 'general';
}

function equalsAt(data: Uint8Array, at: number, needle: Uint8Array): boolean {
  for (let offset = 0; offset < needle.length; offset++)
    if (data[at + offset] !== needle[offset]) return false;
  return true;
}

/** Where `needle` first lies within `[from, to)` of `data`, or -1. An empty needle lies at `from`. */
export function findBytes(data: Uint8Array, from: number, to: number, needle: Uint8Array): number {
  if (needle.length === 0) return from;
  const first = needle[0]!;
  const last = to - needle.length;
  for (let at = from; at <= last; at++) {
    if (data[at] === first && equalsAt(data, at, needle)) return at;
  }
  return -1;
}
