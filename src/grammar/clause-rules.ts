import type { TokenType } from 'chevrotain';
import type { Arg, Args } from './ast.ts';
import { amountOf, canStart, emptyValue, isKeyword, textOf } from './clause-captures.ts';
import { fieldOf, nameOf, pathValue } from './expression-rules.ts';
import { type FirstSet, firstOf, firstOfSequence, isFieldList, type OperatorForm } from './forms.ts';
import { durationUnit } from './literals.ts';
import type { Rule, StageParser } from './parser.ts';
import type { ClauseShape, Syntax } from './syntax.ts';
import {
  Comma,
  Equals,
  Group,
  keywordToken,
  LeftParen,
  Minus,
  NameToken,
  NumberToken,
  Path,
  PipelineToken,
  PlainNumber,
  Plus,
  RightParen,
  symbolToken,
  TextToken,
  type Token,
} from './tokens.ts';

/** Reads one clause and returns what it captured. */
type Reader = () => Arg;

/** What surrounds a clause: keywords that would be read as names where a name is optional. */
interface Around {
  /** Keywords that may stand right after the clause. */
  readonly follow: ReadonlySet<string>;
  /** Keywords that may stand after a comma which ends the clause. */
  readonly afterComma: ReadonlySet<string>;
}

const NO_WORDS: ReadonlySet<string> = new Set();

/** Defines the rule for what follows an operator's name, from its syntax record. */
export function defineOperator(parser: StageParser, form: OperatorForm): Rule<Args> {
  const compiler = new ClauseCompiler(parser);
  const read = compiler.record(form.entry.syntax, { follow: NO_WORDS, afterComma: NO_WORDS });
  return parser.rule(`stage ${form.entry.name}`, read);
}

/** Turns clauses into Chevrotain calls. Every call inside one rule has a number of its own. */
class ClauseCompiler {
  readonly #parser: StageParser;
  #next = 0;

  constructor(parser: StageParser) {
    this.#parser = parser;
  }

  /** Chevrotain tells calls of one kind apart by numbers below 256. */
  #index(): number {
    this.#next++;
    if (this.#next > 255) throw new Error('a syntax record has more than 255 clauses');
    return this.#next;
  }

  record(parts: Syntax, around: Around): () => Args {
    const entries = Object.entries(parts) as readonly (readonly [string, ClauseShape])[];
    const readers = entries.map(([key, clause], position) => {
      const rest = firstOfSequence(entries.slice(position + 1).map(([, next]) => next));
      const follow = rest.empty ? new Set([...rest.words, ...around.follow]) : rest.words;
      return [key, this.clause(clause, { follow, afterComma: around.afterComma })] as const;
    });
    return () => {
      const args: Record<string, Arg> = {};
      for (const [key, read] of readers) args[key] = read();
      return args;
    };
  }

  clause(clause: ClauseShape, around: Around): Reader {
    switch (clause.kind) {
      case 'word':
        return this.#word(clause.words);
      case 'symbol':
        return this.#symbol(clause.symbol, clause.tight);
      case 'field':
        return this.#token(NameToken, fieldOf);
      case 'name':
        return this.#token(NameToken, nameOf);
      case 'text':
        return clause.bare ? this.#bareText() : this.#token(TextToken, textOf);
      case 'path':
        return this.#path();
      case 'amount':
        return this.#amount(clause.duration, clause.signed);
      case 'expression': {
        const index = this.#index();
        return () => this.#parser.call(index, this.#parser.expressionRules.expression);
      }
      case 'pipeline': {
        const index = this.#index();
        return () => (this.#parser.nested.get(this.#parser.read(index, PipelineToken)) ?? null) as Arg;
      }
      case 'setting':
        return this.#setting(clause.word, clause.of, around);
      case 'sequence':
        return this.record(clause.parts, around);
      case 'optional':
        return this.#optional(clause.of, around);
      case 'list':
        return this.#list(clause, around);
      case 'choice':
        return this.#choice(clause.options, around);
      case 'anyOrder':
        return this.#anyOrder(clause.parts, around);
    }
  }

  #token(type: TokenType, make: (token: Token) => Arg): Reader {
    const index = this.#index();
    const parser = this.#parser;
    return () => {
      const token = parser.read(index, type);
      return parser.recording ? null : make(token);
    };
  }

