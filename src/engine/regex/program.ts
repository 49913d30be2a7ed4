import { type CharSet, hasPoint, LAST_POINT } from './char-set.ts';
import type { Assertion, Pattern } from './pattern.ts';

/** Instructions are five numbers: the operation and up to four operands. */
export const STRIDE = 5;

/** `CHAR byte`: one ASCII character. */
export const CHAR = 0;
/** `LITERAL index`: the bytes of a literal. */
export const LITERAL = 1;
/** `CLASS index`: one character of a class. */
export const CLASS = 2;
/** `SPLIT first second mark`: first one way, on failure the other. `mark` numbers the splits. */
export const SPLIT = 3;
export const JUMP = 4;
/** `SAVE slot`: remembers the position in a capture slot. */
export const SAVE = 5;
/** `ASSERT index` into ASSERTIONS. */
export const ASSERT = 6;
/** `RUN_… class min max stop`: characters of a class; max -1 is unlimited; `stop` is the only byte that can follow, or -1. */
export const RUN_GREEDY = 7;
export const RUN_LAZY = 8;
/** A run that gives nothing back, because what follows cannot start inside the class. */
export const RUN_WHOLE = 9;
/** `LOOK index`: a lookaround. */
export const LOOK = 10;
export const MATCH = 11;

const ASSERTIONS: readonly Assertion[] = [
  'text-start',
  'text-end',
  'last-line-end',
  'line-start',
  'line-end',
  'word-boundary',
  'no-word-boundary',
];

/** How a class treats characters outside ASCII. */
export const WIDE_NONE = 0;
export const WIDE_ALL = 1;
export const WIDE_SOME = 2;

/** A class of characters, ready for bytes: `table[b]` is 1 for members below 128, and above for WIDE_ALL. */
export interface ByteClass {
  readonly table: Uint8Array;
  readonly wide: number;
  readonly set: CharSet;
}

/** A lookaround as the pattern it looks for, and the slots that it may capture. */
export interface Look {
  readonly pattern: Pattern;
  readonly ahead: boolean;
  readonly negated: boolean;
  /** Where its instructions start, for a look ahead; they end with MATCH. */
  readonly start: number;
  readonly slots: readonly number[];
}

/** A pattern as instructions for the machine. */
export interface Program {
  readonly code: Int32Array;
  readonly classes: readonly ByteClass[];
  readonly literals: readonly Uint8Array[];
  readonly looks: readonly Look[];
  /** Number of splits: the height of the table of visited states. */
  readonly marks: number;
}

/** What kind of program to make. */
export interface ProgramOptions {
  /** With run and literal instructions: fewer steps, but a state may be reached more than once. */
  readonly runs: boolean;
  /** Matches from right to left. */
  readonly backwards: boolean;
}

const PROGRAM_LIMIT = 20_000;

/** Thrown while building; the caller turns it into a pattern error. */
export class ProgramTooLarge extends Error {}

/** Turns a pattern into instructions. Throws ProgramTooLarge when counted repeats blow it up. */
export function buildProgram(pattern: Pattern, options: ProgramOptions): Program {
  return new ProgramBuilder(options).build(pattern);
}

class ProgramBuilder {
  readonly #options: ProgramOptions;
  readonly #code: number[] = [];
  readonly #classes: ByteClass[] = [];
  readonly #classBySet = new Map<CharSet, number>();
  readonly #literals: Uint8Array[] = [];
  readonly #looks: Look[] = [];
  readonly #pendingLooks: { readonly index: number; readonly of: Pattern }[] = [];
  #marks = 0;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  build(pattern: Pattern): Program {
    this.#emit(pattern);
    this.#add(MATCH);
    for (let next = this.#pendingLooks.shift(); next !== undefined; next = this.#pendingLooks.shift()) {
      const look = this.#looks[next.index];
      if (look !== undefined) this.#looks[next.index] = { ...look, start: this.#code.length };
      this.#emit(next.of);
      this.#add(MATCH);
    }
    return {
      code: Int32Array.from(this.#code),
      classes: this.#classes,
      literals: this.#literals,
      looks: this.#looks,
      marks: this.#marks,
    };
  }

  #add(operation: number, a = 0, b = 0, c = 0, d = 0): number {
    if (this.#code.length > PROGRAM_LIMIT * STRIDE) throw new ProgramTooLarge();
    return this.#code.push(operation, a, b, c, d) - STRIDE;
  }

  #emit(pattern: Pattern): void {
    switch (pattern.kind) {
      case 'empty':
        return;
      case 'char':
        this.#emitChar(pattern.set);
        return;
      case 'sequence':
        this.#emitSequence(pattern.of);
        return;
      case 'choice':
        this.#emitChoice(pattern.of);
        return;
      case 'repeat':
        this.#emitRepeat(pattern.of, pattern.min, pattern.max, pattern.greedy);
        return;
      case 'group':
        this.#add(SAVE, pattern.number * 2 + (this.#options.backwards ? 1 : 0));
        this.#emit(pattern.of);
        this.#add(SAVE, pattern.number * 2 + (this.#options.backwards ? 0 : 1));
        return;
      case 'assert':
        this.#add(ASSERT, ASSERTIONS.indexOf(pattern.what));
        return;
      case 'look': {
        const { of, ahead, negated } = pattern;
        const index = this.#looks.push({ pattern: of, ahead, negated, start: -1, slots: slotsOf(of) }) - 1;
        this.#add(LOOK, index);
        if (ahead && !this.#options.backwards) this.#pendingLooks.push({ index, of });
      }
    }
  }

