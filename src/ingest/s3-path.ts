import { globTest } from '../engine/kernels/glob.ts';

/** The keys that a path expression stands for: `*` is any run of characters, also of `/`; nothing else is special. */
export interface KeyTest {
  /** Every matching key begins with this: what a listing asks for. */
  readonly prefix: string;
  matches(key: string): boolean;
}

/** The test of a path expression. A `/` at its beginning is no part of keys and is left out. */
export function keyTest(expression: string): KeyTest {
  const pattern = expression.replace(/^\//, '');
  const test = globTest(pattern);
  return {
    prefix: pattern.split('*', 1)[0] ?? '',
    matches(key) {
      const bytes = Buffer.from(key);
      return test(bytes, 0, bytes.length);
    },
  };
}

/** Bucket and path expression of `s3://bucket/path`; null for another text. A path without `*` stands for all keys that begin with it. */
export function bucketAndPath(address: string): { readonly bucket: string; readonly path: string } | null {
  const match = /^s3:\/\/([^/*?#]+)(?:\/(.*))?$/s.exec(address);
  if (match === null) return null;
  const path = match[2] ?? '';
  return { bucket: match[1]!, path: path.includes('*') ? path : `${path}*` };
}
