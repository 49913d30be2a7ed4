import { QueryFailure } from '../define.ts';
import { assertionHolds } from './assertion.ts';
import { hasPoint } from './char-set.ts';
import { type LookMap, LookMapper } from './look-map.ts';
import {
  ASSERT,
  type ByteClass,
  CHAR,
  CLASS,
  JUMP,
  LITERAL,
  LOOK,
  MATCH,
  type Program,
  RUN_GREEDY,
  RUN_LAZY,
  RUN_WHOLE,
  SAVE,
  SPLIT,
  STRIDE,
  WIDE_ALL,
  WIDE_NONE,
} from './program.ts';
import { afterChar, beforeChar, pointAt } from './utf8.ts';

/** Entries of the backtracking stack: what, and three operands. */
const ENTRY = 4;
/** Go on at `pc`, position. */
const RESUME = 0;
/** Put back slot, value. */
const RESTORE = 1;
/** Give one character back: `pc` of the run, least position, position. */
const GIVE_BACK = 2;
/** Take one more character: `pc` of the run, position, how many may still come (-1: any). */
const TAKE_MORE = 3;

/** Bits of one table of visited states; beyond it a text is refused rather than the memory filled. */
const VISITED_LIMIT = 1 << 30;

/** The text being searched, kept between searches of the same text. */
interface Subject {
  data: Uint8Array;
  start: number;
  end: number;
}

/**
 * Runs one program over UTF-8 bytes by backtracking, with the result that Perl, Java and RE2 agree on
 * (the leftmost match, preferring earlier alternatives). In `remembering` mode each pair of a split and
 * a position is entered at most once, so the time is at most splits × length (the bit-state method of
 * RE2); otherwise `search` stops with `null` when its steps run out.
 */
export class Machine {
  readonly #program: Program;
  readonly #remembers: boolean;
  /** Off while a look ahead that captures runs inside a remembering machine. */
  #remembering: boolean;
  #stack = new Int32Array(256 * ENTRY);
  #top = 0;
  #steps = 0;
  #slots: Int32Array = new Int32Array(0);
  #visited = new Uint32Array(0);
  readonly #mappers: (LookMapper | undefined)[] = [];
  #lookMaps: (LookMap | undefined)[] = [];
  readonly #subject: Subject = { data: new Uint8Array(0), start: 0, end: 0 };

  constructor(program: Program, remembers: boolean) {
    this.#program = program;
    this.#remembers = remembers;
    this.#remembering = remembers;
  }

