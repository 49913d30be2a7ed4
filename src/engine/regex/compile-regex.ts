import type { CompiledRegex, RegexMatch } from '../define.ts';
import { LazyAutomaton } from './lazy-automaton.ts';
import { Machine } from './machine.ts';
import { parsePattern } from './parse-pattern.ts';
import type { ParsedPattern, PatternError } from './pattern.ts';
import { buildProgram, type Program, ProgramTooLarge } from './program.ts';
import { planSearch, type SearchPlan } from './search-plan.ts';
import { afterChar, byteOfUnit, utf16Length } from './utf8.ts';

/** A regular expression that also searches bytes, without decoding them. It holds the state of one search. */
export interface ByteRegex extends CompiledRegex {
  /** For each group, the number of the group around it, or 0. */
  readonly groupParents: readonly number[];
  /** The last match: group `g` lies in the data from `slots[2g]` to `slots[2g + 1]`; -1 when it took no part. */
  readonly slots: Int32Array;
  /** Finds the first match in the UTF-8 text `[start, end)` of `data`, at or after `from`. */
  searchBytes(data: Uint8Array, start: number, end: number, from?: number): boolean;
  /** Finds the next match of the same text; it does not overlap the last one. */
  searchNext(): boolean;
}

/**
 * Compiles a pattern of the query dialect. Time to match is linear in the text for every pattern:
 * a backtracking search with a budget first, then an automaton that tells whether there is a match at
 * all, then a search that remembers what failed. (V8 is not used:
 * its linear fallback counts neither greedy loops nor starts, so `x*y` takes 4.5 s on 100 kB of `x`.)
 */
export function compileRegex(pattern: string, flags = ''): { readonly regex: ByteRegex } | PatternError {
  const parsed = parsePattern(pattern, flags);
  if ('error' in parsed) return parsed;
  try {
    return { regex: new Regex(pattern, parsed) };
  } catch (error) {
    return tooLarge(error);
  }
}

/** The same for a pattern that a check has let through. */
export function checkedRegex(pattern: string): ByteRegex {
  const compiled = compileRegex(pattern);
  if ('error' in compiled) throw new Error(`an unchecked pattern: ${compiled.error}`);
  return compiled.regex;
}

/** What can be asked of a pattern without searching. */
export type RegexGroups = Pick<ByteRegex, 'groupNames' | 'groupParents'>;

/** The groups of a pattern that `compileRegex` would take, at a fraction of its cost; else what is wrong with it. */
export function regexGroups(pattern: string, flags = ''): RegexGroups | PatternError {
  const parsed = parsePattern(pattern, flags);
  if ('error' in parsed) return parsed;
  try {
    buildProgram(parsed.pattern, { runs: true, backwards: false });
  } catch (error) {
    return tooLarge(error);
  }
  return parsed;
}

function tooLarge(error: unknown): PatternError {
  if (error instanceof ProgramTooLarge)
    return { error: 'the counted repeats make the pattern too large', at: 0 };
  throw error;
}

const encoder = new TextEncoder();

/** Steps of the quick search on a text of so many bytes: enough for any text that is not hard. */
function quickSteps(bytes: number): number {
  return 1000 + Math.min(4 * bytes, 50_000 + bytes);
}

/** Steps inside lookarounds with groups on one hard text, the one thing that is not linear. */
const HARD_STEPS = 20_000_000;

/** What searches texts that the quick machine gave up on. */
interface Exact {
  readonly machine: Machine;
  readonly automaton: LazyAutomaton;
}

function exactSearch({ pattern }: ParsedPattern): Exact {
  const program: Program = buildProgram(pattern, { runs: false, backwards: false });
  return { machine: new Machine(program, true), automaton: new LazyAutomaton(program) };
}

class Regex implements ByteRegex {
  readonly source: string;
  readonly groupNames: readonly (string | null)[];
  readonly groupParents: readonly number[];
  readonly slots: Int32Array;
  readonly #parsed: ParsedPattern;
  readonly #plan: SearchPlan;
  readonly #fast: Machine;
  #exact: Exact | null = null;
  #data: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** Whether this text proved hard, so that only the remembering machine is used on it. */
  #hard = false;
  #text: string | null = null;
  #scratch = new Uint8Array(256);

