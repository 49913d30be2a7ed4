/** A number as it was written: it is printed as it came. */
export class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const asWritten: Reviver = (_key, value, { source }) =>
  typeof value === 'number' ? new Written(source ?? String(value)) : value;
const readJson = JSON.parse as (text: string, reviver: Reviver) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** The JSON that the text is, or ends with; undefined when there is none. */
export function documentIn(text: string | null): unknown {
  for (let from = 0; text !== null && from < text.length; from++) {
    if (from > 0 && !'{['.includes(text[from]!)) continue;
    try {
      return readJson(text.slice(from), asWritten);
    } catch {}
  }
  return undefined;
}

/** Scalars as text, objects and arrays as compact JSON; null stays null. */
export function jsonValue(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  if (value instanceof Written) return value.text;
  return JSON.stringify(value, (_key, part) => (part instanceof Written ? rawJSON(part.text) : part));
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Written);