  /** Begins with another text. `steps` bounds the work of all its searches. */
  begin(data: Uint8Array, start: number, end: number, steps: number): void {
    this.#subject.data = data;
    this.#subject.start = start;
    this.#subject.end = end;
    this.#steps = steps;
    if (this.#lookMaps.length > 0) this.#lookMaps = [];
    if (!this.#remembers) return;
    const bits = this.#program.marks * (end - start + 1);
    if (bits > VISITED_LIMIT) {
      throw new QueryFailure(
        'memory',
        `a regular expression is too large for a text of ${end - start} bytes`,
      );
    }
    const words = (bits + 31) >>> 5;
    if (this.#visited.length < words) this.#visited = new Uint32Array(words);
    else this.#visited.fill(0, 0, words);
  }

  /** Forgets what was visited at one position: the match before ended there, so it did not fail. */
  forget(at: number): void {
    const width = this.#subject.end - this.#subject.start + 1;
    for (let mark = 0; mark < this.#program.marks; mark++) {
      const bit = mark * width + at - this.#subject.start;
      this.#visited[bit >>> 5]! &= ~(1 << (bit & 31));
    }
  }

  /** Tries a match that starts at `at`: its end, -1 for none, or null when the steps ran out. `slots` starts all -1. */
  match(at: number, slots: Int32Array): number | null {
    this.#slots = slots;
    this.#top = 0;
    const end = this.#run(0, at, 0);
    return end === OUT_OF_STEPS ? null : end;
  }

  #push(what: number, a: number, b: number, c: number): void {
    if (this.#top + ENTRY > this.#stack.length) {
      const grown = new Int32Array(this.#stack.length * 2);
      grown.set(this.#stack);
      this.#stack = grown;
    }
    const stack = this.#stack;
    const top = this.#top;
    stack[top] = what;
    stack[top + 1] = a;
    stack[top + 2] = b;
    stack[top + 3] = c;
    this.#top = top + ENTRY;
  }

  /** From instruction `first` at `from`; gives up when the stack is down to `floor` again. */
  #run(first: number, from: number, floor: number): number {
    const { code, classes, literals } = this.#program;
    const { data, start, end } = this.#subject;
    let pc = first;
    let at = from;
    for (;;) {
      let failed = false;
      switch (code[pc]) {
        case CHAR:
          if (at < end && data[at] === code[pc + 1]) {
            at++;
            pc += STRIDE;
          } else failed = true;
          break;
        case LITERAL: {
          const literal = literals[code[pc + 1]!]!;
          const size = literal.length;
          if (at + size > end) {
            failed = true;
            break;
          }
          let matched = 0;
          while (matched < size && data[at + matched] === literal[matched]) matched++;
          if (matched === size) {
            at += size;
            pc += STRIDE;
          } else failed = true;
          break;
        }
        case CLASS: {
          const next = at < end ? classEnd(classes[code[pc + 1]!]!, data, at, end) : -1;
          if (next < 0) failed = true;
          else {
            at = next;
            pc += STRIDE;
          }
          break;
        }
        case SPLIT:
          if (this.#remembering) failed = !this.#enter(code[pc + 3]!, at);
          else if (--this.#steps <= 0) return this.#outOfSteps();
          if (!failed) {
            this.#push(RESUME, code[pc + 2]!, at, 0);
            pc = code[pc + 1]!;
          }
          break;
        case JUMP:
          pc = code[pc + 1]!;
          break;
        case SAVE: {
          const slot = code[pc + 1]!;
          this.#push(RESTORE, slot, this.#slots[slot]!, 0);
          this.#slots[slot] = at;
          pc += STRIDE;
          break;
        }
        case ASSERT:
          if (assertionHolds(code[pc + 1]!, data, start, end, at)) pc += STRIDE;
          else failed = true;
          break;
        case RUN_WHOLE:
        case RUN_GREEDY: {
          const found = classes[code[pc + 1]!]!;
          const min = code[pc + 2]!;
          const max = code[pc + 3]!;
          let stop = at;
          let least = min === 0 ? at : -1;
          if (max < 0 && found.wide !== 2 && min <= 1) {
            const { table } = found;
            while (stop < end && table[data[stop]!] === 1) stop++;
            if (min === 1 && stop > at) least = afterChar(data, at, stop);
          } else {
            const { table } = found;
            for (let count = 0; count !== max && stop < end; ) {
              const byte = data[stop]!;
              const next = byte >= 128 ? classEnd(found, data, stop, end) : table[byte] === 1 ? stop + 1 : -1;
              if (next < 0) break;
              stop = next;
              count++;
              if (count === min) least = stop;
            }
          }
          this.#steps -= (stop - at) >> 2;
          if (least < 0) failed = true;
          else if (code[pc] === RUN_WHOLE || stop === least) {
            at = stop;
            pc += STRIDE;
          } else {
            this.#push(GIVE_BACK, pc, least, stop);
            failed = true;
            this.#steps++;
          }
          break;
        }
        case RUN_LAZY: {
          const found = classes[code[pc + 1]!]!;
          let left = code[pc + 3]!;
          for (let count = code[pc + 2]!; count > 0 && !failed; count--) {
            const next = at < end ? classEnd(found, data, at, end) : -1;
            if (next < 0) failed = true;
            at = next;
            left--;
          }
          if (failed) break;
          this.#push(TAKE_MORE, pc, at, left < 0 ? -1 : left);
          pc += STRIDE;
          if (code[pc - 1]! >= 0) failed = data[at] !== code[pc - 1] || at >= end;
          break;
        }
        case LOOK:
          if (this.#looks(code[pc + 1]!, at)) pc += STRIDE;
          else if (this.#steps <= 0 && !this.#remembering) return this.#outOfSteps();
          else failed = true;
          break;
        case MATCH:
          return at;
      }
      if (!failed) continue;
      if (--this.#steps <= 0 && !this.#remembering) return this.#outOfSteps();
      // Back to the last choice that is still open.
      for (;;) {
        if (this.#top === floor) return -1;
        const stack = this.#stack;
        const top = this.#top - ENTRY;
        const what = stack[top]!;
        if (what === RESTORE) {
          this.#slots[stack[top + 1]!] = stack[top + 2]!;
          this.#top = top;
          continue;
        }
        pc = stack[top + 1]!;
        if (what === RESUME) {
          at = stack[top + 2]!;
          this.#top = top;
          break;
        }
        if (what === GIVE_BACK) {
          const least = stack[top + 2]!;
          at = stack[top + 3]!;
          const stop = code[pc + 4]!;
          if (stop >= 0) {
            const before = at;
            while (at >= least && (at >= end || data[at] !== stop)) at--;
            this.#steps -= (before - at) >> 2;
          }
          if (at <= least) this.#top = top;
          else stack[top + 3] = beforeChar(data, at, start);
          if (at < least) continue;
          pc += STRIDE;
          break;
        }
        const next = this.#takeMore(top, pc);
        if (next < 0) {
          this.#top = top;
          continue;
        }
        at = next;
        pc += STRIDE;
        break;
      }
    }
  }

  #outOfSteps(): number {
    if (!this.#remembers) return OUT_OF_STEPS;
    throw new QueryFailure('time', 'a regular expression with groups inside a lookaround takes too long');
  }

  /** One more character for a lazy run, or as many as bring it to the only byte that can follow. */
  #takeMore(entry: number, pc: number): number {
    const { code, classes } = this.#program;
    const { data, end } = this.#subject;
    const stack = this.#stack;
    const found = classes[code[pc + 1]!]!;
    const stop = code[pc + 4]!;
    let at = stack[entry + 2]!;
    let left = stack[entry + 3]!;
    if (stop >= 0 && left < 0 && found.wide !== 2) {
      const { table } = found;
      const before = at;
      do {
        if (at >= end || table[data[at]!] !== 1) return -1;
        at++;
      } while (data[at] !== stop || at >= end);
      this.#steps -= (at - before) >> 2;
    } else {
      if (left === 0 || at >= end) return -1;
      at = classEnd(found, data, at, end);
      if (at < 0) return -1;
      if (left > 0) left--;
    }
    stack[entry + 2] = at;
    stack[entry + 3] = left;
    return at;
  }

  /** Whether a split is entered at this position for the first time. */
  #enter(mark: number, at: number): boolean {
    const bit = mark * (this.#subject.end - this.#subject.start + 1) + at - this.#subject.start;
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    if ((this.#visited[word]! & mask) !== 0) return false;
    this.#visited[word]! |= mask;
    return true;
  }

  #looks(index: number, at: number): boolean {
    const look = this.#program.looks[index]!;
    if (!look.ahead || this.#remembers) {
      const holds = this.#lookMap(index)[at - this.#subject.start] === 1;
      if (!holds || look.negated || look.slots.length === 0) return holds;
    }
    for (const slot of look.slots) this.#push(RESTORE, slot, this.#slots[slot]!, 0);
    const floor = this.#top;
    const remembering = this.#remembering;
    this.#remembering = false;
    const end = this.#run(look.start, at, floor);
    this.#remembering = remembering;
    this.#top = floor;
    if (end === OUT_OF_STEPS) return false;
    return end >= 0 !== look.negated;
  }

  #lookMap(index: number): LookMap {
    let map = this.#lookMaps[index];
    if (map === undefined) {
      let mapper = this.#mappers[index];
      if (mapper === undefined) {
        mapper = new LookMapper(this.#program.looks[index]!);
        this.#mappers[index] = mapper;
      }
      map = mapper.map(this.#subject.data, this.#subject.start, this.#subject.end);
      this.#lookMaps[index] = map;
    }
    return map;
  }
}

const OUT_OF_STEPS = -2;

/** Where the character at `at` ends when it is of the class, else -1. */
function classEnd(found: ByteClass, data: Uint8Array, at: number, end: number): number {
  const byte = data[at]!;
  if (byte < 128) return found.table[byte] === 1 ? at + 1 : -1;
  if (found.wide === WIDE_NONE) return -1;
  if (found.wide === WIDE_ALL || hasPoint(found.set, pointAt(data, at, end))) return afterChar(data, at, end);
  return -1;
}
