import type { OperatorStage } from '../../src/grammar/ast.ts';
import { type As, namesIn, type Text } from './captured-names.ts';
import { documentIn, isObject, jsonValue } from './json-text.ts';
import { addNames, get, put, type Table, textIn, type Value } from './table.ts';

/** What the clauses of `json auto` and `keyvalue auto` capture. */
interface Captured {
  readonly mode: {
    readonly subject: { readonly name: string } | null;
    readonly maxdepth: { readonly count: number } | null;
    readonly extractarrays: boolean | null;
    readonly delim: Text | null;
    readonly keys: { readonly key: readonly Text[]; readonly as: As; readonly refonly?: boolean } | null;
    readonly refonly: boolean | null;
  };
}
type Pair = readonly [key: string, value: Value];

/** Only so many fields are made of one message, and those asked for. */
const MOST = 100;

/** Runs an operator that makes a field of everything it finds, or gives null when the stage is none. */
export function foundStage(stage: OperatorStage, table: Table): Table | null {
  const { mode } = stage.args as unknown as Captured;
  switch (stage.name) {
    case 'json auto': {
      const most = mode.maxdepth?.count ?? Infinity;
      const flatArrays = mode.extractarrays === true;
      const pairs = (text: string | null) => {
        const document = documentIn(text);
        return isObject(document) || Array.isArray(document)
          ? flattened('', document, 0, most, flatArrays)
          : [];
      };
      return found(table, mode, pairs, (key) => key.replaceAll(' ', '_'));
    }
    case 'keyvalue auto':
      return found(
        table,
        mode,
        (text) => keyValuePairs(text, null, mode.delim?.value ?? null),
        (key) => key.replace(/[^A-Za-z0-9_]/g, '_'),
      );
    default:
      return null;
  }
}

function found(
  table: Table,
  { subject, keys, refonly }: Captured['mode'],
  pairsIn: (text: string | null) => readonly Pair[],
  nameOf: (key: string) => string,
): Table {
  const asked = keys?.key.map(({ value }) => value) ?? [];
  const names = namesIn(keys?.as ?? null) ?? asked.map(nameOf);
  const only = refonly === true || keys?.refonly === true;
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const rows = table.rows.map((row) => {
    const pairs = pairsIn(textIn(get(row, subject?.name ?? '_raw')));
    const others = pairs.filter(([key]) => !asked.some((each) => same(each, key)));
    const free = new Map<string, Pair>();
    for (const [key, value] of only ? [] : others) {
      const name = nameOf(key).toLowerCase();
      if (free.has(name) || free.size < MOST) free.set(name, [name, value]);
    }
    const wanted = asked.flatMap((key, at): Pair[] => {
      const last = pairs.findLast(([each]) => same(each, key));
      return last === undefined ? [] : [[names[at]!, last[1]]];
    });
    return put(row, [...free.values(), ...wanted]);
  });
  return {
    ...table,
    rows,
    names: addNames(table.names, [...rows.flatMap(({ cells }) => [...cells.keys()]), ...names]),
  };
}

/** `a.b` and `a[0].b`; what lies deeper than `most` keys is JSON text. */
function flattened(path: string, value: unknown, depth: number, most: number, flatArrays: boolean): Pair[] {
  if (depth < most && isObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, part]) =>
      flattened(path === '' ? key : `${path}.${key}`, part, depth + 1, most, flatArrays),
    );
  }
  if (
    depth < most &&
    Array.isArray(value) &&
    value.length > 0 &&
    (path === '' || flatArrays || value.some((part) => isObject(part) || Array.isArray(part)))
  ) {
    return value.flatMap((part, at) => flattened(`${path}[${at}]`, part, depth, most, flatArrays));
  }
  return [[path, jsonValue(value)]];
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

const KEY = '[A-Za-z_@$][\\w.@$/-]*';

/** The pairs of a text, of one key or of all: a key where a word begins, a delimiter, a quoted or plain value. */
export function keyValuePairs(text: string | null, key: string | null, delimiter: string | null): Pair[] {
  const between = delimiter === null ? '=|:|->' : escaped(delimiter);
  const name = key === null ? KEY : escaped(key);
  const value = String.raw`(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s,;|&)}\]]*))`;
  const pattern = String.raw`(?<![\w.@$/-])["']?(${name})["']?\s*(?:${between})\s*${value}`;
  return [...(text ?? '').matchAll(new RegExp(pattern, 'giu'))].map(([, found = '', ...values]) => [
    found,
    values.find((each) => each !== undefined) ?? null,
  ]);
}
