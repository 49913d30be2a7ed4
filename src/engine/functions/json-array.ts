import { textOf, type Value } from '../columns/value.ts';

/** The items of a text that is a JSON array; null for any other text. Nested items are compact JSON text, null stays null. */
export function jsonArrayItems(text: string): readonly (string | null)[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  return Array.isArray(parsed) ? parsed.map(itemText) : null;
}

function itemText(item: unknown): string | null {
  if (item === null) return null;
  return typeof item === 'object' ? JSON.stringify(item) : textOf(item as Exclude<Value, null>);
}
