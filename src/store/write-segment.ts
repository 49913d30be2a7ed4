import { setImmediate } from 'node:timers/promises';
import { segmentRange } from './block-range.ts';
import { type Disk, type DiskFile, folderOf, pathIn } from './disk.ts';
import type { SegmentEntry } from './manifest.ts';
import type { SegmentCollector } from './segment-collector.ts';
import { type EncodedSegment, encodeSegment } from './segment-encoder.ts';

/** Written in pieces of about this many bytes. */
const WRITE_BYTES = 4 << 20;
const MOST_CATEGORIES = 1000;

/** The file name of segment `number`. */
export function segmentFile(number: number): string {
  return `${String(number).padStart(8, '0')}.arrow`;
}

/** A segment that is not yet written. */
export interface FinishedSegment {
  readonly encoded: EncodedSegment;
  readonly entry: SegmentEntry;
}

/** Encodes and writes a segment, and releases the collector; when this returns the file and its name are durable. It is part of the store once the manifest names it. */
export async function writeSegment(
  disk: Disk,
  folder: string,
  file: string,
  collector: SegmentCollector,
  sequence: number,
): Promise<SegmentEntry> {
  return await writeFinished(disk, folder, await finishSegment(collector, file, sequence));
}

/** Writes an encoded segment; when this returns the file and its name are durable. */
export async function writeFinished(
  disk: Disk,
  folder: string,
  { encoded, entry }: FinishedSegment,
): Promise<SegmentEntry> {
  const path = pathIn(folder, entry.file);
  await disk.remove(path); // of an earlier try
  const opened = await disk.open(path, 'create');
  try {
    await writeChunks(opened, encoded.chunks);
    await opened.sync();
  } finally {
    await opened.close();
  }
  await disk.syncFolder(folderOf(path));
  return entry;
}

/** Encodes what was collected and releases the collector. */
export async function finishSegment(
  collector: SegmentCollector,
  file: string,
  sequence: number,
): Promise<FinishedSegment> {
  try {
    const encoded = await encodeGently(collector, sequence);
    const entry = {
      file,
      bytes: encoded.bytes,
      checksum: encoded.checksum,
      rows: collector.rows,
      rawBytes: collector.rawBytes,
      sequence: [sequence, sequence + collector.rows] as const,
      messageTime: segmentRange(encoded.index, '_messageTime'),
      receiptTime: segmentRange(encoded.index, '_receiptTime'),
      categories: categoriesOf(collector),
    };
    return { encoded, entry };
  } finally {
    collector.release();
  }
}

async function encodeGently(collector: SegmentCollector, sequence: number): Promise<EncodedSegment> {
  const steps = encodeSegment(collector, sequence);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

async function writeChunks(file: DiskFile, chunks: readonly Uint8Array[]): Promise<void> {
  let position = 0;
  let group: Uint8Array[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (size === 0) return;
    await file.writeAt(position, Buffer.concat(group, size));
    position += size;
    group = [];
    size = 0;
  };
  for (const chunk of chunks) {
    group.push(chunk);
    size += chunk.length;
    if (size >= WRITE_BYTES) await flush();
  }
  await flush();
}

function categoriesOf(collector: SegmentCollector): [string, number][] | null {
  const counts = collector.countTexts('_sourceCategory', MOST_CATEGORIES);
  return counts === null ? null : [...counts].sort((a, b) => b[1] - a[1]);
}
