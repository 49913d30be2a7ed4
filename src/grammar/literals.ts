/** Size suffixes: case-sensitive, `M` is a million and `m` a minute. */
const SIZES: ReadonlyMap<string, number> = new Map([
  ['k', 1e3],
  ['K', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['B', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['Ki', 1024],
  ['Mi', 1024 ** 2],
  ['Gi', 1024 ** 3],
  ['Ti', 1024 ** 4],
  ['Pi', 1024 ** 5],
]);

/** Time suffixes, in milliseconds. */
const TIMES: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

const NUMBER = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/;

/** A number as written: its digits, its suffix, and the value with the suffix applied. */
export interface NumberLiteral {
  readonly count: number;
  readonly suffix: string;
  readonly kind: 'plain' | 'size' | 'time';
  readonly value: number;
}

/** Reads `5`, `.2`, `1e3`, `1Gi`, `15m` (in milliseconds); null when the text is no number or the suffix unknown. */
export function readNumber(text: string): NumberLiteral | null {
  const found = NUMBER.exec(text);
  if (found === null) return null;
  const count = Number(found[1]);
  const suffix = found[2] ?? '';
  if (suffix === '') return { count, suffix, kind: 'plain', value: count };
  const size = SIZES.get(suffix);
  if (size !== undefined) return { count, suffix, kind: 'size', value: count * size };
  const time = TIMES.get(suffix);
  if (time !== undefined) return { count, suffix, kind: 'time', value: count * time };
  return null;
}

/** The letter of a duration's unit, in lower case, or null when the word is none. */
export function durationUnit(word: string): string | null {
  const unit = word.toLowerCase();
  return unit.length === 1 && 'smhdw'.includes(unit) ? unit : null;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
]);

/** The text between quotes with `\"`, `\\`, `\n`, `\t` and `\r` replaced; other backslashes stay. */
export function unescapeText(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(/\\([\s\S])/g, (whole, character: string) => ESCAPES.get(character) ?? whole);
}

/** The text between quotes with only `\"` replaced, as patterns and names want it. */
export function unquote(raw: string): string {
  return raw.includes('\\"') ? raw.replaceAll('\\"', '"') : raw;
}
