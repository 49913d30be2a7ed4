import type { TextColumn } from '../columns/column.ts';
import { isSet } from '../columns/column.ts';
import { type AnchorMatcher, type Anchors, anchorMatcher } from '../kernels/match-anchors.ts';
import { compileRegex } from '../regex/compile-regex.ts';

/** The literal parts of a pattern, or what is wrong with it and at which character of its raw text. */
export type AnchorPattern = { readonly anchors: Anchors } | { readonly error: string; readonly at: number };

const ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ["'", "'"],
  ['*', '*'],
  ['\\', '\\'],
]);

/** Reads the raw text of a pattern: `*` is a capture, `\*` an asterisk; a backslash before anything unknown is itself. */
export function readAnchors(raw: string): AnchorPattern {
  const anchors: string[] = [];
  let literal = '';
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at]!;
    if (char === '*') {
      if (literal === '' && anchors.length > 0) {
        return { error: 'two `*` next to each other: nothing tells where the first ends', at };
      }
      anchors.push(literal);
      literal = '';
    } else if (char === '\\') {
      const [text, size] = escapeAt(raw, at);
      literal += text;
      at += size - 1;
    } else {
      literal += char;
    }
  }
  if (anchors.length === 0) {
    return { error: 'a parse pattern needs at least one `*`, which marks what to capture', at: 0 };
  }
  return { anchors: [...anchors, literal] };
}

/** The text of the escape at `at`, and its size. */
function escapeAt(raw: string, at: number): readonly [string, number] {
  const next = raw[at + 1] ?? '';
  const simple = ESCAPES.get(next);
  if (simple !== undefined) return [simple, 2];
  const hex = /^\\u([0-9a-fA-F]{4})/.exec(raw.slice(at, at + 6));
  return hex === null ? ['\\', 1] : [String.fromCharCode(Number.parseInt(hex[1] ?? '', 16)), 6];
}

/** Compiles anchors; letters match in either case. Letters outside ASCII go the slower way of a regular expression. */
export function compileAnchors(anchors: Anchors): AnchorMatcher {
  const plain = anchors.every((text) =>
    Array.from(text).every((char) => char < '\x80' || char.toLowerCase() === char.toUpperCase()),
  );
  return plain ? anchorMatcher(anchors) : regexMatcher(anchors);
}

function regexMatcher(anchors: Anchors): AnchorMatcher {
  const [first = '', ...others] = anchors.map((text) => text.replace(/[^\p{L}\p{N}\s]/gu, '\\$&'));
  const last = others.at(-1) === '' ? '(.*)' : `(.*?)${others.at(-1)}`;
  const middle = others.slice(0, -1).map((literal) => `(.*?)${literal}`);
  const compiled = compileRegex(`${first === '' ? '\\A' : first}${middle.join('')}${last}`, 'is');
  if ('error' in compiled)
    throw new Error(`the anchors ${anchors.join('*')} made a bad pattern: ${compiled.error}`);
  const { regex } = compiled;
  return (subject: TextColumn, wanted) => {
    const matched = new Uint8Array(subject.length);
    const starts = wanted.map((read) => (read ? new Uint32Array(subject.length) : null));
    const ends = wanted.map((read) => (read ? new Uint32Array(subject.length) : null));
    for (let row = 0; row < subject.length; row++) {
      if (!isSet(subject.validity, row)) continue;
      if (!regex.searchBytes(subject.data, subject.starts[row]!, subject.ends[row]!)) continue;
      matched[row] = 1;
      wanted.forEach((read, capture) => {
        if (!read) return;
        starts[capture]![row] = regex.slots[capture * 2 + 2]!;
        ends[capture]![row] = regex.slots[capture * 2 + 3]!;
      });
    }
    return { matched, starts, ends };
  };
}
