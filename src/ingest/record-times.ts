import { holdsText } from '../engine/kernels/inside-kernels.ts';
import { allRows, rowsTrue } from '../engine/kernels/rows.ts';
import { currentKernels, type KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { DEFAULT_START_TOKEN, DEFAULT_TOKENS, type MessageLines, singleSpaced } from './flow-layout.ts';
import { messageValue } from './timestamps.ts';

const OPEN_BRACE = 0x7b;

const WANTED = Array.from(
  { length: DEFAULT_TOKENS },
  (_, token) => token === 0 || token === DEFAULT_START_TOKEN,
);

/** The times of messages, epoch ms; those of `others` are not known. */
export interface RecordTimes {
  readonly times: Float64Array;
  /** Messages that are no such records. */
  readonly others: Uint32Array;
}

/**
 * The times of the messages that are records in the default format, bare or as the `message` of a JSON
 * object, by the SIMD kernels; null without them. The times are those that `MessageTimes` finds one by one.
 */
export function recordTimes(block: MessageLines): RecordTimes | null {
  const kernels = currentKernels();
  if (kernels === null || block.length === 0) return null;
  if (!holdsText(kernels, block)) return null;
  const { data, starts } = block;
  const records = data[starts[0]!] === OPEN_BRACE ? messagesIn(block, kernels) : block;
  return records === null ? null : defaultRecordTimes(records, kernels);
}

/** The `message` texts of JSON objects that begin like the first one, up to that text; others are empty. */
function messagesIn(block: MessageLines, kernels: KernelMemory): MessageLines | null {
  const { data, starts, ends, length } = block;
  const start = starts[0]!;
  const first = messageValue(data, start, ends[0]!);
  const from = kernels.uint32(length);
  const to = kernels.uint32(length);
  if (first === null || !kernels.holds(from) || !kernels.holds(to)) return null;
  kernels.exports.quotedAfter(
    length,
    starts.byteOffset,
    ends.byteOffset,
    start,
    first.start - start,
    from.byteOffset,
    to.byteOffset,
  );
  return { data, starts: from, ends: to, length };
}

function defaultRecordTimes(records: MessageLines, kernels: KernelMemory): RecordTimes | null {
  const split = singleSpaced(records, WANTED);
  if (split === null) return null;
  const { length } = records;
  const times = kernels.float64(length);
  const odd = kernels.uint32(length);
  if (!kernels.holds(times) || !kernels.holds(odd)) return null;
  const count = kernels.exports.unixTimes(
    length,
    split.starts[0]!.byteOffset,
    split.ends[0]!.byteOffset,
    split.starts[DEFAULT_START_TOKEN]!.byteOffset,
    split.ends[DEFAULT_START_TOKEN]!.byteOffset,
    times.byteOffset,
    odd.byteOffset,
  );
  const { others } = split;
  if (others === null) return { times, others: odd.subarray(0, count) };
  for (let at = 0; at < count; at++) others[odd[at]!] = 1;
  return { times, others: rowsTrue(others, length) ?? allRows(length) };
}