  #word(words: readonly string[]): Reader {
    const parser = this.#parser;
    const options = words.map((word) => {
      const index = this.#index();
      const type = keywordToken(word.toLowerCase());
      return {
        ALT: () => {
          parser.mark(parser.read(index, type), 'keyword', word);
          return true as const;
        },
      };
    });
    const [only] = options;
    if (only !== undefined && options.length === 1)
      return words[0] === 'by' ? this.#groupBy(only.ALT) : only.ALT;
    const index = this.#index();
    return () => parser.choose(index, options);
  }

  /** `by`, also written `group by`. */
  #groupBy(by: Reader): Reader {
    const parser = this.#parser;
    const [option, group] = [this.#index(), this.#index()];
    const readGroup = (): void => {
      parser.mark(parser.read(group, Group), 'keyword');
    };
    return () => {
      parser.perhaps(option, readGroup);
      return by();
    };
  }

  #symbol(marks: string, tight: boolean): Reader {
    const parser = this.#parser;
    const reads = [...marks].map((mark) => ({ index: this.#index(), type: symbolToken(mark) }));
    const role = tight ? 'tight' : marks === '-' || marks === '+' ? 'prefix' : null;
    return () => {
      for (const { index, type } of reads) parser.mark(parser.read(index, type), role);
      return true;
    };
  }

  #bareText(): Reader {
    const parser = this.#parser;
    const options = [TextToken, NameToken, NumberToken].map((type) => {
      const index = this.#index();
      return { ALT: () => textOf(parser.read(index, type)) };
    });
    const index = this.#index();
    return () => parser.choose(index, options);
  }

  #path(): Reader {
    const parser = this.#parser;
    const [path, quoted] = [this.#index(), this.#index()];
    const options = [
      {
        ALT: (): Arg => {
          const token = parser.read(path, Path);
          const value = pathValue(token.image);
          return { kind: 'text', value, raw: value, span: token.span };
        },
      },
      { ALT: (): Arg => textOf(parser.read(quoted, TextToken)) },
    ];
    const index = this.#index();
    return () => parser.choose(index, options);
  }

  #amount(duration: 'no' | 'yes' | 'either', signed: boolean): Reader {
    const parser = this.#parser;
    const [sign, either, minus, plus, number, unit, word] = Array.from({ length: 7 }, () =>
      this.#index(),
    ) as [number, number, number, number, number, number, number];
    const signs = [{ ALT: () => parser.read(minus, Minus) }, { ALT: () => parser.read(plus, Plus) }];
    const readSign = (): Token => {
      const token = parser.choose(either, signs);
      parser.mark(token, 'prefix');
      return token;
    };
    const readUnit = (): Token => parser.read(word, NameToken);
    const unitFollows = (): boolean => {
      const next = parser.peek(1);
      return parser.peek(0)?.tokenType === PlainNumber && next !== null && durationUnit(next.image) !== null;
    };
    return () => {
      const mark = signed ? parser.perhaps(sign, readSign) : undefined;
      const token = parser.read(number, NumberToken);
      const separate = duration === 'no' ? undefined : parser.perhaps(unit, readUnit, unitFollows);
      return parser.recording ? null : amountOf(parser, duration, mark, token, separate);
    };
  }

  #setting(word: string, of: ClauseShape, around: Around): Reader {
    const parser = this.#parser;
    const [index, equals, option] = [this.#index(), this.#index(), this.#index()];
    const type = keywordToken(word.toLowerCase());
    const readEquals = (): void => {
      parser.mark(parser.read(equals, Equals), 'tight');
    };
    const value = this.clause(of, around);
    return () => {
      parser.mark(parser.read(index, type), 'keyword', word);
      parser.perhaps(option, readEquals);
      return value();
    };
  }

  #optional(of: ClauseShape, around: Around): Reader {
    const parser = this.#parser;
    const index = this.#index();
    const missing = emptyValue(of);
    const read = this.clause(of, around);
    const first = firstOf(of);
    if (!first.name) return () => parser.perhaps(index, read) ?? missing;
    const gate = (): boolean => this.#mayStart(1, first, around.follow);
    return () => parser.perhaps(index, read, gate) ?? missing;
  }

  /** Whether the token `ahead` can start a clause and is no keyword of what comes after it. */
  #mayStart(ahead: number, first: FirstSet, follow: ReadonlySet<string>): boolean {
    const token = this.#parser.peek(ahead);
    if (token === null) return false;
    if (first.words.size > 0 && isKeyword(token, first.words)) return true;
    return !isKeyword(token, follow);
  }

  #list(clause: ClauseShape & { kind: 'list' }, around: Around): Reader {
    const parser = this.#parser;
    const first = firstOf(clause.of);
    const inner: Around = {
      follow: new Set([...around.follow, ...(clause.separator === 'none' ? first.words : NO_WORDS)]),
      afterComma: new Set([...around.afterComma, ...first.words]),
    };
    const [many, comma, comma2, and, option, either, whole] = Array.from({ length: 7 }, () =>
      this.#index(),
    ) as [number, number, number, number, number, number, number];
    const one = this.clause(clause.of, inner);
    const another = this.clause(clause.of, inner);
    const itemAt = (ahead: number): boolean => {
      const token = parser.peek(ahead);
      if (token === null || !canStart(token, first)) return false;
      return this.#mayStart(ahead, first, ahead === 1 ? around.follow : around.afterComma);
    };
    const commaThenItem = (): boolean =>
      parser.peek(1)?.tokenType !== Comma || itemAt(2) || parser.peek(2) === null;
    const readComma = (): void => {
      parser.read(comma, Comma);
    };
    const andOrComma = [
      {
        ALT: () => {
          parser.mark(parser.read(and, keywordToken('and')), 'keyword');
        },
      },
      {
        ALT: () => {
          parser.read(comma2, Comma);
        },
      },
    ];
    const separate: Readonly<Record<typeof clause.separator, () => void>> = {
      comma: readComma,
      and: () => parser.choose(either, andOrComma),
      'optional-comma': () => parser.perhaps(option, readComma),
      none: () => {},
    };
    const gates: Readonly<Record<typeof clause.separator, () => boolean>> = {
      comma: commaThenItem,
      and: commaThenItem,
      'optional-comma': () => (parser.peek(1)?.tokenType === Comma ? itemAt(2) : itemAt(1)),
      none: () => itemAt(1),
    };
    const readSeparator = separate[clause.separator];
    const gate = gates[clause.separator];
    const readAll = (): readonly Arg[] => {
      const items: Arg[] = [one()];
      parser.repeat(
        many,
        () => {
          readSeparator();
          items.push(another());
        },
        gate,
      );
      return items;
    };
    const read = isFieldList(clause) ? this.#maybeInParentheses(readAll) : readAll;
    if (clause.atLeast > 0) return read;
    return () =>
      parser.perhaps(whole, read, () => itemAt(1) || parser.peek(1)?.tokenType === LeftParen) ?? [];
  }

  #maybeInParentheses(read: Reader): Reader {
    const parser = this.#parser;
    const [opening, open, closing, close] = [this.#index(), this.#index(), this.#index(), this.#index()];
    const readOpen = (): true => {
      parser.read(open, LeftParen);
      return true;
    };
    const readClose = (): void => {
      parser.read(close, RightParen);
    };
    return () => {
      const opened = parser.perhaps(opening, readOpen);
      const value = read();
      parser.perhaps(closing, readClose, () => opened === true);
      return value;
    };
  }

  #choice(options: Syntax, around: Around): Reader {
    const parser = this.#parser;
    const alternatives = Object.entries(options).map(([key, option]) => {
      const read = this.clause(option, around);
      const marks = option.kind === 'symbol' ? [...option.symbol] : [];
      const ALT = (): Args => ({ [key]: read() });
      if (marks.length < 2) return { ALT };
      return { ALT, GATE: () => marks.every((mark, offset) => parser.peek(offset + 1)?.image === mark) };
    });
    const index = this.#index();
    return () => parser.choose(index, alternatives);
  }

  #anyOrder(parts: Syntax, around: Around): Reader {
    const parser = this.#parser;
    const entries = Object.entries(parts).map(([key, part]) => {
      const clause = part.kind === 'optional' ? part.of : part;
      return { key, clause, first: firstOf(clause), missing: emptyValue(clause) };
    });
    const partWords = new Set(entries.flatMap((entry) => [...entry.first.words]));
    const inner: Around = {
      follow: new Set([...around.follow, ...partWords]),
      afterComma: new Set([...around.afterComma, ...partWords]),
    };
    // A clause never contains itself, so one record of what was read is enough.
    let args: Record<string, Arg> = {};
    const unread = (key: string, ahead: number): boolean => {
      const entry = entries.find((candidate) => candidate.key === key);
      const token = parser.peek(ahead);
      if (entry === undefined || token === null || Object.hasOwn(args, key)) return false;
      return (
        canStart(token, entry.first) &&
        this.#mayStart(ahead, entry.first, ahead === 1 ? around.follow : around.afterComma)
      );
    };
    const alternatives = entries.map(({ key, clause }) => {
      const read = this.clause(clause, inner);
      return {
        GATE: () => unread(key, 1),
        ALT: () => {
          const value = read();
          args[key] = value;
        },
      };
    });
    const [many, option, comma, either] = [this.#index(), this.#index(), this.#index(), this.#index()];
    const readComma = (): void => {
      parser.read(comma, Comma);
    };
    const more = (): boolean => {
      const ahead = parser.peek(1)?.tokenType === Comma ? 2 : 1;
      return entries.some(({ key }) => unread(key, ahead));
    };
    const readPart = (): void => {
      parser.perhaps(option, readComma);
      parser.choose(either, alternatives);
    };
    return () => {
      args = {};
      parser.repeat(many, readPart, more);
      for (const { key, missing } of entries) if (!Object.hasOwn(args, key)) args[key] = missing;
      return args;
    };
  }
}
