import { type Batch, newBatch } from './batch.ts';
import { type Column, columnOf, columnType, flatten, valuesOf } from './column.ts';
import type { Value } from './value.ts';

/**
 * A link is a text that holds its label and the address behind it, so that links group and sort by label,
 * then address. `RunOptions.links` says whether a result shows them so or as labels.
 */
const MARK = '\0link\0';

/** The parts of a link. */
export interface Link {
  readonly label: string;
  readonly url: string;
}

export function linkText({ label, url }: Link): string {
  return label + MARK + url;
}

/** The link that a text is, or null. */
export function linkIn(text: string): Link | null {
  const at = text.indexOf(MARK);
  return at < 0 ? null : { label: text.slice(0, at), url: text.slice(at + MARK.length) };
}

/** The batch with the labels of links in place of the links. */
export function withLabels(batch: Batch): Batch {
  return newBatch(batch.schema, batch.columns.map(labels), batch.length);
}

function labels(column: Column): Column {
  const type = columnType(column);
  if (type !== 'string' && type !== 'mixed') return column;
  const values = valuesOf(flatten(column));
  const shown = values.map(label);
  return shown.every((value, row) => value === values[row]) ? column : columnOf(shown);
}

function label(value: Value): Value {
  return typeof value === 'string' ? (linkIn(value)?.label ?? value) : value;
}
