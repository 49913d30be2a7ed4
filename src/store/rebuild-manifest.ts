import { segmentRange } from './block-range.ts';
import { checksum } from './checksum.ts';
import { type Disk, pathIn, readWhole } from './disk.ts';
import { EMPTY_MANIFEST, type Manifest, type SegmentEntry } from './manifest.ts';
import { SegmentReader } from './segment-reader.ts';
import { fileNumber, type StoreFolder } from './store-folder.ts';

/**
 * A manifest made from the segment files alone, for a store whose manifest is lost. Where segments
 * hold the same rows (before and after a compaction or a delete), the one with the highest number counts.
 */
export async function rebuildManifest(
  disk: Disk,
  folder: StoreFolder,
): Promise<{ manifest: Manifest; unreadable: readonly string[] }> {
  const unreadable: string[] = [];
  const found: SegmentEntry[] = [];
  const fields: string[] = [];
  const known = new Set<string>();
  let nextFile = 1;
  for (const { name } of await disk.list(folder.segments)) {
    const number = fileNumber(name);
    if (number === null) continue;
    nextFile = Math.max(nextFile, number + 1);
    const read = await entryOf(disk, folder, name);
    if (read === null) {
      unreadable.push(name);
      continue;
    }
    found.push(read.entry);
    for (const field of read.fields) {
      if (known.has(field.toLowerCase())) continue;
      known.add(field.toLowerCase());
      fields.push(field);
    }
  }
  const segments: SegmentEntry[] = [];
  for (const entry of found.reverse()) {
    const [from, to] = entry.sequence;
    const covered = segments.some(({ sequence }) => sequence[0] < to && sequence[1] > from);
    if (!covered) segments.unshift(entry);
  }
  segments.sort((a, b) => a.sequence[0] - b.sequence[0]);
  const nextSequence = segments.at(-1)?.sequence[1] ?? 0;
  const manifest = { ...EMPTY_MANIFEST, generation: 1, nextFile, nextSequence, segments, fields };
  return { manifest, unreadable };
}

async function entryOf(
  disk: Disk,
  folder: StoreFolder,
  name: string,
): Promise<{ entry: SegmentEntry; fields: readonly string[] } | null> {
  const path = pathIn(folder.segments, name);
  const file = await disk.open(path, 'read');
  try {
    const { index } = SegmentReader.open(name, file);
    const bytes = (await readWhole(disk, path)) ?? new Uint8Array(0);
    const entry: SegmentEntry = {
      file: name,
      bytes: bytes.length,
      checksum: checksum(bytes),
      rows: index.rows,
      rawBytes: index.rawBytes,
      sequence: index.sequence,
      messageTime: segmentRange(index, '_messageTime'),
      receiptTime: segmentRange(index, '_receiptTime'),
      categories: null,
    };
    return { entry, fields: index.fields.map((field) => field.name) };
  } catch {
    return null; // cut short by a crash, or damaged
  } finally {
    await file.close();
  }
}
