import { ANY, type CharSet, foldCase, negate, single, VERTICAL_SPACE } from './char-set.ts';
import type { Assertion, ParsedPattern, Pattern, PatternError } from './pattern.ts';
import { PatternCursor, PatternMistake } from './pattern-cursor.ts';
import { readCharEscape, readClass, readClassEscape } from './read-class.ts';

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

/** Recursive descent over the source; deep nesting is refused before the stack could end. */
class PatternReader {
  readonly #cursor: PatternCursor;
  #depth = 0;
  #flags: Flags;
  #openGroup = 0;
  readonly #names: (string | null)[] = [null];
  readonly #parents: number[] = [0];

  constructor(source: string, flags: string) {
    this.#cursor = new PatternCursor(source);
    this.#flags = {
      ignoreCase: flags.includes('i'),
      multiLine: flags.includes('m'),
      dotAll: flags.includes('s'),
      comments: flags.includes('x'),
    };
  }

  read(): ParsedPattern {
    const pattern = this.#choice();
    if (this.#cursor.at < this.#cursor.source.length) this.#cursor.fail('`)` without a `(` before it');
    return { pattern, groupNames: this.#names, groupParents: this.#parents };
  }

  #choice(): Pattern {
    if (++this.#depth > 200) this.#cursor.fail('groups are nested too deeply');
    const outside = this.#flags;
    const options: Pattern[] = [this.#sequence()];
    while (this.#cursor.accept('|')) options.push(this.#sequence());
    this.#flags = outside;
    this.#depth--;
    return options.length === 1 ? (options[0] ?? EMPTY) : { kind: 'choice', of: options };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#cursor.at < this.#cursor.source.length) {
      this.#skipComments();
      const next = this.#cursor.source[this.#cursor.at];
      if (next === undefined || next === '|' || next === ')') break;
      const part = this.#repeated(this.#atom());
      if (part.kind !== 'empty') parts.push(part);
    }
    if (parts.length === 1) return parts[0] ?? EMPTY;
    return parts.length === 0 ? EMPTY : { kind: 'sequence', of: parts };
  }

  #skipComments(): void {
    if (!this.#flags.comments) return;
    const skipped = /^(?:\s+|#[^\n]*)+/.exec(this.#cursor.source.slice(this.#cursor.at));
    if (skipped !== null) this.#cursor.at += skipped[0].length;
  }

  #repeated(atom: Pattern): Pattern {
    let pattern = atom;
    for (let times = 0; ; times++) {
      this.#skipComments();
      const at = this.#cursor.at;
      const bounds = this.#bounds();
      if (bounds === null) return pattern;
      if (times > 0) this.#cursor.fail('a repeat after a repeat; put the first in a group', at);
      const possessive = this.#cursor.accept('+');
      const greedy = possessive || !this.#cursor.accept('?');
      pattern = repeat(atom, bounds.min, bounds.max, greedy);
      if (possessive) pattern = this.#possessive(pattern, at);
    }
  }

  /** A possessive run of one class ends where the class ends: the same as greedy and then "not one more". */
  #possessive(pattern: Pattern, at: number): Pattern {
    if (pattern.kind !== 'repeat') return pattern;
    if (pattern.of.kind !== 'char' || pattern.max !== Infinity) {
      this.#cursor.fail(
        'a possessive repeat is only supported after one character or class, as in `[a-z]++`',
        at,
      );
    }
    const stop: Pattern = { kind: 'look', of: pattern.of, ahead: true, negated: true };
    return { kind: 'sequence', of: [pattern, stop] };
  }

  /** The bounds of a repeat at this place; a `{` that starts no bounds is a literal. */
  #bounds(): { min: number; max: number } | null {
    if (this.#cursor.accept('*')) return { min: 0, max: Infinity };
    if (this.#cursor.accept('+')) return { min: 1, max: Infinity };
    if (this.#cursor.accept('?')) return { min: 0, max: 1 };
    const counted = /^\{(\d+)(?:(,)(\d*))?\}/.exec(
      this.#cursor.source.slice(this.#cursor.at, this.#cursor.at + 24),
    );
    if (counted === null) return null;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === '' ? Infinity : Number(counted[3]);
    if (max < min) this.#cursor.fail(`the repeat ${counted[0]} ends before it starts`);
    if (min > REPEAT_LIMIT || (max !== Infinity && max > REPEAT_LIMIT)) {
      this.#cursor.fail(`a repeat counts to at most ${REPEAT_LIMIT}`);
    }
    this.#cursor.at += counted[0].length;
    return { min, max };
  }

  #atom(): Pattern {
    const at = this.#cursor.at;
    const point = this.#cursor.source.codePointAt(at) ?? 0;
    const char = String.fromCodePoint(point);
    this.#cursor.at += char.length;
    switch (char) {
      case '(':
        return this.#group(at);
      case '[':
        return { kind: 'char', set: readClass(this.#cursor, at, this.#flags.ignoreCase) };
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
        return this.#cursor.fail(`nothing to repeat before \`${char}\``, at);
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
    if (!this.#cursor.accept('?')) return this.#capture(null, at);
    if (this.#cursor.accept('#')) return this.#comment(at);
    if (this.#cursor.accept(':')) return this.#inner(at);
    if (this.#cursor.accept('>')) return this.#cursor.fail('atomic groups `(?>…)` are not supported', at);
    if (this.#cursor.accept('=')) return this.#look(true, false, at);
    if (this.#cursor.accept('!')) return this.#look(true, true, at);
    if (this.#cursor.accept('<=')) return this.#look(false, false, at);
    if (this.#cursor.accept('<!')) return this.#look(false, true, at);
    if (this.#cursor.accept('P=') || this.#cursor.accept('P>'))
      return this.#cursor.fail('references to groups are not supported', at);
    if (this.#cursor.accept('<') || this.#cursor.accept('P<') || this.#cursor.accept("'"))
      return this.#named(at);
    return this.#flagGroup(at);
  }

  #comment(at: number): Pattern {
    const end = this.#cursor.source.indexOf(')', this.#cursor.at);
    if (end < 0) this.#cursor.fail('a comment `(?#` without `)`', at);
    this.#cursor.at = end + 1;
    return EMPTY;
  }

  #named(at: number): Pattern {
    const name = /^[^>'()]*/.exec(this.#cursor.source.slice(this.#cursor.at))?.[0] ?? '';
    const nameAt = this.#cursor.at;
    this.#cursor.at += name.length;
    if (!this.#cursor.accept('>') && !this.#cursor.accept("'"))
      this.#cursor.fail('a group name without `>` after it', nameAt);
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
      this.#cursor.fail(
        `\`${name}\` cannot name a group: letters, digits and \`_\`, not starting with a digit`,
        nameAt,
      );
    }
    if (this.#names.includes(name)) this.#cursor.fail(`two groups are named \`${name}\``, nameAt);
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
    if (!this.#cursor.accept(')')) this.#cursor.fail('`(` without `)`', at);
    return of;
  }

  /** `(?i)` holds to the end of the group around it, `(?i:…)` only inside. */
  #flagGroup(at: number): Pattern {
    const written = /^([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])/.exec(this.#cursor.source.slice(this.#cursor.at));
    if (written === null) return this.#cursor.fail('`(?` is followed by nothing known', at);
    const [whole, on = '', off = '', end] = written;
    const unknown = /[^imsxuUd]/.exec(on + off);
    if (unknown !== null) this.#cursor.fail(`the flag \`${unknown[0]}\` is not known`, this.#cursor.at);
    if (/U/.test(on))
      this.#cursor.fail('the flag `U` is not supported; write `*?` for the shortest match', this.#cursor.at);
    this.#cursor.at += whole.length;
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
    const letter = this.#cursor.source[this.#cursor.at];
    if (letter === undefined) return this.#cursor.fail('a lone `\\` at the end', at);
    switch (letter) {
      case 'b':
        this.#cursor.at++;
        return this.#assertion('word-boundary');
      case 'B':
        this.#cursor.at++;
        return this.#assertion('no-word-boundary');
      case 'A':
        this.#cursor.at++;
        return this.#assertion('text-start');
      case 'z':
        this.#cursor.at++;
        return this.#assertion('text-end');
      case 'Z':
        this.#cursor.at++;
        return this.#assertion('last-line-end');
      case 'Q':
        this.#cursor.at++;
        return this.#quoted();
      case 'E':
        this.#cursor.at++;
        return EMPTY;
      case 'R':
        this.#cursor.at++;
        return lineBreak();
    }
    if (
      /[1-9]/.test(letter) ||
      (letter === 'k' && /^k[<{']/.test(this.#cursor.source.slice(this.#cursor.at)))
    ) {
      return this.#cursor.fail(
        'back-references are not supported: they cannot be matched in linear time',
        at,
      );
    }
    const set = readClassEscape(this.#cursor);
    if (set !== null) return { kind: 'char', set: this.#flags.ignoreCase ? foldCase(set) : set };
    return this.#char(single(readCharEscape(this.#cursor, at)));
  }

  #quoted(): Pattern {
    const end = this.#cursor.source.indexOf('\\E', this.#cursor.at);
    const quoted = this.#cursor.source.slice(this.#cursor.at, end < 0 ? undefined : end);
    this.#cursor.at = end < 0 ? this.#cursor.source.length : end + 2;
    const of: Pattern[] = Array.from(quoted, (char) => this.#char(single(char.codePointAt(0) ?? 0)));
    // A repeat after the quoted text repeats its last character only.
    const last = of.pop();
    if (last !== undefined) of.push(this.#repeated(last));
    if (of.length === 1) return of[0] ?? EMPTY;
    return of.length === 0 ? EMPTY : { kind: 'sequence', of };
  }
}

/** A repeat; what consumes nothing is tried once or not at all. */
function repeat(of: Pattern, min: number, max: number, greedy: boolean): Pattern {
  if (max === 0 || of.kind === 'empty') return EMPTY;
  if (min === 1 && max === 1) return of;
  if (of.kind === 'assert' || of.kind === 'look') return min === 0 ? EMPTY : of;
  return { kind: 'repeat', of, min, max, greedy };
}

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
