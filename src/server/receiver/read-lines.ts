import type { Batch } from '../../engine/columns/batch.ts';
import { type KernelMemory, withKernels } from '../../engine/kernels/wasm/memory.ts';
import type { BatchBuilder } from '../../ingest/batch-builder.ts';
import { byteOrderMark } from '../../ingest/byte-stream.ts';
import { FlowHeaders } from '../../ingest/flow-headers.ts';
import { validUtf8 } from '../../ingest/line-framer.ts';
import { MAX_MESSAGE_BYTES, type MessageBlock } from '../../ingest/message-block.ts';
import type { Tally } from '../../ingest/receipt.ts';
import type { CompiledRules } from '../../rules/compile-rules.ts';
import type { Content } from './content.ts';

const NEWLINE = 10;
const BOM_BYTES = 3;

/**
 * The messages of a body of UTF-8 text, one a line, read with the SIMD kernels: exactly what the general
 * way gives. Null, with nothing counted, where that way has to be taken: a byte order mark, a line over
 * 1 MB, no room. The batches lie in the kernels' memory.
 */
export function readLines(
  body: Content,
  kernels: KernelMemory,
  builder: BatchBuilder,
  rules: CompiledRules | null,
  tally: Tally,
): readonly Batch[] | null {
  if (body.length === 0 || byteOrderMark(body.head(BOM_BYTES)) !== null) return null;
  kernels.reset();
  const address = kernels.allocate(body.length + 1);
  if (address === null) return null;
  body.copyTo(kernels.bytes, address);
  kernels.bytes[address + body.length] = NEWLINE;
  const block = lineBlock(kernels, address, body.last === NEWLINE ? body.length : body.length + 1, tally);
  if (block === null) return null;
  const headers = new FlowHeaders(tally);
  const batches: Batch[] = [];
  withKernels(kernels, () => {
    for (const part of headers.split(validUtf8(block, tally))) {
      const batch = builder.build(part);
      if (batch === null) continue;
      tally.stored += batch.length;
      batches.push(rules === null ? batch : rules.apply(batch, tally));
    }
  });
  return batches;
}

/** The lines in `[address, address + size)`, which ends with a newline; null when one is too long or there is no room. */
function lineBlock(kernels: KernelMemory, address: number, size: number, tally: Tally): MessageBlock | null {
  const capacity = (size >> 1) + 2;
  const starts = kernels.uint32(capacity);
  const ends = kernels.uint32(capacity);
  if (!kernels.holds(starts) || !kernels.holds(ends)) return null;
  const length = kernels.exports.findLines(address, address + size, starts.byteOffset, ends.byteOffset);
  const empty = kernels.exports.emptyLines.value;
  for (let row = 0; row < length; row++) if (ends[row]! - starts[row]! > MAX_MESSAGE_BYTES) return null;
  tally.read += length + empty;
  tally.skip('empty', empty);
  return {
    data: kernels.bytes,
    starts: starts.subarray(0, length),
    ends: ends.subarray(0, length),
    length,
    layout: null,
    times: null,
    origin: null,
  };
}
