import type { OperatorStage, Pipeline } from '../../src/grammar/ast.ts';
import {
  type Alias,
  type Amount,
  type As,
  type Field,
  millisecondsIn,
  namesIn,
  type Text,
} from './captured-names.ts';
import { anchors as matchAnchors } from './parse-stages.ts';
import { addNames, get, put, type Row, rowOf, type Table, textIn, type Value } from './table.ts';

interface Marker {
  readonly text: Text;
  readonly strict: unknown;
}
interface Merged {
  readonly field: Field;
  readonly strategy: {
    readonly takeFirst?: true;
    readonly takeLast?: true;
    readonly takeDistinct?: true;
    readonly join?: { readonly with: { readonly separator: Text } | null };
  } | null;
  readonly as: Alias;
}
interface Captured {
  readonly fields: readonly Field[];
  readonly as: Alias;
  readonly settings: {
    readonly maxSpan: Amount | null;
    readonly maxPause: Amount | null;
    readonly maxLogs: Amount | null;
    readonly startsWith: Marker | null;
    readonly endsWith: Marker | null;
    readonly keepOrphans: Text | null;
  };
  readonly each: Pipeline | null;
  readonly anchors: readonly { readonly pattern: Text; readonly as: As }[];
}

/** Runs a stage that puts messages of one thing together, or gives null when the stage is none. */
export function sessionStage(
  stage: OperatorStage,
  table: Table,
  run: (pipeline: Pipeline, table: Table) => Table,
): Table | null {
  switch (stage.name) {
    case 'merge':
      return merge(table, (stage.args as unknown as { fields: readonly Merged[] | null }).fields);
    case 'transactionize':
      return transactionize(table, stage.args as unknown as Captured, run);
    case 'sessionize':
      return sessionize(table, stage.args as unknown as Captured);
    default:
      return null;
  }
}

const timeIn = (row: Row) => Number(get(row, '_messageTime'));
/** Messages come newest first, those of one time last come first. */
const inTimeOrder = (rows: readonly Row[]) => rows.toReversed().sort((a, b) => timeIn(a) - timeIn(b));

function merge(table: Table, fields: readonly Merged[] | null): Table {
  const rows = inTimeOrder(table.rows);
  const valuesOf = (name: string) => rows.map((row) => get(row, name)).filter((value) => value !== null);
  const cells: (readonly [string, Value])[] =
    fields === null
      ? [
          ['_raw', valuesOf('_raw').join('\n')],
          ['_messageTime', valuesOf('_messageTime')[0] ?? null],
        ]
      : fields.map(({ field, strategy, as }) => [
          as?.name.text ?? field.name,
          together(valuesOf(field.name), strategy),
        ]);
  return {
    rows: rows.length === 0 ? [] : [rowOf(cells)],
    raw: false,
    names: addNames(
      [],
      cells.map(([name]) => name),
    ),
  };
}

function together(values: readonly Value[], strategy: Merged['strategy']): Value {
  if (values.length === 0) return null;
  if (strategy?.takeFirst === true) return values[0]!;
  if (strategy?.takeLast === true) return values.at(-1)!;
  if (strategy?.takeDistinct === true) return [...new Set(values.map(String))].join('\n');
  return values.join(strategy?.join?.with?.separator.value ?? '\n');
}

interface Group {
  readonly rows: Row[];
  ended: boolean;
}

