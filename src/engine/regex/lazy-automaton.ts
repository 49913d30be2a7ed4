import { hasPoint } from './char-set.ts';
import { ASSERT, CHAR, CLASS, JUMP, LOOK, MATCH, type Program, SAVE, SPLIT, STRIDE } from './program.ts';
import { afterChar, pointAt } from './utf8.ts';

/** Indexes into ASSERTIONS. */
const TEXT_START = 0;
const TEXT_END = 1;

/** More states than this and the question is given up. */
const MOST_STATES = 2000;
const NOT_KNOWN = -1;
const ACCEPTING = 0;

/**
 * Answers whether a text can have a match at all, one table look-up per character: a deterministic
 * automaton that is built as far as texts need it. It knows the two ends of the text; other conditions
 * (word boundaries, line ends, lookarounds) it takes to hold, so `true` means "perhaps", `false` is certain.
 */
export class LazyAutomaton {
  readonly #program: Program;
  /** By state: the instructions that it waits at. State 0 has found a match. */
  readonly #waiting: (readonly number[])[] = [[]];
  readonly #stateByKey = new Map<string, number>();
  /** `state × 128 + byte`: the next state. */
  #next = new Int32Array(64 * 128).fill(NOT_KNOWN);
  readonly #wide = new Map<number, number>();

  /** The program must have no run or literal instructions. */
  constructor(program: Program) {
    this.#program = program;
  }

  /** Whether a match that starts at or after `from` may lie in the text `[start, end)`. */
  mayMatch(data: Uint8Array, start: number, end: number, from: number): boolean {
    let state = this.#state([0], from === start);
    for (let at = from; at < end && state !== ACCEPTING; ) {
      const byte = data[at]!;
      let next: number;
      if (byte < 128) {
        next = this.#next[state * 128 + byte]!;
        if (next === NOT_KNOWN) {
          next = this.#step(state, byte);
          this.#next[state * 128 + byte] = next;
        }
        at++;
      } else {
        next = this.#wideStep(state, pointAt(data, at, end));
        at = afterChar(data, at, end);
      }
      if (this.#waiting.length > MOST_STATES) return true;
      state = next;
    }
    return state === ACCEPTING || this.#acceptsAtEnd(state);
  }

  #wideStep(state: number, point: number): number {
    const key = point * (MOST_STATES + 2) + state;
    let next = this.#wide.get(key);
    if (next === undefined) {
      next = this.#step(state, point);
      if (this.#wide.size < 100_000) this.#wide.set(key, next);
    }
    return next;
  }

  #step(state: number, point: number): number {
    const { code, classes } = this.#program;
    // A match may start anywhere, so the first instruction is always among those that come next.
    const next = [0];
    for (const pc of this.#waiting[state] ?? []) {
      const operand = code[pc + 1]!;
      const takes =
        code[pc] === CHAR
          ? operand === point
          : code[pc] === CLASS && hasPoint(classes[operand]?.set ?? [], point);
      if (takes) next.push(pc + STRIDE);
    }
    return this.#state(next, false);
  }

  /** The state that waits wherever these instructions lead without a character. */
  #state(from: readonly number[], atStart: boolean): number {
    const reached = this.#reach(from, atStart, false);
    if (reached === null) return ACCEPTING;
    const key = reached.join();
    let state = this.#stateByKey.get(key);
    if (state === undefined) {
      state = this.#waiting.push(reached) - 1;
      this.#stateByKey.set(key, state);
      if (this.#next.length < this.#waiting.length * 128) {
        const wider = new Int32Array(this.#next.length * 2).fill(NOT_KNOWN);
        wider.set(this.#next);
        this.#next = wider;
      }
    }
    return state;
  }

  #acceptsAtEnd(state: number): boolean {
    const ends = (this.#waiting[state] ?? []).filter((pc) => this.#program.code[pc] === ASSERT);
    return this.#reach(ends, false, true) === null;
  }

  /** The instructions that wait for a character or the end of the text, in order; null when a match is among them. */
  #reach(from: readonly number[], atStart: boolean, atEnd: boolean): readonly number[] | null {
    const { code } = this.#program;
    const seen = new Set<number>();
    const waiting: number[] = [];
    const todo = [...from];
    for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
      if (seen.has(pc)) continue;
      seen.add(pc);
      switch (code[pc]) {
        case MATCH:
          return null;
        case SPLIT:
          todo.push(code[pc + 1]!, code[pc + 2]!);
          break;
        case JUMP:
          todo.push(code[pc + 1]!);
          break;
        case SAVE:
        case LOOK:
          todo.push(pc + STRIDE);
          break;
        case ASSERT:
          if (code[pc + 1] === TEXT_END && !atEnd) waiting.push(pc);
          else if (code[pc + 1] !== TEXT_START || atStart) todo.push(pc + STRIDE);
          break;
        default:
          waiting.push(pc);
      }
    }
    return waiting.sort((a, b) => a - b);
  }
}
