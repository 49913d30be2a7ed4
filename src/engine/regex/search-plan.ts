import type { CharSet } from './char-set.ts';
import type { Pattern } from './pattern.ts';
import {
  buildProgram,
  firstBytes,
  type Program,
  RUN_GREEDY,
  RUN_LAZY,
  RUN_WHOLE,
  SAVE,
  STRIDE,
  WIDE_SOME,
} from './program.ts';

/** Where a match can start, so that most positions are never tried. */
export interface SearchPlan {
  readonly program: Program;
  /** The bytes a match can start with; null when it can be empty. */
  readonly first: Uint8Array | null;
  /** Only the start of the text can match. */
  readonly anchored: boolean;
  /** It starts with `.*`: a failure at one place is a failure up to the end of the line, or of the text. */
  readonly skips: 'nothing' | 'line' | 'text';
  /** It starts with a run of the bytes that are 1 here: a failure at one place is a failure up to the end of the run. */
  readonly leadingRun: Uint8Array | null;
  /** It repeats something that can be empty, so only a search that remembers where it was comes to an end. */
  readonly circles: boolean;
}

/** The fast program of a pattern, with all that can be known about it beforehand. */
export function planSearch(pattern: Pattern): SearchPlan {
  const program = sharpenRuns(buildProgram(pattern, { runs: true, backwards: false }));
  const first = firstBytes(program, 0);
  return {
    program,
    first: first.empty || first.bytes.every((byte) => byte === 1) ? null : first.bytes,
    anchored: isAnchored(pattern),
    skips: leadingDots(pattern),
    leadingRun: firstRun(program),
    circles: repeatsEmpty(pattern),
  };
}

/** Makes runs whole where nothing inside the run can start what follows, and notes the only byte that can. */
function sharpenRuns(program: Program): Program {
  const code = program.code.slice();
  for (let pc = 0; pc < code.length; pc += STRIDE) {
    if (code[pc] !== RUN_GREEDY && code[pc] !== RUN_LAZY) continue;
    const following = firstBytes(program, pc + STRIDE);
    const members = program.classes[code[pc + 1]!];
    if (following.empty || members === undefined) continue;
    const wide = members.wide === 0 ? 0 : 1;
    const apart = following.bytes.every((can, byte) => (byte < 128 ? members.table[byte]! : wide) + can < 2);
    if (apart) code[pc] = RUN_WHOLE;
    else if (following.bytes.reduce((sum, can) => sum + can, 0) === 1)
      code[pc + 4] = following.bytes.indexOf(1);
  }
  return { ...program, code };
}

/** The members of the whole run that every match starts with, or null. */
function firstRun({ code, classes }: Program): Uint8Array | null {
  let pc = 0;
  while (code[pc] === SAVE) pc += STRIDE;
  const unlimited = code[pc] === RUN_WHOLE && code[pc + 2]! <= 1 && code[pc + 3] === -1;
  const members = unlimited ? classes[code[pc + 1]!] : undefined;
  return members === undefined || members.wide === WIDE_SOME ? null : members.table;
}

function canBeEmpty(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'char':
      return false;
    case 'empty':
    case 'assert':
    case 'look':
      return true;
    case 'sequence':
      return pattern.of.every(canBeEmpty);
    case 'choice':
      return pattern.of.some(canBeEmpty);
    case 'group':
      return canBeEmpty(pattern.of);
    case 'repeat':
      return pattern.min === 0 || canBeEmpty(pattern.of);
  }
}

function repeatsEmpty(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'char':
    case 'empty':
    case 'assert':
      return false;
    case 'sequence':
    case 'choice':
      return pattern.of.some(repeatsEmpty);
    case 'repeat':
      return (pattern.max === Infinity && canBeEmpty(pattern.of)) || repeatsEmpty(pattern.of);
    case 'group':
    case 'look':
      return repeatsEmpty(pattern.of);
  }
}

function isAnchored(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'assert':
      return pattern.what === 'text-start';
    case 'sequence':
      return pattern.of.length > 0 && isAnchored(pattern.of[0] ?? { kind: 'empty' });
    case 'choice':
      return pattern.of.every(isAnchored);
    case 'group':
      return isAnchored(pattern.of);
    case 'repeat':
      return pattern.min > 0 && isAnchored(pattern.of);
    case 'empty':
    case 'char':
    case 'look':
      return false;
  }
}

function leadingDots(pattern: Pattern): SearchPlan['skips'] {
  switch (pattern.kind) {
    case 'sequence':
      return leadingDots(pattern.of[0] ?? { kind: 'empty' });
    case 'group':
      return leadingDots(pattern.of);
    case 'repeat':
      return pattern.max === Infinity && pattern.min <= 1 && pattern.of.kind === 'char'
        ? runOver(pattern.of.set)
        : 'nothing';
    default:
      return 'nothing';
  }
}

/** All characters, or all but the line feed. */
function runOver(set: CharSet): SearchPlan['skips'] {
  const [from, to, next, last] = set;
  if (set.length === 2 && from === 0 && to === 0x10ffff) return 'text';
  return set.length === 4 && from === 0 && to === 9 && next === 11 && last === 0x10ffff ? 'line' : 'nothing';
}
