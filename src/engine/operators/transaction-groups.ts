import { type Batch, columnNamed } from '../columns/batch.ts';
import { textAt, valueAt } from '../columns/column.ts';
import { numberOf } from '../columns/value.ts';
import { rowsInTimeOrder } from './rows-in-time-order.ts';

/** What ends a group; times in ms. */
export interface GroupLimits {
  readonly span: number;
  readonly pause: number;
  readonly size: number;
  readonly start: { readonly text: string; readonly strict: boolean } | null;
  readonly end: { readonly text: string; readonly strict: boolean } | null;
  readonly keepOrphans: boolean;
}

/** The groups of a table, numbered in order of their first message. */
export interface GroupedRows {
  /** The rows that are kept, in the order of the table. */
  readonly rows: Uint32Array;
  /** The group of each row of the table; meaningless for rows that are dropped. */
  readonly groupOf: Uint32Array;
  readonly groups: readonly {
    readonly size: number;
    /** Times of the first and last message; null where messages have no time. */
    readonly start: number | null;
    readonly end: number | null;
    readonly orphan: boolean;
  }[];
}

interface Group {
  /** The group that this one became part of, or null. */
  into: Group | null;
  size: number;
  start: number | null;
  end: number | null;
  readonly orphan: boolean;
  /** No message can join it any more. */
  closed: boolean;
  /** Whether a message with the text that starts or ends groups is in it. */
  started: boolean;
  ended: boolean;
}

/** Groups rows that share the value of a field, transitively, within the limits. */
export function groupRows(table: Batch, fields: readonly string[], limits: GroupLimits): GroupedRows {
  const columns = fields.map((name) => columnNamed(table, name));
  const times = columnNamed(table, '_messageTime');
  const raw = columnNamed(table, '_raw');
  /** Groups that may still grow, by field and value. */
  const open = new Map<string, Group>();
  const ofRow = new Array<Group>(table.length);
  const created: Group[] = [];
  for (const row of rowsInTimeOrder(table)) {
    const time = numberOf(valueAt(times, row));
    const keys = columns.flatMap((column, at) => {
      const text = textAt(column, row);
      return text === null || text === '' ? [] : [`${at} ${text}`];
    });
    const message = limits.start === null && limits.end === null ? '' : (textAt(raw, row) ?? '');
    const starts = limits.start !== null && message.includes(limits.start.text);
    const ends = limits.end !== null && message.includes(limits.end.text);
    const joined = openGroups(keys, open, time, starts, limits);
    const group = joined.length === 0 ? newGroup(created, time, keys.length === 0) : joined.reduce(merged);
    group.size++;
    group.start ??= time;
    group.end = time ?? group.end;
    if (starts) group.started = true;
    if (ends) group.ended = true;
    if (ends || group.size >= limits.size) group.closed = true;
    ofRow[row] = group;
    for (const key of keys) open.set(key, group);
  }
  return numbered(ofRow, created, limits);
}

/**
 * The groups that a message belongs to, each once. One that it would make too long is over, and so are
 * all of them where together they would be too large or the message starts a new group.
 */
function openGroups(
  keys: readonly string[],
  open: ReadonlyMap<string, Group>,
  time: number | null,
  starts: boolean,
  limits: GroupLimits,
): readonly Group[] {
  const found = new Set<Group>();
  for (const key of keys) {
    const group = open.get(key);
    if (group !== undefined) found.add(rootOf(group));
  }
  for (const group of found) if (!inTime(group, time, limits)) group.closed = true;
  const growing = [...found].filter((group) => !group.closed);
  const size = growing.reduce((sum, group) => sum + group.size, 1);
  if (!starts && size <= limits.size) return growing;
  for (const group of growing) group.closed = true;
  return [];
}

function inTime({ start, end }: Group, time: number | null, { span, pause }: GroupLimits): boolean {
  if (time === null || start === null || end === null) return true;
  return time - start <= span && time - end <= pause;
}

function newGroup(created: Group[], time: number | null, orphan: boolean): Group {
  const group: Group = {
    into: null,
    size: 0,
    start: time,
    end: time,
    orphan,
    closed: false,
    started: false,
    ended: false,
  };
  created.push(group);
  return group;
}

function rootOf(group: Group): Group {
  let root = group;
  while (root.into !== null) root = root.into;
  // Short paths keep later look-ups quick.
  for (let at = group; at !== root; ) {
    const next: Group = at.into ?? root;
    at.into = root;
    at = next;
  }
  return root;
}

function merged(one: Group, other: Group): Group {
  other.into = one;
  one.size += other.size;
  one.start = least(one.start, other.start);
  one.end = greatest(one.end, other.end);
  one.started ||= other.started;
  one.ended ||= other.ended;
  return one;
}

function least(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

function greatest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

function numbered(ofRow: readonly Group[], created: readonly Group[], limits: GroupLimits): GroupedRows {
  const numbers = new Map<Group, number>();
  const groups: Group[] = [];
  for (const group of created) {
    const root = rootOf(group);
    if (numbers.has(root)) continue;
    numbers.set(root, groups.length);
    groups.push(root);
  }
  const groupOf = Uint32Array.from(ofRow, (group) => numbers.get(rootOf(group)) ?? 0);
  const kept = groups.map((group) => {
    if (group.orphan) return limits.keepOrphans;
    if (limits.start?.strict === true && !group.started) return false;
    return !(limits.end?.strict === true && !group.ended);
  });
  const rows = Uint32Array.from(groupOf.keys()).filter((row) => kept[groupOf[row]!] === true);
  return { rows, groupOf, groups };
}
