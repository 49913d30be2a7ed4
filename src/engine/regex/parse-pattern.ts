import {
  ANY,
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
import type { Assertion, ParsedPattern, Pattern, PatternError } from './pattern.ts';

/** Flags in force at one place of a pattern. */
interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
  readonly comments: boolean;
}

const REPEAT_LIMIT = 1000;
const EMPTY: Pattern = { kind: 'empty' };

/**
 * Reads the dialect of queries: what Java and RE2 share, `(?<name>…)` and `(?P<name>…)`, inline flags
 * anywhere, POSIX and Unicode classes, class intersections, `\Q…\E`, lookaround, possessive repeats of
 * one character class. Back-references, conditionals, recursion and atomic groups are refused.
 */
export function parsePattern(source: string, flags = ''): ParsedPattern | PatternError {
  const unknown = /[^ismxgu]/.exec(flags);
  if (unknown !== null) return { error: `the flag \`${unknown[0]}\` is not known`, at: source.length };
  try {
    return new PatternReader(source, flags).read();
  } catch (error) {
    if (error instanceof PatternMistake) return { error: error.message, at: error.at };
    throw error;
  }
}

class PatternMistake extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Recursive descent over the source; deep nesting is refused before the stack could end. */
class PatternReader {
  readonly #source: string;
  #at = 0;
  #depth = 0;
  #flags: Flags;
  #openGroup = 0;
  readonly #names: (string | null)[] = [null];
  readonly #parents: number[] = [0];

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = {
      ignoreCase: flags.includes('i'),
      multiLine: flags.includes('m'),
      dotAll: flags.includes('s'),
      comments: flags.includes('x'),
    };
  }

  read(): ParsedPattern {
    const pattern = this.#choice();
    if (this.#at < this.#source.length) this.#fail('`)` without a `(` before it');
    return { pattern, groupNames: this.#names, groupParents: this.#parents };
  }

  #fail(message: string, at = this.#at): never {
    throw new PatternMistake(message, at);
  }

  #accept(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): Pattern {
    if (++this.#depth > 200) this.#fail('groups are nested too deeply');
    const outside = this.#flags;
    const options: Pattern[] = [this.#sequence()];
    while (this.#accept('|')) options.push(this.#sequence());
    this.#flags = outside;
    this.#depth--;
    return options.length === 1 ? (options[0] ?? EMPTY) : { kind: 'choice', of: options };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#at < this.#source.length) {
      this.#skipComments();
      const next = this.#source[this.#at];
      if (next === undefined || next === '|' || next === ')') break;
      const part = this.#repeated(this.#atom());
      if (part.kind !== 'empty') parts.push(part);
    }
    if (parts.length === 1) return parts[0] ?? EMPTY;
    return parts.length === 0 ? EMPTY : { kind: 'sequence', of: parts };
  }

  #skipComments(): void {
    if (!this.#flags.comments) return;
    const skipped = /^(?:\s+|#[^\n]*)+/.exec(this.#source.slice(this.#at));
    if (skipped !== null) this.#at += skipped[0].length;
  }

  #repeated(atom: Pattern): Pattern {
    let pattern = atom;
    for (let times = 0; ; times++) {
      this.#skipComments();
      const at = this.#at;
      const bounds = this.#bounds();
      if (bounds === null) return pattern;
      if (times > 0) this.#fail('a repeat after a repeat; put the first in a group', at);
      const possessive = this.#accept('+');
      const greedy = possessive || !this.#accept('?');
      pattern = repeat(atom, bounds.min, bounds.max, greedy);
      if (possessive) pattern = this.#possessive(pattern, at);
    }
  }

  /** A possessive run of one class ends where the class ends: the same as greedy and then "not one more". */
  #possessive(pattern: Pattern, at: number): Pattern {
    if (pattern.kind !== 'repeat') return pattern;
    if (pattern.of.kind !== 'char' || pattern.max !== Infinity) {
      this.#fail('a possessive repeat is only supported after one character or class, as in `[a-z]++`', at);
    }
    const stop: Pattern = { kind: 'look', of: pattern.of, ahead: true, negated: true };
    return { kind: 'sequence', of: [pattern, stop] };
  }

  /** The bounds of a repeat at this place; a `{` that starts no bounds is a literal. */
  #bounds(): { min: number; max: number } | null {
    if (this.#accept('*')) return { min: 0, max: Infinity };
    if (this.#accept('+')) return { min: 1, max: Infinity };
    if (this.#accept('?')) return { min: 0, max: 1 };
    const counted = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#source.slice(this.#at, this.#at + 24));
    if (counted === null) return null;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === '' ? Infinity : Number(counted[3]);
    if (max < min) this.#fail(`the repeat ${counted[0]} ends before it starts`);
    if (min > REPEAT_LIMIT || (max !== Infinity && max > REPEAT_LIMIT)) {
      this.#fail(`a repeat counts to at most ${REPEAT_LIMIT}`);
    }
    this.#at += counted[0].length;
    return { min, max };
  }

  #atom(): Pattern {
    const at = this.#at;
    const point = this.#source.codePointAt(at) ?? 0;
    const char = String.fromCodePoint(point);
    this.#at += char.length;
    switch (char) {
      case '(':
        return this.#group(at);
      case '[':
        return { kind: 'char', set: this.#class(at) };
      case '.':
        return { kind: 'char', set: this.#flags.dotAll ? ANY : negate(single(10)) };
      case '^':
        return this.#assertion(this.#flags.multiLine ? 'line-start' : 'text-start');
      case '$':
        return this.#assertion(this.#flags.multiLine ? 'line-end' : 'text-end');
      case '\\':
        return this.#escape(at);
      case '*':
      case '+':
      case '?':
        return this.#fail(`nothing to repeat before \`${char}\``, at);
      default:
        return this.#char(single(point));
    }
  }

  #assertion(what: Assertion): Pattern {
    return { kind: 'assert', what };
  }

  #char(set: CharSet): Pattern {
    return { kind: 'char', set: this.#flags.ignoreCase ? foldCase(set) : set };
  }

  #group(at: number): Pattern {
    if (!this.#accept('?')) return this.#capture(null, at);
    if (this.#accept('#')) return this.#comment(at);
    if (this.#accept(':')) return this.#inner(at);
    if (this.#accept('>')) return this.#fail('atomic groups `(?>…)` are not supported', at);
    if (this.#accept('=')) return this.#look(true, false, at);
    if (this.#accept('!')) return this.#look(true, true, at);
    if (this.#accept('<=')) return this.#look(false, false, at);
    if (this.#accept('<!')) return this.#look(false, true, at);
    if (this.#accept('P=') || this.#accept('P>'))
      return this.#fail('references to groups are not supported', at);
    if (this.#accept('<') || this.#accept('P<') || this.#accept("'")) return this.#named(at);
    return this.#flagGroup(at);
  }

  #comment(at: number): Pattern {
    const end = this.#source.indexOf(')', this.#at);
    if (end < 0) this.#fail('a comment `(?#` without `)`', at);
    this.#at = end + 1;
    return EMPTY;
  }

  #named(at: number): Pattern {
    const name = /^[^>'()]*/.exec(this.#source.slice(this.#at))?.[0] ?? '';
    const nameAt = this.#at;
    this.#at += name.length;
    if (!this.#accept('>') && !this.#accept("'")) this.#fail('a group name without `>` after it', nameAt);
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
      this.#fail(
        `\`${name}\` cannot name a group: letters, digits and \`_\`, not starting with a digit`,
        nameAt,
      );
    }
    if (this.#names.includes(name)) this.#fail(`two groups are named \`${name}\``, nameAt);
    return this.#capture(name, at);
  }

  #capture(name: string | null, at: number): Pattern {
    const number = this.#names.length;
    const outer = this.#openGroup;
    this.#names.push(name);
    this.#parents.push(outer);
    this.#openGroup = number;
    const of = this.#inner(at);
    this.#openGroup = outer;
    return { kind: 'group', of, number };
  }

  #look(ahead: boolean, negated: boolean, at: number): Pattern {
    return { kind: 'look', of: this.#inner(at), ahead, negated };
  }

  #inner(at: number): Pattern {
    const of = this.#choice();
    if (!this.#accept(')')) this.#fail('`(` without `)`', at);
    return of;
  }

  /** `(?i)` holds to the end of the group around it, `(?i:…)` only inside. */
  #flagGroup(at: number): Pattern {
    const written = /^([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])/.exec(this.#source.slice(this.#at));
    if (written === null) return this.#fail('`(?` is followed by nothing known', at);
    const [whole, on = '', off = '', end] = written;
    const unknown = /[^imsxuUd]/.exec(on + off);
    if (unknown !== null) this.#fail(`the flag \`${unknown[0]}\` is not known`, this.#at);
    if (/U/.test(on))
      this.#fail('the flag `U` is not supported; write `*?` for the shortest match', this.#at);
    this.#at += whole.length;
    const outside = this.#flags;
    const flag = (letter: string, before: boolean) =>
      !off.includes(letter) && (on.includes(letter) || before);
    this.#flags = {
      ignoreCase: flag('i', outside.ignoreCase),
      multiLine: flag('m', outside.multiLine),
      dotAll: flag('s', outside.dotAll),
      comments: flag('x', outside.comments),
    };
    if (end === ')') return EMPTY;
    const inner = this.#inner(at);
    this.#flags = outside;
    return inner;
  }

  #escape(at: number): Pattern {
    const letter = this.#source[this.#at];
    if (letter === undefined) return this.#fail('a lone `\\` at the end', at);
    switch (letter) {
      case 'b':
        this.#at++;
        return this.#assertion('word-boundary');
      case 'B':
        this.#at++;
        return this.#assertion('no-word-boundary');
      case 'A':
        this.#at++;
        return this.#assertion('text-start');
      case 'z':
        this.#at++;
        return this.#assertion('text-end');
      case 'Z':
        this.#at++;
        return this.#assertion('last-line-end');
      case 'Q':
        this.#at++;
        return this.#quoted();
      case 'E':
        this.#at++;
        return EMPTY;
      case 'R':
        this.#at++;
        return lineBreak();
    }
    if (/[1-9]/.test(letter) || (letter === 'k' && /^k[<{']/.test(this.#source.slice(this.#at)))) {
      return this.#fail('back-references are not supported: they cannot be matched in linear time', at);
    }
    const set = this.#classEscape();
    if (set !== null) return { kind: 'char', set: this.#flags.ignoreCase ? foldCase(set) : set };
    return this.#char(single(this.#charEscape(at)));
  }

  #quoted(): Pattern {
    const end = this.#source.indexOf('\\E', this.#at);
    const quoted = this.#source.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#source.length : end + 2;
    const of: Pattern[] = Array.from(quoted, (char) => this.#char(single(char.codePointAt(0) ?? 0)));
    // A repeat after the quoted text repeats its last character only.
    const last = of.pop();
    if (last !== undefined) of.push(this.#repeated(last));
    if (of.length === 1) return of[0] ?? EMPTY;
    return of.length === 0 ? EMPTY : { kind: 'sequence', of };
  }

  /** `\d`, `\p{L}` and the like after the backslash; null, with nothing read, for other escapes. */
  #classEscape(): CharSet | null {
    const letter = this.#source[this.#at] ?? '';
    const base = SHORT_CLASSES.get(letter.toLowerCase());
    if (base !== undefined) {
      this.#at++;
      return letter === letter.toLowerCase() ? base : negate(base);
    }
    if (letter === 'N') {
      this.#at++;
      return negate(single(10));
    }
    if (letter !== 'p' && letter !== 'P') return null;
    const written = /^[pP](?:\{(\^?)([^}]*)\}|([A-Za-z]))/.exec(this.#source.slice(this.#at));
    if (written === null) return this.#fail('`\\p` needs a name, as in `\\p{L}`', this.#at - 1);
    const name = written[2] ?? written[3] ?? '';
    const set = propertySet(name);
    if (set === null) return this.#fail(`the character class \`${name}\` is not known`, this.#at - 1);
    this.#at += written[0].length;
    return (letter === 'P') !== (written[1] === '^') ? negate(set) : set;
  }

  /** The one character that an escape stands for; the backslash is read. */
  #charEscape(at: number): number {
    const point = this.#source.codePointAt(this.#at);
    if (point === undefined) return this.#fail('a lone `\\` at the end', at);
    const letter = String.fromCodePoint(point);
    this.#at += letter.length;
    const control = CONTROL_ESCAPES.get(letter);
    if (control !== undefined) return control;
    if (letter === 'x' || letter === 'u') return this.#hexEscape(letter, at);
    if (letter === '0') {
      const octal = /^[0-7]{0,3}/.exec(this.#source.slice(this.#at))?.[0] ?? '';
      this.#at += octal.length;
      return Number.parseInt(octal === '' ? '0' : octal, 8);
    }
    if (letter === 'c') {
      const control = this.#source.charCodeAt(this.#at++);
      return Number.isNaN(control) ? this.#fail('`\\c` needs a letter', at) : control & 31;
    }
    if (/[A-Za-z]/.test(letter)) return this.#fail(`the escape \`\\${letter}\` is not known`, at);
    return point;
  }

  #hexEscape(letter: 'x' | 'u', at: number): number {
    const form =
      letter === 'x'
        ? /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/
        : /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/;
    const hex = form.exec(this.#source.slice(this.#at));
    if (hex === null)
      return this.#fail(`\`\\${letter}\` needs ${letter === 'x' ? 'two' : 'four'} hex digits`, at);
    this.#at += hex[0].length;
    const point = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    return point > 0x10ffff ? this.#fail('there is no such character', at) : point;
  }

  /** A bracket class; its `[` is read. `&&` intersects, and only after it `[` opens a class inside. */
  #class(at: number): CharSet {
    const negated = this.#accept('^');
    let whole: CharSet | null = null;
    let sets: CharSet[] = [];
    for (let first = true; ; first = false) {
      if (this.#at >= this.#source.length) this.#fail('`[` without `]`', at);
      if (!first && this.#accept(']')) break;
      if (!first && this.#source.startsWith('&&', this.#at) && this.#source[this.#at + 2] !== '&') {
        this.#at += 2;
        whole = whole === null ? union(sets) : intersect(whole, union(sets));
        sets = [];
        const nestedAt = this.#at;
        if (this.#accept('[')) sets.push(this.#class(nestedAt));
        continue;
      }
      sets.push(this.#classItem(at));
    }
    const set = whole === null ? union(sets) : intersect(whole, union(sets));
    const folded = this.#flags.ignoreCase ? foldCase(set) : set;
    return negated ? negate(folded) : folded;
  }

  #classItem(at: number): CharSet {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (posix !== null) {
      const set = posixSet(posix[2] ?? '');
      if (set === null) return this.#fail(`the character class \`${posix[2]}\` is not known`);
      this.#at += posix[0].length;
      return posix[1] === '^' ? negate(set) : set;
    }
    const itemAt = this.#at;
    const from = this.#classChar(at);
    if (typeof from !== 'number') return from;
    if (this.#source[this.#at] !== '-' || /^-(?:\]|$)/.test(this.#source.slice(this.#at, this.#at + 2))) {
      return single(from);
    }
    const dashAt = this.#at++;
    const to = this.#classChar(at);
    if (typeof to !== 'number') {
      // `[\w-\s]`, `[a-\d]`: the dash stands for itself, as in JavaScript and Perl.
      return union([single(from), single(45), to]);
    }
    if (to < from)
      this.#fail(`the range \`${this.#source.slice(itemAt, this.#at)}\` is out of order`, dashAt);
    return [from, to];
  }

  #classChar(at: number): number | CharSet {
    const point = this.#source.codePointAt(this.#at);
    if (point === undefined) return this.#fail('`[` without `]`', at);
    if (point !== 0x5c) {
      this.#at += point > 0xffff ? 2 : 1;
      return point;
    }
    const escapeAt = this.#at++;
    if (this.#accept('b')) return 8;
    return this.#classEscape() ?? this.#charEscape(escapeAt);
  }
}

/** A repeat; what consumes nothing is tried once or not at all. */
function repeat(of: Pattern, min: number, max: number, greedy: boolean): Pattern {
  if (max === 0 || of.kind === 'empty') return EMPTY;
  if (min === 1 && max === 1) return of;
  if (of.kind === 'assert' || of.kind === 'look') return min === 0 ? EMPTY : of;
  return { kind: 'repeat', of, min, max, greedy };
}

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

function lineBreak(): Pattern {
  const pair: Pattern = {
    kind: 'sequence',
    of: [
      { kind: 'char', set: single(13) },
      { kind: 'char', set: single(10) },
    ],
  };
  return { kind: 'choice', of: [pair, { kind: 'char', set: VERTICAL_SPACE }] };
}
