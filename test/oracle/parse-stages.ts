import type { OperatorStage } from '../../src/grammar/ast.ts';
import { type As, namesIn, type Text } from './captured-names.ts';
import { keyValuePairs } from './found-stages.ts';
import { documentIn, isObject, jsonValue } from './json-text.ts';
import { addNames, get, put, type Row, type Table, textIn, type Value } from './table.ts';

/** What the clauses of the parse operators capture, as far as the oracle reads them. */
interface Captured {
  readonly subject: { readonly name: string } | null;
  readonly patterns: readonly { readonly pattern: Text; readonly as: As }[];
  readonly paths: readonly Text[];
  readonly keys: readonly Text[];
  readonly as: As;
  readonly early: boolean;
  readonly nodrop: boolean;
  readonly options: { readonly nodrop: boolean | null; readonly multi: boolean | null };
  readonly mode: {
    readonly subject: { readonly name: string } | null;
    readonly regex: { readonly pattern: Text } | null;
  };
  readonly marks: Readonly<Record<'escape' | 'delim' | 'quote', Text | null>>;
  readonly items: readonly {
    readonly placed?: {
      readonly position: { readonly count: number };
      readonly name: { readonly text: string };
    };
    readonly next?: { readonly text: string };
  }[];
}

/** What one row gives: fields, or null when the row does not match. */
type Found = ReadonlyMap<string, Value> | null;

