import { type Batch, columnNamed, findColumn, selectRows, withColumn } from '../columns/batch.ts';
import { isSet } from '../columns/column.ts';
import type { Sink, Stage, StageContext } from '../define.ts';
import { TextBuilder } from '../kernels/text-builder.ts';
import type { ByteRegex } from '../regex/compile-regex.ts';
import { asText } from './extraction.ts';
import { flagsOf, mergeFound, pushMatched } from './parse-stage.ts';

/** What `parse regex … multi` runs with; `groups` are the group numbers of the outputs. */
export interface MultiOptions {
  readonly subject: string;
  readonly regex: ByteRegex;
  readonly outputs: readonly string[];
  readonly groups: readonly number[];
  readonly nodrop: boolean;
}

/** Rows in one pushed batch at most, but for the matches of the last row in it. */
const BATCH_ROWS = 65_536;

/** The stage that makes one row per match. */
export function startMulti(options: MultiOptions, context: StageContext): Stage {
  const wanted = options.outputs.flatMap((name, output) => (context.needed(name) ? [output] : []));
  return {
    push(batch, out) {
      const flags = flagsOf(batch, context);
      for (let row = 0; row < batch.length; ) row = pushMatches(options, wanted, batch, flags, row, out);
    },
    finish() {},
  };
}

/** Pushes the matches from row `first` on until the pushed batch is full; returns the next row to look at. */
function pushMatches(
  { subject, regex, outputs, groups, nodrop }: MultiOptions,
  wanted: readonly number[],
  batch: Batch,
  flags: Uint8Array | null,
  first: number,
  out: Sink,
): number {
  const text = asText(columnNamed(batch, subject));
  const rows: number[] = [];
  const matched: number[] = [];
  const spans: number[] = [];
  let row = first;
  for (; row < batch.length && rows.length < BATCH_ROWS; row++) {
    let found = isSet(text.validity, row) && regex.searchBytes(text.data, text.starts[row]!, text.ends[row]!);
    if (!found && (nodrop || flags?.[row] === 1)) {
      rows.push(row);
      matched.push(0);
      for (let at = 0; at < wanted.length; at++) spans.push(-1, -1);
    }
    for (; found; found = regex.searchNext()) {
      rows.push(row);
      matched.push(1);
      for (const output of wanted) {
        const slot = (groups[output] ?? 0) * 2;
        spans.push(regex.slots[slot]!, regex.slots[slot + 1]!);
      }
    }
  }
  if (rows.length === 0) return row;
  let result = selectRows(batch, Uint32Array.from(rows));
  const matches = Uint8Array.from(matched);
  wanted.forEach((output, at) => {
    const builder = new TextBuilder(text.data, rows.length);
    for (let made = 0; made < rows.length; made++) {
      const start = spans[(made * wanted.length + at) * 2]!;
      if (start >= 0) builder.span(made, start, spans[(made * wanted.length + at) * 2 + 1]!);
    }
    const name = outputs[output]!;
    const before = findColumn(result, name);
    const column = builder.build();
    result = withColumn(result, name, before === null ? column : mergeFound(matches, column, before));
  });
  pushMatched(
    result,
    matches,
    flags === null ? null : Uint8Array.from(rows, (from) => flags[from]!),
    nodrop,
    out,
  );
  return row;
}