/** Groups that share a value of a field, directly or through others. */
function transactionize(
  table: Table,
  args: Captured,
  run: (pipeline: Pipeline, table: Table) => Table,
): Table {
  const { maxSpan, maxPause, maxLogs, startsWith, endsWith, keepOrphans } = args.settings;
  const keysOf = (row: Row) =>
    args.fields.flatMap(({ name }) => {
      const text = textIn(get(row, name));
      return text === null || text === '' ? [] : [JSON.stringify([name.toLowerCase(), text])];
    });
  const has = (row: Row, marker: Marker | null) =>
    marker !== null && (textIn(get(row, '_raw')) ?? '').includes(marker.text.value);
  const inOrder = inTimeOrder(table.rows);
  const placeOf = (row: Row) => inOrder.indexOf(row);
  let groups: Group[] = [];
  for (const row of inOrder) {
    const keys = keysOf(row);
    let joined = groups.filter(
      (group) => !group.ended && group.rows.some((other) => keysOf(other).some((key) => keys.includes(key))),
    );
    const end = (wrong: (rows: readonly Row[]) => boolean) => {
      for (const group of joined) if (wrong(group.rows)) group.ended = true;
      joined = joined.filter(({ ended }) => !ended);
    };
    if (maxPause !== null) end((rows) => timeIn(row) - timeIn(rows.at(-1)!) > millisecondsIn(maxPause)!);
    if (maxSpan !== null) end((rows) => timeIn(row) - timeIn(rows[0]!) > millisecondsIn(maxSpan)!);
    if (has(row, startsWith)) end(() => true);
    if (maxLogs !== null && joined.reduce((sum, { rows }) => sum + rows.length, 1) > maxLogs.count)
      end(() => true);
    const rows = [...joined.flatMap((group) => group.rows), row].sort((a, b) => placeOf(a) - placeOf(b));
    const ended = has(row, endsWith) || (maxLogs !== null && rows.length >= maxLogs.count);
    groups = [...groups.filter((group) => !joined.includes(group)), { rows, ended }];
  }
  const orphaned = ({ rows }: Group) => rows.every((row) => keysOf(row).length === 0);
  const prefix = args.as?.name.text ?? '_group';
  const outputs = [prefix, ...['duration', 'size', 'orphaned'].map((end) => `${prefix}_${end}`)];
  const strict = (marker: Marker | null, { rows }: Group) =>
    marker?.strict == null || rows.some((row) => has(row, marker));
  const tables = groups
    .toSorted((a, b) => placeOf(a.rows[0]!) - placeOf(b.rows[0]!))
    .map((group, at) => ({ group, id: at + 1 }))
    .filter(({ group }) => keepOrphans?.value.toLowerCase() !== 'false' || !orphaned(group))
    .filter(({ group }) => orphaned(group) || (strict(startsWith, group) && strict(endsWith, group)))
    .map(({ group, id }): Table => {
      const rows = group.rows.map((row) =>
        put(row, [
          [prefix, id],
          [`${prefix}_duration`, timeIn(group.rows.at(-1)!) - timeIn(group.rows[0]!)],
          [`${prefix}_size`, group.rows.length],
          [`${prefix}_orphaned`, orphaned(group)],
        ]),
      );
      const whole = { ...table, rows: rows.toReversed(), names: addNames(table.names, outputs) };
      return args.each === null ? whole : run(args.each, whole);
    });
  return {
    rows: tables.flatMap(({ rows }) => rows),
    raw: args.each === null ? table.raw : false,
    names: tables[0]?.names ?? addNames(table.names, outputs),
  };
}

/** A session under way: what it captured, and its messages. */
interface Session {
  readonly cells: ReadonlyMap<string, Value>;
  readonly rows: readonly Row[];
}

/** Messages that match one pattern after the other and agree in what the patterns share. */
function sessionize(table: Table, { anchors }: Captured): Table {
  const patterns = anchors.map(({ pattern, as }) => {
    const given = namesIn(as) ?? [];
    const names = [...pattern.value.matchAll(/\*|\$(\w+)/g)].map(
      ([, reference]) => reference ?? given.shift()!,
    );
    return { names, pattern: pattern.value.replace(/\$\w+/g, '*') };
  });
  const sessions: Session[][] = patterns.map(() => []);
  for (const row of inTimeOrder(table.rows)) {
    const found = patterns.map(({ pattern, names }) =>
      matchAnchors(pattern, names, textIn(get(row, '_raw'))),
    );
    // From the last pattern to the first, so that a message follows only earlier ones.
    for (let at = patterns.length - 1; at >= 0; at--) {
      const cells = found[at] ?? null;
      if (cells === null) continue;
      const before: readonly Session[] = at === 0 ? [{ cells: new Map(), rows: [] }] : sessions[at - 1]!;
      for (const session of before) {
        if ([...cells].some(([name, value]) => session.cells.has(name) && session.cells.get(name) !== value))
          continue;
        sessions[at]!.push({ cells: new Map([...session.cells, ...cells]), rows: [...session.rows, row] });
      }
    }
  }
  const rows = sessions
    .at(-1)!
    .map(({ cells, rows }) =>
      rowOf([
        ['_raw', rows.map((row) => get(row, '_raw')).join('\n')],
        ['_messageTime', get(rows[0]!, '_messageTime')],
        ...cells,
      ]),
    );
  return {
    rows,
    raw: true,
    names: addNames(
      ['_raw', '_messageTime'],
      patterns.flatMap(({ names }) => names),
    ),
  };
}
