import { currentKernels, type KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { DEFAULT_START_TOKEN, DEFAULT_TOKENS, type MessageLines, regularPositions } from './flow-layout.ts';
import { messageValue } from './timestamps.ts';

const OPEN_BRACE = 0x7b;

const WANTED = Array.from(
  { length: DEFAULT_TOKENS },
  (_, token) => token === 0 || token === DEFAULT_START_TOKEN,
);

/**
 * The times of a block in which every message is a record in the default format, bare or as the
 * `message` of a JSON object, by the SIMD kernels; null when a message is anything else. The times
 * are those that `MessageTimes` finds one by one.
 */
export function recordTimes(block: MessageLines): Float64Array | null {
  const kernels = currentKernels();
  if (kernels === null || block.length === 0) return null;
  const records = block.data[block.starts[0]!] === OPEN_BRACE ? messagesIn(block, kernels) : block;
  return records === null ? null : defaultRecordTimes(records, kernels);
}

/** The `message` texts of JSON objects that all begin like the first one, up to that text. */
function messagesIn(block: MessageLines, kernels: KernelMemory): MessageLines | null {
  const { data, starts, ends, length } = block;
  if (!kernels.holds(data) || !kernels.holds(starts) || !kernels.holds(ends)) return null;
  const start = starts[0]!;
  const first = messageValue(data, start, ends[0]!);
  if (first === null) return null;
  const from = kernels.uint32(length);
  const to = kernels.uint32(length);
  if (!kernels.holds(from) || !kernels.holds(to)) return null;
  const found = kernels.exports.quotedAfter(
    length,
    starts.byteOffset,
    ends.byteOffset,
    start,
    first.start - start,
    from.byteOffset,
    to.byteOffset,
  );
  return found === length ? { data, starts: from, ends: to, length } : null;
}

function defaultRecordTimes(records: MessageLines, kernels: KernelMemory): Float64Array | null {
  const positions = regularPositions(records, WANTED);
  if (positions === null) return null;
  const { length } = records;
  const versions = positions.starts[0]!;
  const versionEnds = positions.ends[0]!;
  const starts = positions.starts[DEFAULT_START_TOKEN]!;
  const ends = positions.ends[DEFAULT_START_TOKEN]!;
  let milliseconds = 0;
  for (let row = 0; row < length; row++) {
    const width = ends[row]! - starts[row]!;
    if (width === 13) milliseconds++;
    else if (width !== 10) return null;
  }
  const times = kernels.float64(length);
  const odd = kernels.uint32(length);
  if (!kernels.holds(times) || !kernels.holds(odd)) return null;
  const read = (from: Uint32Array, to: Uint32Array) =>
    kernels.exports.parseNumbers(length, from.byteOffset, to.byteOffset, times.byteOffset, odd.byteOffset) ===
    0;
  if (!read(versions, versionEnds) || !read(starts, ends)) return null;
  if (milliseconds === 0) for (let row = 0; row < length; row++) times[row]! *= 1000;
  else if (milliseconds < length) {
    for (let row = 0; row < length; row++) if (ends[row]! - starts[row]! === 10) times[row]! *= 1000;
  }
  return times;
}
