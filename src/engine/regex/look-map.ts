import { assertionHolds } from './assertion.ts';
import { hasPoint } from './char-set.ts';
import {
  ASSERT,
  buildProgram,
  CHAR,
  CLASS,
  JUMP,
  LOOK,
  type Look,
  MATCH,
  type Program,
  SAVE,
  SPLIT,
  STRIDE,
} from './program.ts';
import { afterChar, beforeChar, pointAt } from './utf8.ts';

/** For one text: 1 at `p - start` where the lookaround's pattern matches at position `p`. */
export type LookMap = Uint8Array;

/**
 * Finds, for all positions of a text at once, where a lookaround holds, in time linear in the text:
 * a set simulation of the pattern. A look behind runs forwards and notes where it ends; a look ahead
 * runs backwards and notes where it would start. (After Barrière and Pit-Claudel, "Linear matching of
 * JavaScript regular expressions", 2024.)
 */
export class LookMapper {
  readonly #program: Program;
  readonly #backwards: boolean;
  readonly #negated: boolean;
  readonly #inner: readonly LookMapper[];

  constructor(look: Look) {
    this.#backwards = look.ahead;
    this.#negated = look.negated;
    this.#program = buildProgram(look.pattern, { runs: false, backwards: look.ahead });
    this.#inner = this.#program.looks.map((inner) => new LookMapper(inner));
  }

  map(data: Uint8Array, start: number, end: number): LookMap {
    const holds = new Uint8Array(end - start + 1);
    const inner = this.#inner.map((mapper) => mapper.map(data, start, end));
    const size = this.#program.code.length / STRIDE;
    const seen = new Int32Array(size).fill(-1);
    let states: number[] = [];
    let at = this.#backwards ? end : start;
    for (;;) {
      const found = this.#close(states, seen, inner, data, start, end, at);
      holds[at - start] = found !== this.#negated ? 1 : 0;
      if (at === (this.#backwards ? start : end)) return holds;
      const next = this.#backwards ? beforeChar(data, at, start) : afterChar(data, at, end);
      states = this.#step(states, data, this.#backwards ? next : at, end);
      at = next;
    }
  }

  /** Adds the start and all that needs no character to `states`; whether MATCH is among them. */
  #close(
    states: number[],
    seen: Int32Array,
    inner: readonly LookMap[],
    data: Uint8Array,
    start: number,
    end: number,
    at: number,
  ): boolean {
    const { code } = this.#program;
    const todo = states.splice(0);
    todo.push(0);
    let found = false;
    for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
      if (seen[pc / STRIDE] === at) continue;
      seen[pc / STRIDE] = at;
      switch (code[pc]) {
        case MATCH:
          found = true;
          break;
        case SPLIT:
          todo.push(code[pc + 1]!, code[pc + 2]!);
          break;
        case JUMP:
          todo.push(code[pc + 1]!);
          break;
        case SAVE:
          todo.push(pc + STRIDE);
          break;
        case ASSERT:
          if (assertionHolds(code[pc + 1]!, data, start, end, at)) todo.push(pc + STRIDE);
          break;
        case LOOK:
          if (inner[code[pc + 1]!]?.[at - start] === 1) todo.push(pc + STRIDE);
          break;
        default:
          states.push(pc);
      }
    }
    return found;
  }

  /** The states after the character at `at`. */
  #step(states: readonly number[], data: Uint8Array, at: number, end: number): number[] {
    const { code, classes } = this.#program;
    const byte = data[at]!;
    const next: number[] = [];
    for (const pc of states) {
      const operand = code[pc + 1]!;
      if (code[pc] === CHAR) {
        if (byte === operand) next.push(pc + STRIDE);
      } else if (code[pc] === CLASS) {
        const found = classes[operand];
        if (
          found !== undefined &&
          (byte < 128 ? found.table[byte] === 1 : hasPoint(found.set, pointAt(data, at, end)))
        ) {
          next.push(pc + STRIDE);
        }
      }
    }
    return next;
  }
}
