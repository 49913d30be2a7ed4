import fc from 'fast-check';
import { FLOWS, LINES, MIXED } from './generate-data.ts';

/** Draws a value from an arbitrary. */
export type Draw = fc.GeneratorValue;

/** Whole numbers from 0 on, all as likely. */
const upTo = (most: number) => fc.noBias(fc.integer({ min: 0, max: most }));

/** Expressions and scopes over the fields that a query has at some point. */
export class QueryWords {
  texts: string[] = ['a', 'b', 'ip', '__proto__', 'constructor', 'Mixed'];
  numbers: string[] = ['n'];
  fresh = 0;
  readonly #draw: Draw;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.#draw(upTo, from.length - 1)]!;
  }
  chance(of: number): boolean {
    return this.#draw(upTo, of - 1) === 0;
  }
  upTo(most: number): number {
    return this.#draw(upTo, most - 1) + 1;
  }
  /** One to `most` different ones. */
  some<T>(from: readonly T[], most = 2): T[] {
    const found = new Set<T>();
    for (let left = this.upTo(most); left > 0; left--) found.add(this.pick(from));
    return [...found];
  }
  /** A name for a field that a stage makes; with `maySet` perhaps one that messages have. */
  newField(kind: 'text' | 'number', maySet: boolean): string {
    const name = maySet && this.chance(4) ? this.pick(['a', 'Mixed', '__proto__']) : `f${this.fresh++}`;
    this.know(kind, name);
    return name;
  }
  know(kind: 'text' | 'number', name: string): void {
    this.texts = this.texts.filter((each) => each !== name);
    this.numbers = this.numbers.filter((each) => each !== name);
    (kind === 'text' ? this.texts : this.numbers).push(name);
  }
  get all(): string[] {
    return [...this.texts, ...this.numbers];
  }
  /** A field as people may write it. */
  field(from: readonly string[] = this.all): string {
    const name = from.length === 0 ? 'nothing' : this.pick(from);
    return name === 'Mixed' && this.chance(2) ? this.pick(['MIXED', 'mixed']) : name;
  }

  // ---- expressions

  text(depth: number): string {
    const word = () => JSON.stringify(this.pick(MIXED.filter((each) => each !== '"q"')));
    if (depth <= 0) return this.texts.length > 0 && !this.chance(3) ? this.field(this.texts) : word();
    switch (this.upTo(11)) {
      case 9:
        return this.#format(depth);
      case 10:
        return `${this.pick(['urldecode(urlencode', 'base64Decode(base64Encode', 'urldecode(trim', 'toString(hexToDec', 'trim(decToHex'])}(${this.text(depth - 1)}))`;
      case 1:
        return `concat(${this.text(depth - 1)}, ${this.chance(3) ? this.number(0) : this.text(depth - 1)})`;
      case 2:
        return `${this.pick(['toLowerCase', 'toUpperCase', 'trim', 'base64Encode', 'urlencode', 'hash'])}(${this.text(depth - 1)})`;
      case 3:
        return `if(${this.condition(depth - 1)}, ${this.text(depth - 1)}, ${this.text(depth - 1)})`;
      case 4:
        return `substring(${this.text(depth - 1)}, ${this.pick([0, 1, 2])}${this.chance(2) ? `, ${this.pick([2, 3, 9])}` : ''})`;
      case 5:
        return `replace(${this.text(depth - 1)}, ${this.pick(['"x"', '"."', '"0"', '""', '"aa"'])}, ${this.text(0)})`;
      case 6:
        return `getCIDRPrefix(${this.chance(3) ? this.text(0) : 'ip'}, "${this.pick([0, 8, 27, 32])}")`;
      case 7:
        return `toString(${this.number(depth - 1)})`;
      default:
        return this.text(0);
    }
  }

  #format(depth: number): string {
    const text = () => `concat(${this.text(depth - 1)}, "")`;
    const count = () => `length(${this.text(0)})`;
    return this.pick([
      () => `format("%s|%5s|%-4s|", ${text()}, ${text()}, ${text()})`,
      () => `format("%d|%05d|%,d", ${count()}, ${count()}, 1000 * ${count()})`,
      () => `format("%.2f %8.3f", ${count()} / 4, ${count()} / 8)`,
    ])();
  }

  number(depth: number): string {
    const literal = () => this.pick(['0', '1', '2.5', '10', '1k', '-3', '5s']);
    if (depth <= 0)
      return this.chance(3) ? literal() : this.field(this.chance(3) ? this.texts : this.numbers);
    switch (this.upTo(7)) {
      case 1:
      case 2:
        return `(${this.number(depth - 1)} ${this.pick(['+', '-', '*', '/', '%'])} ${this.number(depth - 1)})`;
      case 3:
        return `${this.pick(['abs', 'ceil', 'floor', 'round', 'sqrt', 'num', 'toLong', 'toInt'])}(${this.number(depth - 1)})`;
      case 4:
        return `${this.pick(['max', 'min'])}(${this.number(depth - 1)}, ${this.number(depth - 1)})`;
      case 5:
        return `if(${this.condition(depth - 1)}, ${this.number(depth - 1)}, ${this.number(depth - 1)})`;
      case 6:
        return this.chance(2) ? `length(${this.text(depth - 1)})` : `ipv4ToNumber(${this.text(0)})`;
      default:
        return this.number(0);
    }
  }

  condition(depth: number): string {
    const operator = () => this.pick(['=', '==', '!=', '<>', '<', '<=', '>', '>=']);
    switch (this.upTo(depth > 0 ? 11 : 7)) {
      case 1:
        return `${this.text(depth - 1)} ${operator()} ${this.text(depth - 1)}`;
      case 2:
        return `${this.number(depth - 1)} ${operator()} ${this.number(depth - 1)}`;
      case 3:
        return `${this.text(0)} ${operator()} ${this.number(0)}`;
      case 4:
        return `${this.text(depth - 1)} matches ${this.pick(['"*"', '"x*"', '"*0"', '"*a*b*"', '/[0-9]+/', '/^x/', '"1?0"', '""'])}`;
      case 5:
        return `${this.field(this.texts)} ${this.pick(['in', 'not in'])} ("x", "1", ${this.chance(2) ? '10' : this.text(0)})`;
      case 6:
        return `${this.pick(['isNull', 'isEmpty', 'isBlank', 'isNumeric', 'isValidIPv4', 'luhn'])}(${this.text(depth - 1)})`;
      case 7:
        return `contains(${this.text(depth - 1)}, ${this.text(0)})`;
      case 8:
        return `(${this.condition(depth - 1)} ${this.pick(['and', 'or', '&&', '||'])} ${this.condition(depth - 1)})`;
      case 9:
        return `!(${this.condition(depth - 1)})`;
      case 10:
        if (this.chance(3))
          return `${this.pick(['isPublicIP', 'isPrivateIP', 'isReservedIP'])}(${this.field(['ip', 'b'])})`;
        return `compareCIDRPrefix(ip, "10.0.0.9", "${this.pick([8, 24, 32])}")`;
      default:
        return `num(${this.text(0)}) in (1, 2.5, 10)`;
    }
  }

  scope(depth: number): string {
    switch (this.upTo(depth > 0 ? 11 : 7)) {
      case 1:
        return '*';
      case 2:
        return this.pick(['user', 'code', 'GET', 'a*', '*0*', 'err?r', 'tex?_1', 'amy', '200', 'naïve']);
      case 3:
        return this.pick([
          'user=amy',
          'code=*',
          '"two words"',
          'amy@*.io',
          '"user=amy"',
          '/a',
          '"x=1 user"',
          '10.0.0.1',
          '10.*.0.1',
          'eni-*',
          '"user*"',
          '"*user=a*"',
          '"amy@*.io"',
          '"GET * user"',
        ]);
      case 4:
        return `${this.pick(['Mixed', 'a', '__proto__'])}=${this.pick(['x', 'X*', '*', '"a b"', '1', '?'])}`;
      case 5:
        return `_sourceCategory=${this.pick(['Test/one', 'test/*', '*x*'])}`;
      case 6:
      case 7:
        return this.#cutting();
      case 8:
        return `(${this.scope(depth - 1)} ${this.pick(['and', 'OR', ''])} ${this.scope(depth - 1)})`;
      case 9:
        return `${this.pick(['NOT ', '!'])}(${this.scope(depth - 1)})`;
      default:
        return this.scope(0);
    }
  }

  /** A piece of a message as a phrase, or as a keyword with wildcards. */
  #cutting(): string {
    const line = this.pick([...LINES, ...FLOWS].filter((each) => /^[^"\\\t]+$/.test(each)));
    const from = this.upTo(line.length) - 1;
    const piece = line.slice(from, from + this.upTo(14)).trim();
    if (piece === '') return '*';
    if (!/^[\w.@:-]+$/.test(piece) || this.chance(3)) return `"${piece}"`;
    if (/^(and|or|not)$/i.test(piece) || piece.startsWith('-')) return `"${piece}"`;
    return this.pick([
      piece,
      `*${piece}*`,
      `${piece}*`,
      `*${piece}`,
      piece.replace(/(\w)\w/, '$1?'),
      piece.toUpperCase(),
    ]);
  }
}
