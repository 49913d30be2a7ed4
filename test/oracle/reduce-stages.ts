import type { Expression, OperatorStage, Query } from '../../src/grammar/ast.ts';
import type { Amount, Field, Text } from './captured-names.ts';
import { millisecondsIn } from './captured-names.ts';
import { documentIn, isObject } from './json-text.ts';
import {
  addNames,
  byCodePoint,
  get,
  groupRows,
  keyOf,
  type Row,
  rowOf,
  type Table,
  textIn,
  type Value,
} from './table.ts';

interface Captured {
  readonly mode: {
    readonly keys?: {
      readonly options: {
        readonly parser: Text | null;
        readonly maxdepth: Amount | null;
        readonly field: Field | null;
        readonly noaggregate: boolean | null;
      };
    };
    readonly values?: { readonly fields: readonly Field[]; readonly threshold: Amount | null };
    readonly of?: { readonly field: Field };
  } | null;
  readonly options: {
    readonly field: Field | null;
    readonly by: { readonly fields: readonly Field[] } | null;
    readonly limit: Amount | null;
    readonly criteria: Text | null;
    readonly optimize: boolean | null;
  };
}

/** What these stages ask of the query that they are in. */
export interface Reducing {
  holds(condition: Expression, row: Row): boolean;
  /** The rows before this stage, or of another query, over the range moved back by so many ms. */
  earlier(shift: number, query: Query | null): Table;
}

/** Runs a stage that finds what rows have in common, or gives null when the stage is none. */
export function reduceStage(stage: OperatorStage, table: Table, around: Reducing): Table | null {
  switch (stage.name) {
    case 'logreduce': {
      const { mode, options } = stage.args as unknown as Captured;
      if (mode?.keys !== undefined) return reduceKeys(table, mode.keys.options);
      if (mode?.values !== undefined) return reduceValues(table, mode.values);
      return reduce(table, mode?.of?.field ?? options.field, options);
    }
    case 'logcompare':
      return compare(stage, table, around);
    case 'logexplain':
      return explain(stage, table, around);
    default:
      return null;
  }
}

const rounded = (value: number, places: number) => Number(value.toFixed(places));

// ---- logreduce ------------------------------------------------------------------------------

const WILD = '**********';

/** A text in pieces; what varies by nature is masked. */
function tokensOf(text: string): string[] {
  const masked = text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '$$DATE')
    .replace(/https?:\/\/\S+/g, '$$URL');
  return (masked.match(/\$DATE|\$URL|[A-Za-z0-9_]+|\s+|[^A-Za-z0-9_\s]/g) ?? []).map((token) =>
    /^\d+$/.test(token) ? WILD : token,
  );
}

const isWord = (token: string) => /[\w*]/.test(token);

interface Cluster {
  tokens: string[];
  readonly rows: Row[];
}

/** The clusters of texts in ascending order of time, in order of first appearance. */
function clustersOf(rows: readonly Row[], textOf: (row: Row) => string | null): Cluster[] {
  const leaves = new Map<string, Cluster[]>();
  for (const row of rows) {
    const text = textOf(row);
    if (text === null) continue;
    const tokens = tokensOf(text);
    const [first = ''] = tokens.filter(isWord);
    const leading = first === WILD ? '' : first;
    const key = keyOf([tokens.length, leading]);
    const leaf = leaves.get(key) ?? [];
    leaves.set(key, leaf);
    // Words count, not what stands between them.
    const counted = tokens.flatMap((token, at) => (isWord(token) ? [at] : []));
    const share = (cluster: Cluster) =>
      counted.length === 0
        ? Number(cluster.tokens.join('') === tokens.join(''))
        : counted.filter((at) => cluster.tokens[at] === tokens[at]).length / counted.length;
    const [best] = leaf.toSorted((a, b) => share(b) - share(a));
    if (best !== undefined && share(best) >= 0.5) {
      best.tokens = best.tokens.map((token, at) => (token === tokens[at] ? token : WILD));
      best.rows.push(row);
    } else leaf.push({ tokens, rows: [row] });
  }
  // Clusters whose texts became the same are one.
  const bySignature = new Map<string, Cluster>();
  for (const cluster of [...leaves.values()].flat()) {
    const same = bySignature.get(cluster.tokens.join(''));
    if (same === undefined) bySignature.set(cluster.tokens.join(''), cluster);
    else same.rows.push(...cluster.rows);
  }
  return [...bySignature.values()];
}

const signatureOf = ({ tokens }: Cluster) => tokens.join('');

