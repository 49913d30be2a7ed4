/** What a code point is when a message is split into terms. */
export const MARK = 0;
export const WORD = 1;
export const SPACE = 2;

const WORD_CHARACTER = /[\p{L}\p{N}_]/u;
/** Java white space: separators but for the non-breaking ones, and the control characters that count as such. */
const SPACE_CHARACTER = /[\t-\r\u001c-\u001f\p{Zs}\u2028\u2029]/u;
const NON_BREAKING = /[\u00a0\u2007\u202f]/u;

function kindOf(character: string): number {
  if (WORD_CHARACTER.test(character)) return WORD;
  return SPACE_CHARACTER.test(character) && !NON_BREAKING.test(character) ? SPACE : MARK;
}

/** The kind of each ASCII byte. */
export const ASCII_KINDS = Uint8Array.from({ length: 128 }, (_, byte) => kindOf(String.fromCharCode(byte)));

const kindByCodePoint = new Map<number, number>();

/** The kind of a code point: MARK, WORD or SPACE. */
export function codePointKind(codePoint: number): number {
  if (codePoint < 128) return ASCII_KINDS[codePoint]!;
  let kind = kindByCodePoint.get(codePoint);
  if (kind === undefined) {
    kind = kindOf(String.fromCodePoint(codePoint));
    kindByCodePoint.set(codePoint, kind);
  }
  return kind;
}

/** The code point that starts at `at`; U+FFFD for bytes that are not UTF-8. */
export function codePointAt(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return lead;
  const length = sequenceLength(lead);
  if (length === 1 || at + length > end) return 0xfffd;
  let codePoint = lead & (0x7f >> length);
  for (let next = 1; next < length; next++) {
    const byte = bytes[at + next]!;
    if ((byte & 0xc0) !== 0x80) return 0xfffd;
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  return codePoint <= 0x10ffff ? codePoint : 0xfffd;
}

/** How many bytes the character that starts with `lead` has; 1 for bytes that start none. */
function sequenceLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** Where the character that starts at `at` ends. */
export function nextCharacter(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return at + 1;
  return codePointAt(bytes, at, end) === 0xfffd ? at + 1 : at + sequenceLength(lead);
}

/** Where the character that ends at `at` starts. */
export function previousCharacter(bytes: Uint8Array, start: number, at: number): number {
  let from = at - 1;
  if (bytes[from]! < 0x80) return from;
  while (from > start && at - from < 4 && (bytes[from]! & 0xc0) === 0x80) from--;
  return nextCharacter(bytes, from, at) === at ? from : at - 1;
}

/** A text with letter case removed, character by character; ASCII letters never stand for others. */
export function foldCase(text: string): string {
  if (!/[^\u0020-\u007e]/.test(text)) return text.toLowerCase();
  let folded = '';
  for (const character of text) {
    const lower = character.toLowerCase();
    const unchanged = lower.length !== character.length || (character > '\u007f' && lower < '\u0080');
    folded += unchanged ? character : lower;
  }
  return folded;
}
