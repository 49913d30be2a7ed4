import { field } from '../../grammar/syntax.ts';
import { columnNamed, withColumn } from '../columns/batch.ts';
import { type Column, flatten, isSet, textColumn, valueAt } from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import { defineOperator, perBatch } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';

/** `withtime field`. */
export const withtime = defineOperator({
  name: 'withtime',
  summary:
    'Adds a copy of a field that carries the time of its message, for `most_recent` and `least_recent`.',
  description:
    'The new field is `<field>_withtime`: a JSON text with the value and the message time in epoch milliseconds. ' +
    'Give it to `most_recent` or `least_recent`; it can also be grouped by or stored. A null value stays null.',
  syntax: { field: field() },
  reads: ({ field }) => [field.name, '_messageTime'],
  writes: ({ field }) => [`${field.name}_withtime`],
  order: 'keeps',
  split: 'anywhere',
  stands: 'raw',
  start: ({ field }) =>
    perBatch((batch) => {
      const times = columnNamed(batch, '_messageTime');
      const timed = timedTexts(columnNamed(batch, field.name), times, batch.length);
      return withColumn(batch, `${field.name}_withtime`, textColumn(timed));
    }),
  examples: [
    {
      query: '* | parse "code=*" as code | withtime code | count by code_withtime | fields code_withtime',
      input: '2024-01-01T00:00:00.000Z\tcode=200',
      expect: 'code_withtime\n"{""value"":""200"",""timestamp"":1704067200000}"',
    },
  ],
});

function timedTexts(column: Column, timeColumn: Column, length: number): (string | null)[] {
  const flat = flatten(column);
  const times = denseNumbersOf(timeColumn);
  const texts: (string | null)[] = [];
  const known = new Map<Value, string>();
  for (let row = 0; row < length; row++) {
    const value = valueAt(flat, row);
    if (value === null || !isSet(times.validity, row)) {
      texts.push(null);
      continue;
    }
    let json = known.get(value);
    if (json === undefined) {
      json = jsonOf(value);
      known.set(value, json);
    }
    texts.push(`{"value":${json},"timestamp":${times.values[row]!}}`);
  }
  return texts;
}

/** JSON has no Infinity and no NaN: they become text. */
function jsonOf(value: Value): string {
  return typeof value === 'number' && !Number.isFinite(value) ? `"${value}"` : JSON.stringify(value);
}
