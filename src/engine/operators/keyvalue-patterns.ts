import { type Bitmap, isSet } from '../columns/column.ts';
import { LOWER_CASE } from '../kernels/bytes.ts';
import { TextBuilder } from '../kernels/text-builder.ts';
import { type ByteRegex, compileRegex } from '../regex/compile-regex.ts';
import { builtColumns, type Extract, MATCHED, outputBuilders } from './extraction.ts';

/** What may stand before a key so that it is not the tail of a longer word. */
const BEFORE_KEY = '(?:^|[^\\w.\\-@$/])';
/** A value: in quotes, or up to white space or punctuation that ends values. Three groups, one of them takes part. */
const VALUE = `(?:"((?:[^"\\\\]|\\\\.)*)"|'((?:[^'\\\\]|\\\\.)*)'|([^\\s,;|&)\\]}]*))`;
const DELIMITERS = '(?:=|:|->)';

/** Any key, its delimiter and its value: group 1 and one of 2 to 4. */
export function anyPair(delimiter: string | null): ByteRegex {
  const between = delimiter === null ? DELIMITERS : `\\Q${delimiter}\\E`;
  return compiled(`(?s)${BEFORE_KEY}["']?([A-Za-z_@$][\\w.\\-@$/]*)["']?\\s*${between}\\s*${VALUE}`);
}

function keyPair(key: string): ByteRegex {
  return compiled(
    `(?is)${BEFORE_KEY}["']?\\Q${key.replaceAll('\\E', '')}\\E["']?\\s*${DELIMITERS}\\s*${VALUE}`,
  );
}

function compiled(pattern: string): ByteRegex {
  const result = compileRegex(pattern);
  if ('error' in result) throw new Error(`a bad pattern of our own: ${result.error}`);
  return result.regex;
}

/** The first group from `first` on that took part in the match, as its number. */
export function valueGroup(regex: ByteRegex, first: number): number {
  let group = first;
  while (regex.slots[group * 2]! < 0) group++;
  return group;
}

/** Where a value was found; false when there is none. */
type FindValue = (data: Uint8Array, start: number, end: number, found: Span) => boolean;

interface Span {
  start: number;
  end: number;
}

function extractEach(finds: readonly FindValue[]): Extract {
  return (subject, wanted) => {
    const { data, starts, ends, validity, length } = subject;
    const outcome = new Uint8Array(length);
    const span: Span = { start: 0, end: 0 };
    const builders = outputBuilders(finds.length, wanted, subject);
    for (let row = 0; row < length; row++) {
      if (!isSet(validity, row)) continue;
      finds.forEach((find, output) => {
        const builder = builders[output] ?? null;
        // Once the row matches, values that nobody reads need not be looked for.
        if (builder === null && outcome[row] === MATCHED) return;
        if (!find(data, starts[row]!, ends[row]!, span)) return;
        outcome[row] = MATCHED;
        builder?.span(row, span.start, span.end);
      });
    }
    return { outcome, columns: builtColumns(builders) };
  };
}

/** Finds keys by the usual ways to write pairs: `key=value`, `key: value`, `"key" -> 'value'`. */
export function extractInferred(keys: readonly string[]): Extract {
  return extractEach(
    keys.map((key): FindValue => {
      const regex = keyPair(key);
      return (data, start, end, found) => {
        if (!regex.searchBytes(data, start, end)) return false;
        const group = valueGroup(regex, 1);
        found.start = regex.slots[group * 2]!;
        found.end = regex.slots[group * 2 + 1]!;
        return true;
      };
    }),
  );
}

/** Finds values by a regular expression whose only group is the value: the first match after each key. */
export function extractAfterKeys(regex: ByteRegex, keys: readonly string[]): Extract {
  return extractEach(
    keys.map((key): FindValue => {
      const quoted = `\\Q${key.replaceAll('\\E', '')}\\E`;
      const whole = compiled(`(?i)${BEFORE_KEY}${quoted}(?!\\w)`);
      const part = compiled(`(?i)${quoted}`);
      return (data, start, end, found) => {
        // A key that stands as a word of its own is preferred to one inside another word.
        const place = whole.searchBytes(data, start, end)
          ? whole
          : part.searchBytes(data, start, end)
            ? part
            : null;
        if (place === null || !regex.searchBytes(data, start, end, place.slots[1]!)) return false;
        if (regex.slots[2]! < 0) return false;
        found.start = regex.slots[2]!;
        found.end = regex.slots[3]!;
        return true;
      };
    }),
  );
}

/** Finds pairs by a regular expression with two groups, key and value; of equal keys the first counts. */
export function extractPairs(regex: ByteRegex, keys: readonly string[]): Extract {
  const wantedKeys = keys.map((key) => new TextEncoder().encode(key.toLowerCase()));
  return (subject, wanted) => {
    const { data, starts, ends, validity, length } = subject;
    const outcome = new Uint8Array(length);
    const builders = keys.map(() => new TextBuilder(data, length));
    for (let row = 0; row < length; row++) {
      let left = keys.length;
      let more = isSet(validity as Bitmap | null, row) && regex.searchBytes(data, starts[row]!, ends[row]!);
      for (; more && left > 0; more = regex.searchNext()) {
        const [, , keyStart = -1, keyEnd = -1, valueStart = -1, valueEnd = -1] = regex.slots;
        if (keyStart < 0 || valueStart < 0) continue;
        for (let output = 0; output < keys.length; output++) {
          const builder = builders[output]!;
          if (builder.has(row) || !sameKey(data, keyStart, keyEnd, wantedKeys[output]!)) continue;
          builder.span(row, valueStart, valueEnd);
          outcome[row] = MATCHED;
          left--;
        }
      }
    }
    return { outcome, columns: wanted.map((output) => builders[output]!.build()) };
  };
}

/** Whether the bytes are the key, whose ASCII letters are in lower case, in any letter case. */
function sameKey(data: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
  if (end - start !== key.length) return false;
  for (let at = 0; at < key.length; at++) if (LOWER_CASE[data[start + at]!] !== key[at]) return false;
  return true;
}
