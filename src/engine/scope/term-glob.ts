import { LOWER_CASE } from '../kernels/bytes.ts';
import { nextCharacter } from './characters.ts';

const STAR = 0x2a;
const QUESTION = 0x3f;

/** Whether the ASCII lower-case bytes `wanted` are `bytes[start, end)` in any letter case. */
export function equalsAnyCase(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let at = 0; at < wanted.length; at++) if (LOWER_CASE[bytes[start + at]!] !== wanted[at]) return false;
  return true;
}

/**
 * Whether `bytes[start, end)` as a whole fits a glob of ASCII lower-case bytes, in any letter case:
 * `*` is any run, `?` (unless `literalQuestion`) one character.
 */
export function fitsGlob(
  bytes: Uint8Array,
  start: number,
  end: number,
  glob: Uint8Array,
  literalQuestion = false,
): boolean {
  let at = start;
  let next = 0;
  let retryAt = -1;
  let retryNext = -1;
  while (at < end) {
    const wanted = next < glob.length ? glob[next]! : -1;
    if (wanted === STAR) {
      retryAt = at;
      retryNext = ++next;
    } else if (wanted === QUESTION && !literalQuestion) {
      at = nextCharacter(bytes, at, end);
      next++;
    } else if (wanted === LOWER_CASE[bytes[at]!]) {
      at++;
      next++;
    } else if (retryNext >= 0) {
      retryAt = nextCharacter(bytes, retryAt, end);
      at = retryAt;
      next = retryNext;
    } else return false;
  }
  while (next < glob.length && glob[next] === STAR) next++;
  return next === glob.length;
}

const encoder = new TextEncoder();

/** The same for texts of any characters: `glob` and `text` must be folded alike. */
export function textFitsGlob(text: string, glob: string, literalQuestion = false): boolean {
  const bytes = encoder.encode(text);
  return fitsGlob(bytes, 0, bytes.length, encoder.encode(glob), literalQuestion);
}