/** Runs a parse operator, or gives null when the stage is none. */
export function parseStage(stage: OperatorStage, table: Table): Table | null {
  const args = stage.args as unknown as Captured;
  const subject = (row: Row) => textIn(get(row, args.subject?.name ?? '_raw'));
  switch (stage.name) {
    case 'parse': {
      const { pattern, as } = args.patterns[0]!;
      const names = namesIn(as) ?? [];
      return parsed(table, args.nodrop, names, (row) => anchors(pattern.value, names, subject(row)));
    }
    case 'parse regex': {
      const regex = new RegExp(args.patterns[0]!.pattern.raw.replaceAll('\\"', '"'), 'gu');
      const names = [...regex.source.matchAll(/\(\?<(\w+)>/g)].map(([, name]) => name!);
      const find = (row: Row) => captures(regex, names, subject(row));
      if (args.options.multi === true) return multiplied(table, args.options.nodrop === true, names, find);
      return parsed(table, args.options.nodrop === true, names, (row) => find(row)[0] ?? null);
    }
    case 'json': {
      const names = namesIn(args.as) ?? args.paths.map(({ value }) => value);
      const paths = args.paths.map(({ value }) => value);
      return json(table, args.nodrop || args.early, names, paths, subject);
    }
    case 'keyvalue': {
      const keys = args.keys.map(({ value }) => value);
      const names = namesIn(args.as) ?? keys.map((key) => key.replace(/\W/g, '_'));
      const text = (row: Row) => textIn(get(row, args.mode.subject?.name ?? '_raw'));
      const regex = args.mode.regex?.pattern.raw.replaceAll('\\"', '"') ?? null;
      return parsed(table, args.nodrop || args.early, names, (row) => pairs(regex, keys, names, text(row)));
    }
    case 'csv':
    case 'split':
      return delimited(table, args);
    default:
      return null;
  }
}

/** All or nothing per row; a row that an earlier `nodrop` parse of the chain matched is kept. */
export function parsed(
  table: Table,
  nodrop: boolean,
  names: readonly string[],
  find: (row: Row) => Found,
): Table {
  const rows = table.rows.flatMap((row) => {
    const found = find(row);
    if (found !== null) return [{ ...put(row, found), matched: nodrop }];
    return nodrop ? [row] : row.matched ? [{ ...row, matched: false }] : [];
  });
  return { ...table, rows, names: addNames(table.names, names) };
}

function multiplied(
  table: Table,
  nodrop: boolean,
  names: readonly string[],
  find: (row: Row) => readonly ReadonlyMap<string, Value>[],
): Table {
  const rows = table.rows.flatMap((row) => {
    const found = find(row);
    if (found.length > 0) return found.map((each) => ({ ...put(row, each), matched: nodrop }));
    return nodrop ? [row] : row.matched ? [{ ...row, matched: false }] : [];
  });
  return { ...table, rows, names: addNames(table.names, names) };
}

export function anchors(pattern: string, names: readonly string[], text: string | null): Found {
  const literals = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&'));
  const start = pattern.startsWith('*') ? '^' : '';
  const end = pattern.endsWith('*') ? '$' : '';
  const match =
    text === null ? null : new RegExp(`${start}${literals.join('([^]*?)')}${end}`, 'i').exec(text);
  return match === null ? null : new Map(names.map((name, at) => [name, match[at + 1] ?? null]));
}

function captures(
  regex: RegExp,
  names: readonly string[],
  text: string | null,
): ReadonlyMap<string, Value>[] {
  const matches = text === null ? [] : [...text.matchAll(regex)];
  return matches.map((match) => new Map(names.map((name) => [name, match.groups?.[name] ?? null])));
}

/** `a.b[0]` and `a[*].b`: the values found, and whether the path lists. */
function jsonPath(
  document: unknown,
  path: string,
): { readonly hits: readonly unknown[]; readonly lists: boolean } {
  let hits: unknown[] = [document];
  const steps = [...path.matchAll(/\[(\d+|\*)\]|[^.[\]]+/g)];
  for (const [step, index] of steps) {
    hits = hits.flatMap((hit) => {
      if (!isObject(hit) && !Array.isArray(hit)) return [];
      if (index === '*') return Object.values(hit);
      if (Array.isArray(hit) !== (index !== undefined)) return [];
      return Object.entries(hit).flatMap(([key, value]) => (key === (index ?? step) ? [value] : []));
    });
  }
  return { hits, lists: steps.some(([, index]) => index === '*') };
}

function json(
  table: Table,
  nodrop: boolean,
  names: readonly string[],
  paths: readonly string[],
  subject: (row: Row) => string | null,
): Table {
  const rows = table.rows.flatMap((row) => {
    const found = new Map<string, Value>();
    const document = documentIn(subject(row));
    paths.forEach((path, at) => {
      const { hits, lists } = jsonPath(document, path);
      if (hits.length > 0) found.set(names[at]!, jsonValue(lists ? hits : hits[0]));
    });
    // Only all of the paths together are a match; a row that stays gets what there is.
    if (found.size === paths.length) return [{ ...put(row, found), matched: nodrop }];
    return nodrop || row.matched ? [{ ...put(row, found), matched: nodrop && row.matched }] : [];
  });
  return { ...table, rows, names: addNames(table.names, names) };
}

function pairs(
  pattern: string | null,
  keys: readonly string[],
  names: readonly string[],
  text: string | null,
): Found {
  const all =
    pattern === null
      ? keys.flatMap((key) => keyValuePairs(text, key, null))
      : [...(text ?? '').matchAll(new RegExp(pattern, 'gu'))].map(
          ([, key = '', value = null]) => [key, value] as const,
        );
  const found = new Map<string, Value>();
  for (const [key, value] of all) {
    const at = keys.findIndex((each) => each.toLowerCase() === key.toLowerCase());
    if (at >= 0 && !found.has(names[at]!)) found.set(names[at]!, value);
  }
  if (found.size === 0) return null;
  return new Map(names.map((name) => [name, found.get(name) ?? null]));
}

function delimited(table: Table, { subject, marks, items }: Captured): Table {
  let position = 0;
  const places = items.map(({ placed, next }) => {
    position = placed?.position.count ?? position + 1;
    return { position, name: placed?.name.text ?? next?.text ?? '_' };
  });
  const wanted = places.filter(({ name }) => name !== '_');
  const rows = table.rows.map((row) => {
    const parts = partsOf(textIn(get(row, subject?.name ?? '')), {
      delim: marks.delim?.value ?? ',',
      quote: marks.quote?.value ?? '"',
      escape: marks.escape?.value ?? '\\',
    });
    return put(
      row,
      wanted.map(({ name, position }) => [name, parts[position - 1] ?? null]),
    );
  });
  return {
    ...table,
    rows,
    names: addNames(
      table.names,
      wanted.map(({ name }) => name),
    ),
  };
}

function partsOf(
  text: string | null,
  { delim, quote, escape: literally }: Readonly<Record<'delim' | 'quote' | 'escape', string>>,
): string[] {
  if (text === null) return [];
  const parts = [''];
  let quoted = false;
  const add = (character: string) => parts.push(`${parts.pop()}${character}`);
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === literally && at + 1 < text.length) add(text[++at]!);
    else if (quoted && character === quote && text[at + 1] === quote) add(text[++at]!);
    else if (character === quote) quoted = !quoted;
    else if (character === delim && !quoted) parts.push('');
    else add(character);
  }
  return parts;
}
