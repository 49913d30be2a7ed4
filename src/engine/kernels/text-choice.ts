import {
  type Column,
  flatten,
  isSet,
  newBitmap,
  setBit,
  type TextColumn,
  textAt,
} from '../columns/column.ts';
import { TextBuilder } from './text-builder.ts';

const encoder = new TextEncoder();

/** Row by row the text of `yes` where `takes` is 1, else of `no`. Spans of shared data stay spans; others are copied. */
export function chooseText(takes: Uint8Array, yes: Column, no: Column): TextColumn {
  const a = flatten(yes);
  const b = flatten(no);
  const length = takes.length;
  if (a.kind === 'text' && b.kind === 'text' && a.data === b.data) {
    const starts = new Uint32Array(length);
    const ends = new Uint32Array(length);
    const validity = newBitmap(length);
    for (let row = 0; row < length; row++) {
      const from = takes[row] === 1 ? a : b;
      starts[row] = from.starts[row]!;
      ends[row] = from.ends[row]!;
      if (isSet(from.validity, row)) setBit(validity, row);
    }
    return { kind: 'text', length, data: a.data, starts, ends, validity };
  }
  const builder = new TextBuilder(a.kind === 'text' ? a.data : new Uint8Array(0), length);
  for (let row = 0; row < length; row++) {
    const from = takes[row] === 1 ? a : b;
    if (from === a && a.kind === 'text') {
      if (isSet(a.validity, row)) builder.span(row, a.starts[row]!, a.ends[row]!);
    } else {
      const text = textAt(from, row);
      if (text !== null) builder.bytes(row, encoder.encode(text));
    }
  }
  return builder.build();
}
