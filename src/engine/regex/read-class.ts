import {
  type CharSet,
  DIGIT,
  foldCase,
  HORIZONTAL_SPACE,
  intersect,
  negate,
  posixSet,
  propertySet,
  SPACE,
  single,
  union,
  VERTICAL_SPACE,
  WORD,
} from './char-set.ts';
import type { PatternCursor } from './pattern-cursor.ts';

const SHORT_CLASSES = new Map<string, CharSet>([
  ['d', DIGIT],
  ['w', WORD],
  ['s', SPACE],
  ['h', HORIZONTAL_SPACE],
  ['v', VERTICAL_SPACE],
]);

const CONTROL_ESCAPES = new Map([
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['f', 12],
  ['a', 7],
  ['e', 27],
]);

/** A bracket class; its `[` is read. `&&` intersects, and only after it `[` opens a class inside. */
export function readClass(cursor: PatternCursor, at: number, ignoreCase: boolean, depth = 0): CharSet {
  if (depth > 50) cursor.fail('classes are nested too deeply', at);
  const negated = cursor.accept('^');
  let whole: CharSet | null = null;
  let sets: CharSet[] = [];
  for (let first = true; ; first = false) {
    if (cursor.at >= cursor.source.length) cursor.fail('`[` without `]`', at);
    if (!first && cursor.accept(']')) break;
    if (!first && cursor.source.startsWith('&&', cursor.at) && cursor.source[cursor.at + 2] !== '&') {
      cursor.at += 2;
      whole = whole === null ? union(sets) : intersect(whole, union(sets));
      sets = [];
      const nestedAt = cursor.at;
      if (cursor.accept('[')) sets.push(readClass(cursor, nestedAt, ignoreCase, depth + 1));
      continue;
    }
    sets.push(classItem(cursor, at));
  }
  const set = whole === null ? union(sets) : intersect(whole, union(sets));
  const folded = ignoreCase ? foldCase(set) : set;
  return negated ? negate(folded) : folded;
}

function classItem(cursor: PatternCursor, at: number): CharSet {
  const posix = /^\[:(\^?)(\w+):\]/.exec(cursor.source.slice(cursor.at, cursor.at + 16));
  if (posix !== null) {
    const set = posixSet(posix[2] ?? '');
    if (set === null) return cursor.fail(`the character class \`${posix[2]}\` is not known`);
    cursor.at += posix[0].length;
    return posix[1] === '^' ? negate(set) : set;
  }
  const itemAt = cursor.at;
  const from = classChar(cursor, at);
  if (typeof from !== 'number') return from;
  if (cursor.source[cursor.at] !== '-' || /^-(?:\]|$)/.test(cursor.source.slice(cursor.at, cursor.at + 2))) {
    return single(from);
  }
  const dashAt = cursor.at++;
  const to = classChar(cursor, at);
  if (typeof to !== 'number') {
    // `[\w-\s]`, `[a-\d]`: the dash stands for itself, as in JavaScript and Perl.
    return union([single(from), single(45), to]);
  }
  if (to < from)
    cursor.fail(`the range \`${cursor.source.slice(itemAt, cursor.at)}\` is out of order`, dashAt);
  return [from, to];
}

function classChar(cursor: PatternCursor, at: number): number | CharSet {
  const point = cursor.source.codePointAt(cursor.at);
  if (point === undefined) return cursor.fail('`[` without `]`', at);
  if (point !== 0x5c) {
    cursor.at += point > 0xffff ? 2 : 1;
    return point;
  }
  const escapeAt = cursor.at++;
  if (cursor.accept('b')) return 8;
  return readClassEscape(cursor) ?? readCharEscape(cursor, escapeAt);
}

/** `\d`, `\p{L}` and the like after the backslash; null, with nothing read, for other escapes. */
export function readClassEscape(cursor: PatternCursor): CharSet | null {
  const letter = cursor.source[cursor.at] ?? '';
  const base = SHORT_CLASSES.get(letter.toLowerCase());
  if (base !== undefined) {
    cursor.at++;
    return letter === letter.toLowerCase() ? base : negate(base);
  }
  if (letter === 'N') {
    cursor.at++;
    return negate(single(10));
  }
  if (letter !== 'p' && letter !== 'P') return null;
  const written = /^[pP](?:\{(\^?)([^}]*)\}|([A-Za-z]))/.exec(cursor.source.slice(cursor.at));
  if (written === null) return cursor.fail('`\\p` needs a name, as in `\\p{L}`', cursor.at - 1);
  const name = written[2] ?? written[3] ?? '';
  const set = propertySet(name);
  if (set === null) return cursor.fail(`the character class \`${name}\` is not known`, cursor.at - 1);
  cursor.at += written[0].length;
  return (letter === 'P') !== (written[1] === '^') ? negate(set) : set;
}

/** The one character that an escape stands for; the backslash is read. */
export function readCharEscape(cursor: PatternCursor, at: number): number {
  const point = cursor.source.codePointAt(cursor.at);
  if (point === undefined) return cursor.fail('a lone `\\` at the end', at);
  const letter = String.fromCodePoint(point);
  cursor.at += letter.length;
  const control = CONTROL_ESCAPES.get(letter);
  if (control !== undefined) return control;
  if (letter === 'x' || letter === 'u') return hexEscape(cursor, letter, at);
  if (letter === '0') {
    const octal = /^[0-7]{0,3}/.exec(cursor.source.slice(cursor.at))?.[0] ?? '';
    cursor.at += octal.length;
    return Number.parseInt(octal === '' ? '0' : octal, 8);
  }
  if (letter === 'c') {
    const control = cursor.source.charCodeAt(cursor.at++);
    return Number.isNaN(control) ? cursor.fail('`\\c` needs a letter', at) : control & 31;
  }
  if (/[A-Za-z]/.test(letter)) return cursor.fail(`the escape \`\\${letter}\` is not known`, at);
  return point;
}

function hexEscape(cursor: PatternCursor, letter: 'x' | 'u', at: number): number {
  const form =
    letter === 'x'
      ? /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/
      : /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/;
  const hex = form.exec(cursor.source.slice(cursor.at));
  if (hex === null)
    return cursor.fail(`\`\\${letter}\` needs ${letter === 'x' ? 'two' : 'four'} hex digits`, at);
  cursor.at += hex[0].length;
  const point = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
  return point > 0x10ffff ? cursor.fail('there is no such character', at) : point;
}