function reduce(
  table: Table,
  field: Field | null,
  { by, limit, criteria, optimize }: Captured['options'],
): Table {
  const keys = (by?.fields ?? []).map(({ name }) => name);
  const clusters = clustersOf(table.rows.toReversed(), (row) => textIn(get(row, field?.name ?? '_raw')));
  const most = criteria?.value === 'mostcommon' ? -1 : 1;
  const counted = clusters.flatMap((cluster) =>
    [...groupRows(cluster.rows, keys).values()].map((rows) => ({ cluster, rows })),
  );
  const rows = counted
    .toSorted((a, b) => most * (a.rows.length - b.rows.length))
    .slice(0, limit?.count ?? Infinity)
    .map(({ cluster, rows }) =>
      rowOf([
        ...keys.map((key) => [key, get(rows[0]!, key)] as const),
        ['_count', rows.length],
        ...(optimize === true ? [] : ([['_relevance', 5]] as const)),
        ['signature', signatureOf(cluster)],
      ]),
    );
  return { rows, raw: false, names: addNames(keys, ['_count', '_signature_id', '_relevance', 'signature']) };
}

// ---- logreduce keys -------------------------------------------------------------------------

type KeyOptions = NonNullable<NonNullable<Captured['mode']>['keys']>['options'];

function reduceKeys(table: Table, { parser, maxdepth, field, noaggregate }: KeyOptions): Table {
  const schemaOf = (row: Row) => {
    const text = textIn(get(row, field?.name ?? '_raw'));
    const keys =
      parser?.value === 'keyvalue'
        ? textKeys(text ?? '')
        : jsonKeys('', documentIn(text), 0, maxdepth?.count ?? 5);
    const schema = [...new Set(keys.map((key) => key.toLowerCase()))].sort(byCodePoint).slice(0, 100);
    return schema.length === 0 ? 'unknown' : schema.join(', ');
  };
  const marked = table.rows.map((row) => ({
    ...row,
    cells: new Map([...row.cells, ['_schema', schemaOf(row)]]),
  }));
  if (noaggregate === true)
    return { ...table, rows: marked, names: addNames(table.names, ['_signature_id', '_schema']) };
  const rows = [...groupRows(marked, ['_schema']).values()].map((group) =>
    rowOf([
      ['_schema', get(group[0]!, '_schema')],
      ['_count', group.length],
    ]),
  );
  return { rows, raw: false, names: addNames([], ['_signature_id', '_schema', '_count']) };
}

/** Words, or quoted texts, before `=`, `:`, `=>` or `->`; the `:` of an address is none. */
const textKeys = (text: string): string[] =>
  [...text.matchAll(/(?:"([^"\s]+)"|(?<![\w.-])([A-Za-z_][\w.-]*))\s*(?:=>|->|=|:(?!\/\/))/g)].map(
    ([, quoted, word]) => quoted ?? word!,
  );

/** Keys with those of the objects below them; arrays are not looked into. */
function jsonKeys(path: string, value: unknown, depth: number, most: number): string[] {
  if (!isObject(value) || depth === most) return path === '' ? [] : [path];
  return Object.entries(value).flatMap(([key, part]) =>
    jsonKeys(path === '' ? key : `${path}.${key}`, part, depth + 1, most),
  );
}

// ---- logreduce values -----------------------------------------------------------------------

interface Histogram {
  readonly rows: Row[];
}

/** Rows put one by one to the cluster whose values are most like theirs. */
function reduceValues(
  table: Table,
  { fields, threshold }: NonNullable<NonNullable<Captured['mode']>['values']>,
): Table {
  const names = fields.map(({ name }) => name);
  const support = (name: string, value: Value) =>
    table.rows.filter((row) => get(row, name) === value).length / table.rows.length;
  const known = (row: Row, name: string) => {
    const value = get(row, name);
    return value === null || support(name, value) < 0.01 ? null : String(value);
  };
  const clusters: Histogram[] = [];
  for (const row of table.rows.toReversed()) {
    const present = names.filter((name) => known(row, name) !== null);
    const share = (cluster: Histogram, name: string) =>
      cluster.rows.filter((other) => known(other, name) === known(row, name)).length / cluster.rows.length;
    const likeness = (cluster: Histogram) =>
      present.length === 0
        ? Number(cluster.rows.every((other) => names.every((name) => known(other, name) === null)))
        : present.reduce((sum, name) => sum + share(cluster, name), 0) / present.length;
    const [best] = clusters.toSorted((a, b) => likeness(b) - likeness(a));
    if (best !== undefined && likeness(best) >= 0.5) best.rows.push(row);
    else clusters.push({ rows: [row] });
  }
  const least = threshold?.count ?? 0;
  const rows = clusters
    .filter((cluster) => cluster.rows.length / table.rows.length >= least)
    .map((cluster) =>
      rowOf([
        ['_signature', histogramText(cluster, names, known)],
        ['_count', cluster.rows.length],
      ]),
    );
  return { rows, raw: false, names: addNames([], ['_cluster_id', '_signature', '_count']) };
}

