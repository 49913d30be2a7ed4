import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';

/** Something wrong in a file, with its place (from 1). */
export interface FileProblem {
  readonly message: string;
  readonly hint: string | null;
  readonly line: number;
  readonly column: number;
}

/** A file that cannot be used: all that is wrong with it at once. */
class FileError extends Error {
  readonly fileName: string;
  readonly problems: readonly FileProblem[];
  constructor(fileName: string, problems: readonly FileProblem[]) {
    super(
      problems
        .map(({ message, hint, line, column }) => {
          return `${fileName}:${line}:${column}: ${message}${hint === null ? '' : ` (${hint})`}`;
        })
        .join('\n'),
    );
    this.name = 'FileError';
    this.fileName = fileName;
    this.problems = problems;
  }
}

/** A map of a YAML file whose keys are read one by one; what is missing or of the wrong kind is noted. */
export interface YamlFields {
  text(key: string, otherwise?: string | null): string;
  optionalText(key: string): string | null;
  whole(key: string, otherwise?: number): number;
  optionalWhole(key: string): number | null;
  oneOf<T extends string>(key: string, choices: readonly T[], otherwise?: T): T;
  optionalOneOf<T extends string>(key: string, choices: readonly T[]): T | null;
  flag(key: string, otherwise: boolean): boolean;
  fields(key: string): YamlFields | null;
  list(key: string, needed?: boolean): readonly YamlFields[];
  texts(key: string): readonly string[];
  has(key: string): boolean;
  /** Notes a problem at the value of `key`, or at the map. */
  problem(key: string | null, message: string, hint?: string | null): void;
  /** Notes every key that is not one of `known`. */
  onlyKnown(known: readonly string[]): void;
}

/**
 * Reads a YAML file whose top is a map and hands it to `read`. Throws a FileError with everything
 * that `read` noted and that YAML itself found.
 */
export function readYaml<T>(text: string, fileName: string, read: (fields: YamlFields) => T): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems: FileProblem[] = [];
  const note = (offset: number, message: string, hint: string | null) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ message, hint, line: Math.max(line, 1), column: Math.max(col, 1) });
  };
  for (const error of document.errors)
    note(error.pos[0], error.message.split('\n')[0]!.replace(/ at line.*$/, ''), null);
  const top = document.contents;
  if (problems.length === 0 && !isMap(top)) {
    note(0, 'expected a map of keys and values', 'the file starts with lines such as `title: …`');
  }
  if (problems.length > 0 || !isMap(top)) throw new FileError(fileName, problems);
  const result = read(fieldsOf(top, note));
  if (problems.length > 0) throw new FileError(fileName, problems);
  return result;
}

type Note = (offset: number, message: string, hint: string | null) => void;

function fieldsOf(map: YAMLMap, note: Note): YamlFields {
  const nodeOf = (key: string): Node | null => {
    const node = map.get(key, true);
    return isScalar(node) && node.value === null ? null : ((node as Node | undefined) ?? null);
  };
  const offsetOf = (node: Node | null): number => node?.range?.[0] ?? map.range?.[0] ?? 0;
  const problem = (key: string | null, message: string, hint: string | null = null) =>
    note(offsetOf(key === null ? null : nodeOf(key)), message, hint);
  const missing = (key: string, what: string) => problem(null, `\`${key}\` is missing`, `expected ${what}`);

  const optionalText = (key: string): string | null => {
    const node = nodeOf(key);
    if (node === null) return null;
    if (isScalar(node) && typeof node.value !== 'object') return node.source ?? String(node.value);
    problem(key, `\`${key}\` must be text`);
    return null;
  };
  const optionalWhole = (key: string): number | null => {
    const node = nodeOf(key);
    if (node === null) return null;
    if (isScalar(node) && typeof node.value === 'number' && Number.isInteger(node.value) && node.value >= 0) {
      return node.value;
    }
    problem(key, `\`${key}\` must be a whole number, 0 or more`);
    return null;
  };
  const optionalOneOf = <T extends string>(key: string, choices: readonly T[]): T | null => {
    const found = optionalText(key);
    if (found === null) return null;
    const choice = choices.find((each) => each === found);
    if (choice === undefined)
      problem(key, `\`${key}\` is \`${found}\``, `expected one of ${choices.join(', ')}`);
    return choice ?? null;
  };
  return {
    text(key, otherwise) {
      const found = optionalText(key);
      if (found !== null) return found;
      if (otherwise === undefined && nodeOf(key) === null) missing(key, 'text');
      return otherwise ?? '';
    },
    optionalText,
    whole(key, otherwise) {
      const found = optionalWhole(key);
      if (found !== null) return found;
      if (otherwise === undefined && nodeOf(key) === null) missing(key, 'a whole number');
      return otherwise ?? 0;
    },
    optionalWhole,
    oneOf(key, choices, otherwise) {
      const found = optionalOneOf(key, choices);
      if (found !== null) return found;
      if (otherwise === undefined && nodeOf(key) === null) missing(key, `one of ${choices.join(', ')}`);
      return otherwise ?? choices[0]!;
    },
    optionalOneOf,
    flag(key, otherwise) {
      const node = nodeOf(key);
      if (node === null) return otherwise;
      if (isScalar(node) && typeof node.value === 'boolean') return node.value;
      problem(key, `\`${key}\` must be true or false`);
      return otherwise;
    },
    fields(key) {
      const node = nodeOf(key);
      if (node === null) return null;
      if (isMap(node)) return fieldsOf(node, note);
      problem(key, `\`${key}\` must be a map of keys and values`);
      return null;
    },
    list(key, needed = false) {
      const node = nodeOf(key);
      if (node === null) {
        if (needed) missing(key, 'a list');
        return [];
      }
      if (!isSeq(node)) {
        problem(key, `\`${key}\` must be a list`);
        return [];
      }
      return node.items.flatMap((item) => {
        if (isMap(item)) return fieldsOf(item, note);
        note(offsetOf(item as Node), `an item of \`${key}\` must be a map of keys and values`, null);
        return [];
      });
    },
    texts(key) {
      const node = nodeOf(key);
      if (node === null) return [];
      if (!isSeq(node)) {
        problem(key, `\`${key}\` must be a list of texts`);
        return [];
      }
      return node.items.flatMap((item) => {
        if (isScalar(item) && typeof item.value !== 'object') return item.source ?? String(item.value);
        note(offsetOf(item as Node), `an item of \`${key}\` must be text`, null);
        return [];
      });
    },
    has: (key) => nodeOf(key) !== null,
    problem,
    onlyKnown(known) {
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (known.includes(name)) continue;
        note(offsetOf(key as Node), `\`${name}\` is not a key here`, `expected one of ${known.join(', ')}`);
      }
    },
  };
}
