import type { Text } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';
import { anyOrder, flag, list, number, optional, sequence, setting, text } from '../../grammar/syntax.ts';
import { defineOperator } from '../define.ts';
import { findJson } from '../kernels/json-text.ts';
import { type JsonNode, jsonTree } from '../kernels/json-tree.ts';
import { type FoundFields, MOST_FOUND, startFinding } from './found-fields.ts';
import { putNode } from './json-extract.ts';
import {
  type AsNames,
  asNames,
  checkNameCount,
  checkSubject,
  namesOf,
  subjectOf,
  subjectSetting,
} from './parse-clauses.ts';

/** `json auto [field=f] [maxdepth n] [extractarrays] [keys "key", … [refonly] [as name, …]]`. */
export const jsonAuto = defineOperator({
  name: 'json auto',
  summary: 'Makes a field of everything in the JSON text that ends the message.',
  description: [
    'Nested keys become `a.b` and, in arrays that hold objects or arrays, `a[0].b`. An array of plain values stays JSON',
    'text unless `extractarrays` is given; `maxdepth n` leaves everything below the n-th key as JSON text. Spaces in',
    `names become \`_\`. At most ${MOST_FOUND} fields are made of one message, more only if named after \`keys\`. These are found`,
    'in any letter case, may be renamed by `as`, and `refonly` makes only them. Text may stand before the JSON, not after it.',
    'No row is dropped. Fields that a message lacks are null. `nodrop` may be written and changes nothing.',
  ].join(' '),
  syntax: {
    mode: anyOrder({
      subject: subjectSetting(),
      maxdepth: setting('maxdepth', number()),
      extractarrays: flag('extractarrays'),
      keys: optional(
        sequence({
          keys: flag('keys'),
          key: list(text(), { separator: 'optional-comma' }),
          refonly: flag('refonly'),
          as: asNames(),
        }),
      ),
      refonly: flag('refonly'),
      nodrop: flag('nodrop'),
    }),
  },
  reads: ({ mode }) => [subjectOf(mode.subject)],
  writes: ({ mode }) => (onlyKeys(mode) ? declaredOf(mode.keys) : 'all'),
  keepsEarlier: () => true,
  order: 'keeps',
  split: 'anywhere',
  check({ mode }, { span }) {
    return [
      ...checkDepth(mode.maxdepth),
      ...(mode.keys === null ? [] : checkNameCount(mode.keys.key.length, 'key', namesOf(mode.keys.as))),
      ...(onlyKeys(mode) && mode.keys === null ? [noKeys(span)] : []),
    ];
  },
  checkPlace: ({ mode }, { span }, before) => checkSubject('json auto', mode.subject, span, before),
  start({ mode }, context) {
    const declared = declaredOf(mode.keys);
    const flattener = new Flattener({
      maxDepth: mode.maxdepth?.count ?? Infinity,
      flatArrays: mode.extractarrays === true,
      onlyKeys: onlyKeys(mode),
      fieldsByKey: groupKeys(mode.keys, declared),
    });
    return startFinding(
      subjectOf(mode.subject),
      declared,
      (data, start, end, row, fields) => flattener.read(data, start, end, row, fields),
      context,
    );
  },
  examples: [
    {
      query: '* | json auto | count by %"foo.xs", %"foo.baz"',
      input: 'ts INFO {"foo":{"xs":[1,2],"baz":"q"}}',
      expect: 'foo.xs,foo.baz,_count\n"[1,2]",q,1',
    },
    {
      query: '* | json auto maxdepth 1 | count by foo',
      input: 'ts INFO {"foo":{"xs":[1,2],"baz":"q"}}',
      expect: 'foo,_count\n"{""xs"":[1,2],""baz"":""q""}",1',
    },
  ],
});

type Keys = { readonly key: readonly Text[]; readonly as: AsNames; readonly refonly: boolean } | null;

function onlyKeys(mode: { readonly keys: Keys; readonly refonly: boolean | null }): boolean {
  return mode.refonly === true || mode.keys?.refonly === true;
}

