import { ODD_CHARACTERS } from '../columns/batch.ts';
import { MESSAGE_FIELDS } from '../source.ts';
import { FieldNames } from './field-names.ts';

/** What is known of the rows at one point of the pipeline. */
export interface Shape {
  readonly raw: boolean;
  /** True when there may be fields that are not listed. */
  readonly open: boolean;
  readonly names: FieldNames;
  readonly groupedBy: readonly string[];
  /** The outputs of the aggregate stage before, while nothing replaced them. */
  readonly outputs: readonly string[];
}

/** The rows that a source gives: messages with fields of any names. */
export const MESSAGES: Shape = {
  raw: true,
  open: true,
  names: FieldNames.of(MESSAGE_FIELDS),
  groupedBy: [],
  outputs: [],
};

/** Whether a field is there, or may be. A name with odd characters may stand for its `_` spelling, as in `Schema.find`. */
export function mayHave(shape: Shape, name: string): boolean {
  const key = name.toLowerCase();
  if (shape.open || (shape.raw && name.startsWith('_')) || hasParameter(name)) return true;
  if (shape.names.values().some(hasParameter)) return true;
  return shape.names.has(key) || ODD_CHARACTERS.some((odd) => shape.names.has(key.replace(odd, '_')));
}

/** A name with a parameter that has no value yet may become any name. */
function hasParameter(name: string): boolean {
  return name.includes('{{');
}

/** The shape with more fields; `all` means any. Known names keep their spelling. */
export function withFields(shape: Shape, written: readonly string[] | 'all'): Shape {
  if (written === 'all') return { ...shape, open: true };
  const names = shape.names.with(written);
  return names === shape.names ? shape : { ...shape, names };
}

/** The shape of rows that have exactly these fields. */
export function onlyFields(shape: Shape, written: readonly string[] | 'all', raw: boolean): Shape {
  return withFields({ ...shape, raw, open: false, names: FieldNames.of([]) }, written);
}
