import { type Batch, columnNamed, findColumn, withColumn } from '../columns/batch.ts';
import { type Column, isNullAt, isSet, type TextColumn } from '../columns/column.ts';
import type { Stage, StageContext } from '../define.ts';
import { TextBuilder } from '../kernels/text-builder.ts';
import { asText } from './extraction.ts';
import { flagsOf, mergeFound, pushMatched } from './parse-stage.ts';

/** Fields whose names come from the data; the names that messages of one row may add are limited. */
export const MOST_FOUND = 100;

interface FoundField {
  readonly name: string;
  readonly builder: TextBuilder;
}

/** Collects the fields that the rows of one batch turn out to have, in order of first sight. */
export class FoundFields {
  readonly #data: Uint8Array;
  readonly #length: number;
  readonly #needed: (field: string) => boolean;
  readonly #byName = new Map<string, FoundField>();
  /** Null for what nobody reads. */
  readonly #bySpelling = new Map<string, FoundField | null>();

  constructor(data: Uint8Array, length: number, needed: (field: string) => boolean) {
    this.#data = data;
    this.#length = length;
    this.#needed = needed;
  }

  /** Where to put the values of a field; null when nobody reads it, by its name or other spelling. Names are equal in any letter case. */
  field(name: string, spelling = name): TextBuilder | null {
    let found = this.#bySpelling.get(spelling);
    if (found === undefined) {
      const key = name.toLowerCase();
      found = this.#byName.get(key) ?? null;
      if (found === null && (this.#needed(name) || this.#needed(spelling))) {
        found = { name, builder: new TextBuilder(this.#data, this.#length) };
        this.#byName.set(key, found);
      }
      this.#bySpelling.set(spelling, found);
    }
    return found?.builder ?? null;
  }

  /** The batch with these fields; a row without a value keeps what the field held before. */
  addTo(batch: Batch): Batch {
    return this.#joined(batch, overColumn);
  }

  /** The batch with these fields where rows have no value of that name yet. */
  fillIn(batch: Batch): Batch {
    return this.#joined(batch, underColumn);
  }

  #joined(batch: Batch, join: (found: TextColumn, before: Column) => Column): Batch {
    let result = batch;
    for (const found of this.#byName.values()) {
      const column = found.builder.build();
      const before = findColumn(batch, found.name);
      result = withColumn(result, found.name, before === null ? column : join(column, before));
    }
    return result;
  }
}

function overColumn(column: TextColumn, before: Column): Column {
  const takes = new Uint8Array(column.length);
  for (let row = 0; row < takes.length; row++) takes[row] = isNullAt(column, row) ? 0 : 1;
  return mergeFound(takes, column, before);
}

function underColumn(column: TextColumn, before: Column): Column {
  const takes = new Uint8Array(column.length);
  for (let row = 0; row < takes.length; row++) takes[row] = isNullAt(before, row) ? 1 : 0;
  return mergeFound(takes, column, before);
}

/**
 * The stage of an operator that makes fields as it finds them and drops no row. `read` gets one row's text
 * and puts what it finds into the fields; `declared` fields exist even where no row has them.
 */
export function startFinding(
  subject: string,
  declared: readonly string[],
  read: (data: Uint8Array, start: number, end: number, row: number, fields: FoundFields) => void,
  context: StageContext,
): Stage {
  return {
    push(batch, out) {
      const text = asText(columnNamed(batch, subject));
      const fields = new FoundFields(text.data, batch.length, (name) => context.needed(name));
      for (const name of declared) fields.field(name);
      for (let row = 0; row < batch.length; row++) {
        if (isSet(text.validity, row)) read(text.data, text.starts[row]!, text.ends[row]!, row, fields);
      }
      const flags = flagsOf(batch, context) ?? new Uint8Array(batch.length);
      pushMatched(fields.addTo(batch), flags, null, true, out);
    },
    finish() {},
  };
}