function histogramText(
  { rows }: Histogram,
  names: readonly string[],
  known: (row: Row, name: string) => string | null,
): string {
  return names
    .flatMap((name) => {
      const counts = new Map<string, number>();
      for (const row of rows) {
        const value = known(row, name);
        if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      return [...counts]
        .filter(([, count]) => count / rows.length >= 0.05)
        .sort(([, a], [, b]) => b - a)
        .map(([value, count]) => `${name}=${value} ${count} (${rounded((100 * count) / rows.length, 1)}%)`);
    })
    .join(', ');
}

// ---- logcompare -----------------------------------------------------------------------------

/** Signatures of both sets together, and how their shares differ. */
function compare(stage: OperatorStage, table: Table, around: Reducing): Table {
  const { when, baseline } = stage.args as unknown as {
    readonly when: { readonly shift: { readonly by: Amount } };
    readonly baseline: {
      readonly query: { readonly scope: Query['scope'] | null; readonly stages: Query['stages'] };
    } | null;
  };
  const shift = millisecondsIn(when.shift.by)!;
  const query = baseline === null ? null : ({ ...baseline.query, kind: 'query', span: stage.span } as Query);
  const before = around.earlier(Math.abs(shift), query).rows;
  const target = new Set(table.rows);
  const clusters = clustersOf(
    [...before, ...table.rows].toSorted(
      (a, b) => Number(get(a, '_messageTime')) - Number(get(b, '_messageTime')),
    ),
    (row) => textIn(get(row, '_raw')),
  );
  const rows = clusters.map((cluster) => {
    const count = cluster.rows.filter((row) => target.has(row)).length;
    const old = cluster.rows.length - count;
    const share = (part: number, all: number) => (part === 0 ? 0.5 : part) / Math.max(all, 1);
    const now = share(count, table.rows.length);
    const then = share(old, before.length);
    return rowOf([
      ['_count', count],
      [
        '_deltaPercentage',
        old === 0 ? Infinity : rounded(100 * ((count / Math.max(table.rows.length, 1) - then) / then), 4),
      ],
      ['_anomalyScore', rounded((now - then) * Math.log(now / then), 4)],
      ['_isNew', old === 0],
      ['signature', signatureOf(cluster)],
    ]);
  });
  return {
    rows,
    raw: false,
    names: addNames(
      [],
      ['_count', '_deltaPercentage', '_anomalyScore', '_isNew', '_signature_id', 'signature'],
    ),
  };
}

// ---- logexplain -----------------------------------------------------------------------------

/** Combinations of up to four values that are more frequent among the rows of the event. */
function explain(stage: OperatorStage, table: Table, around: Reducing): Table {
  const { event, against, fields } = stage.args as unknown as {
    readonly event: Expression;
    readonly against: { readonly condition: Expression } | null;
    readonly fields: readonly Field[];
  };
  const events = table.rows.filter((row) => around.holds(event, row));
  const controls = table.rows.filter((row) =>
    against === null ? !around.holds(event, row) : around.holds(against.condition, row),
  );
  type Pair = readonly [name: string, value: string];
  const holds = (row: Row, pairs: readonly Pair[]) =>
    pairs.every(([name, value]) => textIn(get(row, name)) === value);
  const coverage = (rows: readonly Row[], pairs: readonly Pair[]) =>
    rows.length === 0 ? 0 : rows.filter((row) => holds(row, pairs)).length / rows.length;
  let sets: Pair[][] = [[]];
  for (const { name } of fields) {
    const values = [...new Set(events.map((row) => textIn(get(row, name))))].filter(
      (value) => value !== null,
    );
    sets = sets.flatMap((set) => [set, ...values.map((value): Pair[] => [...set, [name, value]])]);
  }
  const candidates = sets
    .filter(({ length }) => length > 0 && length <= 4)
    .map((pairs) => {
      const [test, control] = [coverage(events, pairs), coverage(controls, pairs)];
      const relevance = test === 1 && control === 1 ? 0 : test / (test + control);
      return { pairs, test, control, relevance };
    })
    .filter(({ test, relevance }) => test > 0.05 && relevance > 0.1)
    .toSorted(
      (a, b) =>
        b.relevance - a.relevance ||
        b.pairs.length - a.pairs.length ||
        b.test - a.test ||
        byCodePoint(a.pairs.join(), b.pairs.join()),
    );
  const seen = new Set<string>();
  const shown = candidates.filter(({ pairs }) => {
    const keys = pairs.map((pair) => pair.join('='));
    const fresh = keys.some((key) => !seen.has(key));
    if (fresh) for (const key of keys) seen.add(key);
    return fresh;
  });
  const rows = shown.map(({ pairs, test, control, relevance }) =>
    rowOf([
      ['_explanation', pairs.map((pair) => pair.join('=')).join(', ')],
      ['_relevance', rounded(relevance, 3)],
      ['_test_coverage', rounded(100 * test, 1)],
      ['_control_coverage', rounded(100 * control, 1)],
    ]),
  );
  return {
    rows,
    raw: false,
    names: addNames([], ['_explanation', '_relevance', '_test_coverage', '_control_coverage']),
  };
}
