import type { FlowLayout } from './flow-layout.ts';

/** A message longer than this many bytes is cut to it and flagged. */
export const MAX_MESSAGE_BYTES = 1 << 20;

/**
 * Messages cut out of bytes: message `r` is `data[starts[r], ends[r])`. Belongs to whoever made it,
 * and is valid until that is asked for the next one.
 */
export interface MessageBlock {
  readonly data: Uint8Array;
  /** Exactly `length` positions. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly length: number;
  /** How many messages begin with a small ASCII letter, as header lines do; not given where nobody counted. */
  readonly letterLines?: number;
  /** The header line in force, for files that have one. */
  readonly layout: FlowLayout | null;
  /** Times that came with the messages (epoch ms, NaN where not), or null. */
  readonly times: Float64Array | null;
  /** Where an envelope says the messages come from; what the user gave wins over it. */
  readonly origin: Origin | null;
}

/** Metadata that an envelope or a request carries; null where it says nothing. */
export interface Origin {
  readonly category: string | null;
  readonly name: string | null;
  readonly host: string | null;
  readonly fields: ReadonlyMap<string, string>;
}

/** A block of these texts with arrays of its own. */
export function blockOfTexts(
  texts: readonly string[],
  times: readonly number[] | null = null,
  origin: Origin | null = null,
): MessageBlock {
  const whole = Buffer.from(texts.join('\n'));
  const starts = new Uint32Array(texts.length);
  const ends = new Uint32Array(texts.length);
  let at = 0;
  texts.forEach((text, row) => {
    starts[row] = at;
    at += Buffer.byteLength(text);
    ends[row] = at;
    at++;
  });
  return {
    data: whole,
    starts,
    ends,
    length: texts.length,
    layout: null,
    times: times === null ? null : Float64Array.from(times),
    origin,
  };
}

/** Only the messages `rows` of a block, in that order. */
export function selectMessages(block: MessageBlock, rows: Uint32Array): MessageBlock {
  const { times } = block;
  return {
    ...block,
    starts: rows.map((row) => block.starts[row]!),
    ends: rows.map((row) => block.ends[row]!),
    length: rows.length,
    times: times === null ? null : Float64Array.from(rows, (row) => times[row]!),
  };
}

/** The messages `[from, to)` of a block, without a copy. */
export function sliceMessages(block: MessageBlock, from: number, to: number): MessageBlock {
  if (from === 0 && to === block.length) return block;
  return {
    ...block,
    starts: block.starts.subarray(from, to),
    ends: block.ends.subarray(from, to),
    length: to - from,
    times: block.times?.subarray(from, to) ?? null,
  };
}
