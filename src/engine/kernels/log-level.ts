import { decodeBytes, LOWER_CASE } from './bytes.ts';
import { skipSpace, valueEnd } from './json-text.ts';
import { type JsonNode, jsonTree } from './json-tree.ts';

/** The levels that a message can have, from the least to the worst; a level's code is its place from 1 on. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

/** The code for a message without a level. */
export const NO_LEVEL = 0;
const [DEBUG, INFO, WARN, ERROR, FATAL] = [1, 2, 3, 4, 5] as const;

/** Keys of JSON messages that may hold the level; the first one that is there counts. */
const LEVEL_KEYS = [
  'level',
  'Level',
  'loglevel',
  'logLevel',
  'Loglevel',
  'LogLevel',
  'log_level',
  'log-level',
  'Log_Level',
  'Log_level',
  'severity',
  '_loglevel',
] as const;
/** What OpenTelemetry writes: a text, else a number. */
const SEVERITY_TEXTS = ['severityText', 'severity_text', 'SeverityText'] as const;
const SEVERITY_NUMBERS = ['severityNumber', 'severity_number', 'SeverityNumber'] as const;

const LEVEL_OF_WORD: ReadonlyMap<string, number> = new Map([
  ['debug', DEBUG],
  ['info', INFO],
  ['information', INFO],
  ['warn', WARN],
  ['warning', WARN],
  ['error', ERROR],
  ['fatal', FATAL],
]);

/**
 * The level of the message `data[start, end)`, as a code. A JSON message says it under one of the usual
 * keys; where none is there, and in other messages, the worst of the words `debug`, `info`,
 * `information`, `warn`, `warning` and `error` that stands in the text counts.
 */
export function logLevelOf(data: Uint8Array, start: number, end: number): number {
  const open = skipSpace(data, start, end);
  if (open < end && data[open] === 123) {
    const close = valueEnd(data, open, end);
    if (close > 0 && skipSpace(data, close, end) === end) {
      const level = levelInJson(data, jsonTree(data, open, close));
      if (level !== null) return level;
    }
  }
  return levelInText(data, start, end);
}

/** The level that a JSON message says; null when it has none of the keys. */
function levelInJson(data: Uint8Array, node: JsonNode): number | null {
  if (node.kind !== 'object') return null;
  const valueUnder = (keys: readonly string[]): string | null => {
    for (const key of keys) {
      const value = node.entries.get(key);
      if (value !== undefined) return decodeBytes(data, value.start, value.end);
    }
    return null;
  };
  const said = valueUnder(LEVEL_KEYS) ?? valueUnder(SEVERITY_TEXTS);
  if (said !== null) return LEVEL_OF_WORD.get(said.trim().toLowerCase()) ?? NO_LEVEL;
  const number = valueUnder(SEVERITY_NUMBERS);
  return number === null ? null : levelOfSeverity(Number(number));
}

/** OpenTelemetry numbers the levels in steps of four; its `trace` counts as `debug` here. */
function levelOfSeverity(severity: number): number {
  if (!(severity >= 1 && severity <= 24)) return NO_LEVEL;
  if (severity <= 8) return DEBUG;
  if (severity <= 12) return INFO;
  if (severity <= 16) return WARN;
  return severity <= 20 ? ERROR : FATAL;
}

/** 1 for bytes that are part of a word: letters, digits, `_` and everything beyond ASCII. */
const IN_WORD = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 128 || /\w/.test(String.fromCharCode(byte)) ? 1 : 0,
);

const encoder = new TextEncoder();
const TEXT_WORDS = ['debug', 'info', 'information', 'warn', 'warning', 'error'].map((word) => ({
  bytes: encoder.encode(word),
  level: LEVEL_OF_WORD.get(word) ?? NO_LEVEL,
}));
/** The words that may be meant, by the first letter. */
const WORDS_BY_FIRST = Array.from({ length: 256 }, (_, byte) =>
  TEXT_WORDS.filter(({ bytes }) => bytes[0] === byte),
);
const SHORTEST = 4;
const LONGEST = 11;

function levelInText(data: Uint8Array, start: number, end: number): number {
  let worst: number = NO_LEVEL;
  for (let at = start; at < end; at++) {
    if (IN_WORD[data[at]!] === 0) continue;
    const from = at;
    while (at < end && IN_WORD[data[at]!] === 1) at++;
    const length = at - from;
    if (length < SHORTEST || length > LONGEST) continue;
    for (const { bytes, level } of WORDS_BY_FIRST[LOWER_CASE[data[from]!]!]!) {
      if (level <= worst || bytes.length !== length || !isWord(data, from, bytes)) continue;
      if (level === ERROR) return ERROR;
      worst = level;
    }
  }
  return worst;
}

function isWord(data: Uint8Array, from: number, word: Uint8Array): boolean {
  for (let at = 1; at < word.length; at++) if (LOWER_CASE[data[from + at]!] !== word[at]) return false;
  return true;
}
