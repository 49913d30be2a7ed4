import { byteSearch, endsWithBytes, equalBytes, startsWithBytes } from './bytes.ts';

/** A test of the bytes `[start, end)`. */
export type BytesTest = (bytes: Uint8Array, start: number, end: number) => boolean;

const encoder = new TextEncoder();

/**
 * The test for a glob: `*` is any run, also empty and across lines; nothing else is special; both
 * ends are anchored and letter case matters. The common shapes become one comparison or one search.
 */
export function globTest(pattern: string): BytesTest {
  const [head = '', ...rest] = pattern.split('*');
  const prefix = encoder.encode(head);
  if (rest.length === 0) return (bytes, start, end) => equalBytes(bytes, start, end, prefix);
  const suffix = encoder.encode(rest.at(-1));
  const middle = rest
    .slice(0, -1)
    .filter((part) => part !== '')
    .map((part) => ({ length: encoder.encode(part).length, find: byteSearch(encoder.encode(part)) }));
  const [only] = middle;
  if (middle.length === 0) return endsTest(prefix, suffix);
  if (only !== undefined && middle.length === 1 && prefix.length + suffix.length === 0) {
    return (bytes, start, end) => only.find(bytes, start, end) >= 0;
  }
  return (bytes, start, end) => {
    if (end - start < prefix.length + suffix.length) return false;
    if (!startsWithBytes(bytes, start, end, prefix) || !endsWithBytes(bytes, start, end, suffix))
      return false;
    let at = start + prefix.length;
    for (const part of middle) {
      const found = part.find(bytes, at, end - suffix.length);
      if (found < 0) return false;
      at = found + part.length;
    }
    return true;
  };
}

function endsTest(prefix: Uint8Array, suffix: Uint8Array): BytesTest {
  if (prefix.length + suffix.length === 0) return () => true;
  if (suffix.length === 0) return (bytes, start, end) => startsWithBytes(bytes, start, end, prefix);
  if (prefix.length === 0) return (bytes, start, end) => endsWithBytes(bytes, start, end, suffix);
  return (bytes, start, end) =>
    end - start >= prefix.length + suffix.length &&
    startsWithBytes(bytes, start, end, prefix) &&
    endsWithBytes(bytes, start, end, suffix);
}