  constructor(source: string, parsed: ParsedPattern) {
    this.source = source;
    this.groupNames = parsed.groupNames;
    this.groupParents = parsed.groupParents;
    this.slots = new Int32Array(parsed.groupNames.length * 2);
    this.#parsed = parsed;
    this.#plan = planSearch(parsed.pattern);
    this.#fast = new Machine(this.#plan.program, false);
  }

  searchBytes(data: Uint8Array, start: number, end: number, from = start): boolean {
    this.#text = null;
    this.#begin(data, start, end);
    return this.#search(from);
  }

  searchNext(): boolean {
    const from = this.slots[0]!;
    const to = this.slots[1]!;
    if (from < 0) return false;
    if (from < to) return this.#search(to);
    return to < this.#end && this.#search(afterChar(this.#data, to, this.#end));
  }

  test(text: string): boolean {
    this.#beginText(text);
    return this.#search(0);
  }

  exec(text: string, from = 0): RegexMatch | null {
    const again = text === this.#text;
    if (!again) this.#beginText(text);
    const ascii = text.length === this.#end;
    const first = ascii ? Math.min(from, this.#end) : byteOfUnit(this.#data, 0, this.#end, from);
    // What was learnt of this text holds only for what comes after the last match.
    if (again && (this.slots[0]! < 0 || first < this.slots[1]!)) this.#beginText(text);
    if (!this.#search(first)) return null;
    const unit = (at: number) => (ascii ? at : utf16Length(this.#data, 0, at));
    const groups = this.groupNames.map((_, group) => {
      const start = this.slots[group * 2]!;
      return start < 0 ? null : text.slice(unit(start), unit(this.slots[group * 2 + 1]!));
    });
    return { start: unit(this.slots[0]!), end: unit(this.slots[1]!), groups };
  }

  #beginText(text: string): void {
    if (this.#scratch.length < text.length * 3) this.#scratch = new Uint8Array(text.length * 3);
    const { written } = encoder.encodeInto(text, this.#scratch);
    this.#begin(this.#scratch, 0, written);
    this.#text = text;
  }

  #begin(data: Uint8Array, start: number, end: number): void {
    this.#data = data;
    this.#start = start;
    this.#end = end;
    this.#hard = false;
    this.#fast.begin(data, start, end, quickSteps(end - start));
  }

  /** Finds the first match at or after `from` and fills the slots. */
  #search(from: number): boolean {
    this.slots.fill(-1);
    if (!this.#hard && !this.#plan.circles) {
      const found = this.#scan(this.#fast, from);
      if (found !== null) return found;
      this.slots.fill(-1);
    }
    this.#exact ??= exactSearch(this.#parsed);
    const { machine, automaton } = this.#exact;
    if (!this.#hard) {
      this.#hard = true;
      machine.begin(this.#data, this.#start, this.#end, HARD_STEPS);
    } else {
      machine.forget(from);
    }
    return automaton.mayMatch(this.#data, this.#start, this.#end, from) && this.#scan(machine, from) === true;
  }

  #scan(machine: Machine, from: number): boolean | null {
    const { first, anchored, skips, leadingRun } = this.#plan;
    const data = this.#data;
    const end = this.#end;
    for (let at = from; at <= end; ) {
      if (anchored && at > this.#start) return false;
      if (first !== null) {
        while (at < end && first[data[at]!] === 0) at++;
        if (at >= end) return false;
      }
      const stop = machine.match(at, this.slots);
      if (stop === null) return null;
      if (stop >= 0) {
        this.slots[0] = at;
        this.slots[1] = stop;
        return true;
      }
      if (skips === 'text') return false;
      if (skips === 'line') {
        const lineEnd = data.subarray(0, end).indexOf(10, at);
        if (lineEnd < 0) return false;
        at = lineEnd + 1;
      } else if (leadingRun !== null && at < end && leadingRun[data[at]!] === 1) {
        while (at < end && leadingRun[data[at]!] === 1) at++;
      } else at = at < end ? afterChar(data, at, end) : end + 1;
    }
    return false;
  }
}
