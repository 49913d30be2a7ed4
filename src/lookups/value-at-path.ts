/** What lies at a path of keys in data read from a file; undefined where it ends early. */
export function valueAtPath(from: unknown, path: readonly (string | number)[]): unknown {
  let at: unknown = from;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}
