import { nameList } from '../grammar/name-list.ts';

/**
 * Reads the plain values of a definition (of a rule, a source, a macro) as YAML or JSON give them, and
 * collects everything that is wrong with them at once, in words for people.
 */
export class DefinitionReader {
  readonly problems: string[] = [];

  problem(text: string): void {
    this.problems.push(text);
  }

  /** The entries of an object that may have these keys; none when it is something else. `what` names it in a sentence. */
  object(value: unknown, what: string, keys: readonly string[]): ReadonlyMap<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.problem(`${what} must be an object with the keys ${nameList(keys)}, found ${typeName(value)}`);
      return new Map();
    }
    const entries = new Map<string, unknown>(Object.entries(value));
    for (const key of entries.keys()) {
      if (!keys.includes(key))
        this.problem(`${what} has the unknown key \`${key}\`; known are ${nameList(keys)}`);
    }
    return entries;
  }

  /** The text of a key that `what` must have, and that holds more than white space. */
  neededText(entries: ReadonlyMap<string, unknown>, key: string, what: string): string {
    const value = entries.get(key);
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.problem(`${what} needs \`${key}\`, a text`);
    return '';
  }

  /** A text, or a number as one; null when nothing is given. */
  optionalText(value: unknown, key: string, longest = Infinity): string | null {
    if (value === undefined || value === null || value === '') return null;
    if (typeof value !== 'string' && typeof value !== 'number') {
      this.problem(`\`${key}\` must be a text, found ${typeName(value)}`);
      return null;
    }
    const text = String(value);
    if (text.length > longest) this.problem(`\`${key}\` is longer than ${longest} characters`);
    return text;
  }

  flag(value: unknown, key: string, otherwise: boolean): boolean {
    if (value === undefined || value === null) return otherwise;
    if (typeof value !== 'boolean')
      this.problem(`\`${key}\` must be true or false, found ${typeName(value)}`);
    return value === true;
  }

  /** The items of a list; none when nothing is given. */
  list(value: unknown, key: string): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.problem(`\`${key}\` must be a list, found ${typeName(value)}`);
    return [];
  }
}

/** What kind of thing a value is, in a sentence. */
export function typeName(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
