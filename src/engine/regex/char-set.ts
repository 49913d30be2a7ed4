/**
 * A set of Unicode code points: sorted, disjoint, inclusive ranges, flat: `[from, to, from, to, …]`.
 */
export type CharSet = readonly number[];

export const LAST_POINT = 0x10ffff;

/** The set of all code points. */
export const ANY: CharSet = [0, LAST_POINT];
export const DIGIT: CharSet = ranges('09');
export const WORD: CharSet = ranges('09AZ__az');
/** White space as `\s` in Java and RE2, ASCII only. */
export const SPACE: CharSet = union([[9, 13], ranges('  ')]);
/** Horizontal white space, `\h`. */
export const HORIZONTAL_SPACE: CharSet = union([
  [9, 9, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e],
  [0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000],
]);
/** Vertical white space, `\v` in Java and `\R` without its two-character form. */
export const VERTICAL_SPACE: CharSet = [0x0a, 0x0d, 0x85, 0x85, 0x2028, 0x2029];

const POSIX = new Map<string, CharSet>([
  ['lower', ranges('az')],
  ['upper', ranges('AZ')],
  ['ascii', [0, 127]],
  ['alpha', ranges('AZaz')],
  ['digit', DIGIT],
  ['alnum', ranges('09AZaz')],
  ['punct', ranges('!/:@[`{~')],
  ['graph', ranges('!~')],
  ['print', ranges(' ~')],
  ['blank', [9, 9, 32, 32]],
  ['cntrl', [0, 31, 127, 127]],
  ['xdigit', ranges('09AFaf')],
  ['space', SPACE],
  ['word', WORD],
]);

/** A POSIX class by its name in any letter case (`alpha`), ASCII only; null when there is none of that name. */
export function posixSet(name: string): CharSet | null {
  return POSIX.get(name.toLowerCase()) ?? null;
}

const properties = new Map<string, CharSet | null>();

/** `\p{name}`: a general category, script, block-like `In…`/`Is…` form or POSIX name; null when unknown. */
export function propertySet(name: string): CharSet | null {
  let set = properties.get(name);
  if (set === undefined) {
    set = findProperty(name);
    properties.set(name, set);
  }
  return set;
}

function findProperty(name: string): CharSet | null {
  if (name === 'Any' || name === 'all') return ANY;
  const posix = name.length > 2 ? posixSet(name) : null;
  if (posix !== null) return posix;
  const bare = name.replace(/^(?:Is|In)(?=[A-Z])/, '').replace(/\s+/g, '_');
  for (const form of [name, bare, `Script=${bare}`]) {
    const set = scanProperty(form);
    if (set !== null) return set;
  }
  return null;
}

/** The engine knows Unicode; reading a property out of it once costs some 20 ms. */
function scanProperty(form: string): CharSet | null {
  if (!/^[\w=]+$/.test(form)) return null;
  let test: RegExp;
  try {
    test = new RegExp(`^\\p{${form}}`, 'u');
  } catch {
    return null;
  }
  const set: number[] = [];
  for (let point = 0; point <= LAST_POINT; point++) {
    if (!test.test(String.fromCodePoint(point))) continue;
    if (set.length > 0 && set[set.length - 1] === point - 1) set[set.length - 1] = point;
    else set.push(point, point);
  }
  return set;
}

/** `'09az'`: the ranges 0-9 and a-z. */
function ranges(text: string): CharSet {
  return Array.from(text, (char) => char.charCodeAt(0));
}

export function single(point: number): CharSet {
  return [point, point];
}

/** All points of the sets; their ranges may overlap and come in any order. */
export function union(sets: readonly CharSet[]): CharSet {
  const pairs: [number, number][] = [];
  for (const set of sets) {
    for (let at = 0; at < set.length; at += 2) pairs.push([set[at] ?? 0, set[at + 1] ?? 0]);
  }
  pairs.sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [from, to] of pairs) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last + 1) merged[merged.length - 1] = Math.max(last, to);
    else merged.push(from, to);
  }
  return merged;
}

export function negate(set: CharSet): CharSet {
  const rest: number[] = [];
  let next = 0;
  for (let at = 0; at < set.length; at += 2) {
    const from = set[at] ?? 0;
    if (from > next) rest.push(next, from - 1);
    next = (set[at + 1] ?? 0) + 1;
  }
  if (next <= LAST_POINT) rest.push(next, LAST_POINT);
  return rest;
}

export function intersect(a: CharSet, b: CharSet): CharSet {
  return negate(union([negate(a), negate(b)]));
}

export function hasPoint(set: CharSet, point: number): boolean {
  let low = 0;
  let high = set.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (point > (set[middle * 2 + 1] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low * 2 < set.length && point >= (set[low * 2] ?? 0);
}

/** Points past this many in one range have no letter case worth folding. */
const FOLD_LIMIT = 0x1ffff;

/** The set with the other letter case of each of its letters (simple mappings, one point to one point). */
export function foldCase(set: CharSet): CharSet {
  const more: CharSet[] = [set];
  for (let at = 0; at < set.length; at += 2) {
    const to = Math.min(set[at + 1] ?? 0, FOLD_LIMIT);
    if (to - (set[at] ?? 0) > 0xf000) continue;
    for (let point = set[at] ?? 0; point <= to; point++) {
      const other = otherCase(point);
      if (other !== point) more.push([other, other]);
    }
  }
  return more.length === 1 ? set : union(more);
}

function otherCase(point: number): number {
  if (point < 128) {
    const lower = point | 32;
    return lower >= 97 && lower <= 122 ? point ^ 32 : point;
  }
  const char = String.fromCodePoint(point);
  const upper = char.toUpperCase();
  const other = upper === char ? char.toLowerCase() : upper;
  const code = other.codePointAt(0) ?? point;
  return other.length === (code > 0xffff ? 2 : 1) ? code : point;
}