  #emitChar(set: CharSet): void {
    const point = singlePoint(set);
    if (point >= 0 && point < 128) this.#add(CHAR, point);
    else if (point >= 0 && this.#options.runs) this.#add(LITERAL, this.#literal([point]));
    else this.#add(CLASS, this.#class(set));
  }

  #emitSequence(parts: readonly Pattern[]): void {
    const ordered = this.#options.backwards ? parts.toReversed() : parts;
    for (let at = 0; at < ordered.length; at++) {
      const points: number[] = [];
      while (this.#options.runs && at + points.length < ordered.length) {
        const part = ordered[at + points.length];
        const point = part?.kind === 'char' ? singlePoint(part.set) : -1;
        if (point < 0) break;
        points.push(point);
      }
      const part = ordered[at];
      if (points.length > 1) {
        this.#add(LITERAL, this.#literal(points));
        at += points.length - 1;
      } else if (part !== undefined) {
        this.#emit(part);
      }
    }
  }

  #emitChoice(options: readonly Pattern[]): void {
    const jumps: number[] = [];
    options.forEach((option, at) => {
      if (at === options.length - 1) {
        this.#emit(option);
        return;
      }
      const split = this.#split();
      this.#patch(split, 1, this.#code.length);
      this.#emit(option);
      jumps.push(this.#add(JUMP));
      this.#patch(split, 2, this.#code.length);
    });
    for (const jump of jumps) this.#patch(jump, 1, this.#code.length);
  }

  #emitRepeat(of: Pattern, min: number, max: number, greedy: boolean): void {
    if (this.#options.runs && of.kind === 'char') {
      const operation = greedy ? RUN_GREEDY : RUN_LAZY;
      this.#add(operation, this.#class(of.set), min, max === Infinity ? -1 : max, -1);
      return;
    }
    for (let count = 0; count < min; count++) this.#emit(of);
    if (max === Infinity) {
      const split = this.#split();
      this.#patch(split, greedy ? 1 : 2, this.#code.length);
      this.#emit(of);
      this.#add(JUMP, split);
      this.#patch(split, greedy ? 2 : 1, this.#code.length);
      return;
    }
    const splits: number[] = [];
    for (let count = min; count < max; count++) {
      const split = this.#split();
      splits.push(split);
      this.#patch(split, greedy ? 1 : 2, this.#code.length);
      this.#emit(of);
    }
    for (const split of splits) this.#patch(split, greedy ? 2 : 1, this.#code.length);
  }

  #split(): number {
    return this.#add(SPLIT, 0, 0, this.#marks++);
  }

  #patch(at: number, operand: number, value: number): void {
    this.#code[at + operand] = value;
  }

  #literal(points: readonly number[]): number {
    return this.#literals.push(new TextEncoder().encode(String.fromCodePoint(...points))) - 1;
  }

  #class(set: CharSet): number {
    let index = this.#classBySet.get(set);
    if (index === undefined) {
      index = this.#classes.push(byteClass(set)) - 1;
      this.#classBySet.set(set, index);
    }
    return index;
  }
}

/** The only code point of a set, or -1. */
function singlePoint(set: CharSet): number {
  const [from = -1, to] = set;
  return set.length === 2 && from === to ? from : -1;
}

function byteClass(set: CharSet): ByteClass {
  const table = new Uint8Array(256);
  for (let point = 0; point < 128; point++) if (hasPoint(set, point)) table[point] = 1;
  const from = set.at(-2) ?? 0;
  const to = set.at(-1) ?? 0;
  const wide =
    set.length === 0 || to < 128 ? WIDE_NONE : from <= 128 && to === LAST_POINT ? WIDE_ALL : WIDE_SOME;
  if (wide === WIDE_ALL) table.fill(1, 128);
  return { table, wide, set };
}

function slotsOf(pattern: Pattern): number[] {
  switch (pattern.kind) {
    case 'group':
      return [pattern.number * 2, pattern.number * 2 + 1, ...slotsOf(pattern.of)];
    case 'sequence':
    case 'choice':
      return pattern.of.flatMap(slotsOf);
    case 'repeat':
    case 'look':
      return slotsOf(pattern.of);
    case 'empty':
    case 'char':
    case 'assert':
      return [];
  }
}

/** Which bytes a match from one instruction on can start with, and whether it can be empty. */
export interface FirstBytes {
  readonly bytes: Uint8Array;
  readonly empty: boolean;
}

/** Looks ahead from instruction `pc`. Zero-width conditions are taken to hold, so the answer may be too wide, never too narrow. */
export function firstBytes(program: Program, pc: number): FirstBytes {
  const bytes = new Uint8Array(256);
  let empty = false;
  const seen = new Set<number>();
  const todo = [pc];
  const { code } = program;
  const addClass = (index: number) => {
    const found = program.classes[index];
    if (found === undefined) return;
    for (let byte = 0; byte < 128; byte++) bytes[byte]! |= found.table[byte]!;
    if (found.wide !== WIDE_NONE) bytes.fill(1, 128);
  };
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    switch (code[at]) {
      case CHAR:
        bytes[code[at + 1]!] = 1;
        break;
      case LITERAL:
        bytes[program.literals[code[at + 1]!]?.[0] ?? 0] = 1;
        break;
      case CLASS:
        addClass(code[at + 1]!);
        break;
      case SPLIT:
        todo.push(code[at + 1]!, code[at + 2]!);
        break;
      case JUMP:
        todo.push(code[at + 1]!);
        break;
      case RUN_GREEDY:
      case RUN_LAZY:
      case RUN_WHOLE:
        addClass(code[at + 1]!);
        if (code[at + 2] === 0) todo.push(at + STRIDE);
        break;
      case MATCH:
        empty = true;
        break;
      default:
        todo.push(at + STRIDE);
    }
  }
  return { bytes, empty };
}
