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
  readonly others: readonly number[];
}

/**
 * The times of the messages that are records in the default format, bare or as the `message` of a JSON
 * object, by the SIMD kernels; null without them. The times are those that `MessageTimes` finds one by one.
 */
export function recordTimes(block: MessageLines): RecordTimes | null {
  const kernels = currentKernels();
  if (kernels === null || block.length === 0) return null;
  const { data, starts, ends } = block;
  if (!kernels.holds(data) || !kernels.holds(starts) || !kernels.holds(ends)) return null;
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
  const { others } = split;
  const versions = numbers(split.starts[0]!, split.ends[0]!, length, kernels);
  const starts = split.starts[DEFAULT_START_TOKEN]!;
  const ends = split.ends[DEFAULT_START_TOKEN]!;
  const times = numbers(starts, ends, length, kernels);
  if (versions === null || times === null) return null;
  const odd: number[] = [];
  for (let row = 0; row < length; row++) {
    const width = ends[row]! - starts[row]!;
    if (width === 10) times[row]! *= 1000;
    // What is no number is NaN.
    const known = width === 10 || width === 13 ? versions[row]! + times[row]! >= 0 : false;
    if (!known || (others !== null && others[row] === 1)) odd.push(row);
  }
  return { times, others: odd };
}

/** The numbers of texts in kernel memory; NaN for what is not 1 to 15 digits. Null when there is no room. */
function numbers(
  starts: Uint32Array,
  ends: Uint32Array,
  length: number,
  kernels: KernelMemory,
): Float64Array | null {
  const values = kernels.float64(length);
  const odd = kernels.uint32(length);
  if (!kernels.holds(values) || !kernels.holds(odd)) return null;
  kernels.exports.parseNumbers(length, starts.byteOffset, ends.byteOffset, values.byteOffset, odd.byteOffset);
  return values;
}