function declaredOf(keys: Keys): readonly string[] {
  if (keys === null) return [];
  return namesOf(keys.as)?.map((name) => name.text) ?? keys.key.map(({ value }) => fieldName(value));
}

function fieldName(path: string): string {
  return path.replaceAll(' ', '_');
}

function noKeys(span: Span): Diagnostic {
  return error('wrong-arguments', span, '`refonly` makes only the fields after `keys`, and there are none');
}

function checkDepth(depth: { readonly count: number; readonly span: Span } | null): readonly Diagnostic[] {
  if (depth === null || (Number.isInteger(depth.count) && depth.count >= 1)) return [];
  return [
    error('bad-value', depth.span, `\`maxdepth\` must be a whole number from 1 on, found ${depth.count}`),
  ];
}

/** The fields that each key fills; several names may ask for one key. */
function groupKeys(keys: Keys, declared: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const byKey = new Map<string, string[]>();
  keys?.key.forEach(({ value }, at) => {
    const key = fieldName(value).toLowerCase();
    byKey.set(key, [...(byKey.get(key) ?? []), declared[at] ?? value]);
  });
  return byKey;
}

interface FlattenOptions {
  readonly maxDepth: number;
  readonly flatArrays: boolean;
  readonly onlyKeys: boolean;
  /** By key in lower case: the fields to fill. */
  readonly fieldsByKey: ReadonlyMap<string, readonly string[]>;
}

/** Puts everything in the JSON of one row into fields, as `json auto` without clauses. */
export function flattenAll(): (
  data: Uint8Array,
  start: number,
  end: number,
  row: number,
  fields: FoundFields,
) => void {
  const options = { maxDepth: Infinity, flatArrays: false, onlyKeys: false, fieldsByKey: new Map() };
  const flattener = new Flattener(options);
  return (data, start, end, row, fields) => flattener.read(data, start, end, row, fields);
}

/** Walks the JSON of one row and puts its values into fields. */
class Flattener {
  readonly #options: FlattenOptions;
  #data: Uint8Array = new Uint8Array(0);
  #row = 0;
  #fields: FoundFields | null = null;
  #others = 0;

  constructor(options: FlattenOptions) {
    this.#options = options;
  }

  read(data: Uint8Array, start: number, end: number, row: number, fields: FoundFields): void {
    const blob = findJson(data, start, end);
    if (blob === null) return;
    this.#data = data;
    this.#row = row;
    this.#fields = fields;
    this.#others = 0;
    this.#inside(jsonTree(data, blob.start, blob.end), '', 0, true);
  }

  /** The values in an object or array. With `emit` off only fields that were asked for are filled. */
  #inside(node: JsonNode, path: string, depth: number, emit: boolean): void {
    if (node.kind === 'object') {
      for (const [key, value] of node.entries) {
        this.#value(value, fieldName(path === '' ? key : `${path}.${key}`), depth + 1, emit);
      }
    } else if (node.kind === 'array') {
      node.items.forEach((item, at) => {
        this.#value(item, `${path}[${at}]`, depth, emit);
      });
    }
  }

  #value(node: JsonNode, path: string, depth: number, emit: boolean): void {
    const asked = this.#options.fieldsByKey.get(path.toLowerCase());
    for (const field of asked ?? []) this.#put(field, node);
    const opens = this.#opens(node, depth);
    if (emit && !opens && asked === undefined && !this.#options.onlyKeys && this.#others++ < MOST_FOUND) {
      this.#put(path, node);
    }
    if (opens || this.#options.fieldsByKey.size > 0) this.#inside(node, path, depth, emit && opens);
  }

  /** Whether a value is flattened rather than given as text. */
  #opens(node: JsonNode, depth: number): boolean {
    if (depth >= this.#options.maxDepth) return false;
    if (node.kind === 'object') return node.entries.size > 0;
    if (node.kind !== 'array' || node.items.length === 0) return false;
    return this.#options.flatArrays || node.items.some(({ kind }) => kind === 'object' || kind === 'array');
  }

  #put(field: string, node: JsonNode): void {
    const builder = this.#fields?.field(field) ?? null;
    if (builder !== null) putNode(builder, this.#row, this.#data, node);
  }
}
