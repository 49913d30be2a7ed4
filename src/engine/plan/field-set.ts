/** Field names in lower case, or every field there is. */
export type FieldSet = ReadonlySet<string> | 'all';

/** A name that no field has: what becomes of it tells what becomes of fields that are not known. */
export const UNKNOWN_FIELD = '\0';

export const NO_FIELDS: FieldSet = new Set();

export function fieldSet(names: readonly string[] | 'all'): FieldSet {
  return names === 'all' ? 'all' : new Set(names.map((name) => name.toLowerCase()));
}

export function hasField(fields: FieldSet, name: string): boolean {
  return fields === 'all' || fields.has(name.toLowerCase());
}

export function unite(a: FieldSet, b: FieldSet): FieldSet {
  return a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b]);
}

/** The fields of `a` without those that are certainly written; `all` stays `all`. */
export function without(a: FieldSet, written: FieldSet): FieldSet {
  return a === 'all' || written === 'all' ? a : new Set([...a].filter((name) => !written.has(name)));
}
