import { type Batch, findColumn } from '../columns/batch.ts';
import { type Column, constantColumn, flatten, isNullAt, TRUE, textAt } from '../columns/column.ts';
import { Words } from '../columns/words.ts';
import { chooseRows } from '../kernels/choose.ts';
import { LOG_LEVELS, logLevelOf, NO_LEVEL } from '../kernels/log-level.ts';
import { DEFAULT_INDEX } from './indexes.ts';

/** A field that every message has without having been given it: made when something reads it. */
interface BuiltInField {
  readonly name: string;
  /** What it is made of, besides what the message itself has under its name. */
  readonly reads: readonly string[];
  /** Its value for messages that have none of their own. */
  make(batch: Batch): Column;
}

const BUILT_IN_FIELDS: readonly BuiltInField[] = [
  { name: '_loglevel', reads: ['_raw'], make: logLevels },
  { name: '_collector', reads: [], make: (batch) => constantColumn('weir', batch.length) },
  { name: '_source', reads: [], make: (batch) => constantColumn('files', batch.length) },
  {
    name: '_view',
    reads: ['_index'],
    make: (batch) => valueOr(findColumn(batch, '_index'), () => constantColumn(DEFAULT_INDEX, batch.length)),
  },
];

const byName = new Map(BUILT_IN_FIELDS.map((field) => [field.name, field]));

/** The names of the fields that are made when something reads them, in lower case. */
export const BUILT_IN_NAMES: readonly string[] = [...byName.keys()];

/** Whether a field of this name, in any letter case, is made when something reads it. */
export function isBuiltIn(name: string): boolean {
  return byName.has(name.toLowerCase());
}

/** What must be read to know a field: itself, and what a built-in one is made of. */
export function fieldsBehind(name: string): readonly string[] {
  return [name, ...(byName.get(name.toLowerCase())?.reads ?? [])];
}

/** A built-in field of the messages of a batch: what they have of their own, else what is made. */
export function builtInColumn(batch: Batch, name: string): Column {
  const field = byName.get(name.toLowerCase());
  if (field === undefined) throw new Error(`${name} is no built-in field`);
  return valueOr(findColumn(batch, name), () => field.make(batch));
}

/** `own` where it has a value, else `other`. */
function valueOr(own: Column | null, other: () => Column): Column {
  if (own === null) return other();
  const flat = flatten(own);
  if (flat.kind === 'constant') return flat.value === null ? other() : flat;
  const takes = new Uint8Array(flat.length);
  for (let row = 0; row < flat.length; row++) takes[row] = isNullAt(flat, row) ? 0 : TRUE;
  return takes.every((taken) => taken === TRUE) ? flat : chooseRows()(takes, flat, other());
}

const LEVEL_WORDS = Words.of(LOG_LEVELS);
const encoder = new TextEncoder();

function logLevels(batch: Batch): Column {
  const raw = findColumn(batch, '_raw');
  if (raw === null) return constantColumn(null, batch.length);
  const flat = flatten(raw);
  const codes = new Uint8Array(batch.length);
  if (flat.kind === 'text' && flat.validity === null) {
    const { data, starts, ends } = flat;
    for (let row = 0; row < codes.length; row++) codes[row] = logLevelOf(data, starts[row]!, ends[row]!);
  } else {
    for (let row = 0; row < codes.length; row++) {
      const text = textAt(flat, row);
      codes[row] = text === null ? NO_LEVEL : levelOfText(text);
    }
  }
  return { kind: 'dictionary', length: codes.length, codes, words: LEVEL_WORDS };
}

function levelOfText(text: string): number {
  const bytes = encoder.encode(text);
  return logLevelOf(bytes, 0, bytes.length);
}
