import { fieldProblem } from './source-config.ts';

/** At most this many fields of one message come from outside it. */
const MOST_FIELDS = 30;

/** `k=v,k2=v2` as the fields header writes it; pairs without `=` or name are left out. */
export function fieldPairs(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (name !== '') fields.set(name, pair.slice(at + 1).trim());
  }
  return fields;
}

/** `fields` with `more` over them, in whatever letter case. `left` are the names that cannot be fields, or are too many. */
export function withFields(
  fields: ReadonlyMap<string, string>,
  more: Iterable<readonly [name: string, value: string]>,
): { readonly fields: ReadonlyMap<string, string>; readonly left: readonly string[] } {
  const all = new Map(fields);
  const left: string[] = [];
  for (const [name, value] of more) {
    const key = [...all.keys()].find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
    if (fieldProblem(name, value) === null && (all.has(key) || all.size < MOST_FIELDS)) all.set(key, value);
    else left.push(name);
  }
  return { fields: all, left };
}
