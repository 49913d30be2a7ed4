import { DAY, dateOf, MINUTE, SECOND } from './civil.ts';
import { formatPart } from './pattern-format.ts';
import { parseParts } from './pattern-parse.ts';
import type { Zone } from './zones.ts';

/** Letters of `java.text.SimpleDateFormat`. */
export type PatternLetter =
  | 'G'
  | 'y'
  | 'Y'
  | 'M'
  | 'L'
  | 'w'
  | 'W'
  | 'D'
  | 'd'
  | 'F'
  | 'E'
  | 'u'
  | 'a'
  | 'H'
  | 'k'
  | 'K'
  | 'h'
  | 'm'
  | 's'
  | 'S'
  | 'z'
  | 'Z'
  | 'X';

const LETTERS = 'GyYMLwWDdFEuaHkKhmsSzZX';

/** One piece of a pattern: a field of the date, `count` letters wide, or a text as it stands. */
export type PatternPart =
  | { readonly kind: 'letter'; readonly letter: PatternLetter; readonly count: number }
  | { readonly kind: 'text'; readonly text: string };

/** A text that fitted: the instant and where the pattern ended. */
export interface ParsedDate {
  readonly ms: number;
  readonly end: number;
}

/** A date pattern, compiled once. */
export interface DatePattern {
  readonly source: string;
  readonly parts: readonly PatternPart[];
  /** Ms, 1 or more: times in one multiple of it print alike, from `FIRST_WHOLE_OFFSETS` on in every zone. */
  readonly unit: number;
  /** The date as text, as the zone's clocks show it; null for a time that no calendar holds. */
  format(ms: number, zone: Zone): string | null;
  /**
   * Reads a date at the start of `text`; what follows it is ignored (`end` tells where). Null when
   * the text does not fit or names a date that does not exist (30 February). Fields that the pattern
   * lacks are those of 1970-01-01 00:00:00 in `zone`; a zone in the text wins over `zone`.
   */
  parse(text: string, zone: Zone): ParsedDate | null;
}

/** What is wrong with a pattern. */
export interface PatternProblem {
  readonly problem: string;
}

const compiled = new Map<string, DatePattern | PatternProblem>();
const REMEMBERED_PATTERNS = 1000;

/** Compiles a SimpleDateFormat pattern; equal patterns are compiled once. */
export function compileDatePattern(source: string): DatePattern | PatternProblem {
  const found = compiled.get(source);
  if (found !== undefined) return found;
  const parts = patternParts(source);
  const result = 'problem' in parts ? parts : datePattern(source, parts);
  if (compiled.size < REMEMBERED_PATTERNS) compiled.set(source, result);
  return result;
}

/** JavaScript dates, and so local clocks, end here. */
const LAST_INSTANT = 8.64e15;

function datePattern(source: string, parts: readonly PatternPart[]): DatePattern {
  const printers = parts.map(formatPart);
  // Rows near each other share their day: the calendar is worked out once per run of equal days.
  let lastDay = 0;
  let date = dateOf(0);
  return {
    source,
    parts,
    unit: unitOf(parts),
    format(ms, zone) {
      if (!(Math.abs(ms) <= LAST_INSTANT)) return null;
      const instant = Math.floor(ms);
      const offset = zone.offsetAt(instant);
      const day = Math.floor((instant + offset) / DAY);
      if (day !== lastDay) {
        lastDay = day;
        date = dateOf(day);
      }
      const moment = { instant, offset, zone, day, time: instant + offset - day * DAY, date };
      let text = '';
      for (const print of printers) text += print(moment);
      return text;
    },
    parse: (text, zone) => parseParts(parts, text, zone),
  };
}

/** Epoch ms (June 1972) after which the offsets of all zones are whole minutes. */
export const FIRST_WHOLE_OFFSETS = 78_000_000_000;

/** Hours and days start at whole minutes in any zone, but not at whole hours. */
function unitOf(parts: readonly PatternPart[]): number {
  const has = (letter: PatternLetter) =>
    parts.some((part) => part.kind === 'letter' && part.letter === letter);
  if (has('S')) return 1;
  return has('s') ? SECOND : MINUTE;
}

function patternParts(source: string): readonly PatternPart[] | PatternProblem {
  const parts: PatternPart[] = [];
  let literal = '';
  const endLiteral = () => {
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
  };
  let at = 0;
  while (at < source.length) {
    const character = source[at] as string;
    if (character === "'") {
      const quoted = quotedText(source, at);
      if (quoted === null) return { problem: `a quoted text in the date pattern \`${source}\` has no end` };
      literal += quoted.text;
      at = quoted.end;
    } else if (/[a-zA-Z]/.test(character)) {
      if (!isLetter(character)) {
        return {
          problem: `the letter \`${character}\` in the date pattern \`${source}\` has no meaning; quote texts as in \`'T'\``,
        };
      }
      endLiteral();
      let end = at + 1;
      while (source[end] === character) end++;
      parts.push({ kind: 'letter', letter: character, count: end - at });
      at = end;
    } else {
      literal += character;
      at++;
    }
  }
  endLiteral();
  return parts;
}

function isLetter(character: string): character is PatternLetter {
  return LETTERS.includes(character);
}

/** The text between quotes that open at `start`; two quotes stand for one, within quotes and alone. */
function quotedText(source: string, start: number): { text: string; end: number } | null {
  if (source[start + 1] === "'") return { text: "'", end: start + 2 };
  let text = '';
  let at = start + 1;
  while (at < source.length) {
    if (source[at] !== "'") text += source[at++];
    else if (source[at + 1] === "'") {
      text += "'";
      at += 2;
    } else return { text, end: at + 1 };
  }
  return null;
}
