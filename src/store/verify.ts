import { setImmediate } from 'node:timers/promises';
import { reasonOf } from '../engine/reason-of.ts';
import { BlockReader } from './block-reader.ts';
import { checksum } from './checksum.ts';
import { type Disk, pathIn, readWhole } from './disk.ts';
import type { SegmentEntry } from './manifest.ts';
import { messageSizes } from './rebuild-messages.ts';
import { SegmentReader } from './segment-reader.ts';
import { fileNumber, type StoreFolder } from './store-folder.ts';
import { readLog } from './write-ahead-log.ts';

/** One thing that is wrong with a store. */
export interface Damage {
  /** The file concerned. */
  readonly file: string;
  readonly what: string;
  /** Messages that can no longer be read because of it; 0 when unknown. */
  readonly messages: number;
}

/** What `verify` found. */
export interface VerifyReport {
  readonly segments: number;
  readonly messages: number;
  readonly bytes: number;
  readonly damages: readonly Damage[];
}

/** Reads everything and checks it: checksums of whole files, every field, and that messages have the length they had. */
export async function verifyStore(
  disk: Disk,
  folder: StoreFolder,
  segments: readonly SegmentEntry[],
): Promise<VerifyReport> {
  const damages: Damage[] = [];
  let messages = 0;
  let bytes = 0;
  for (const entry of segments) {
    const what = await verifySegment(disk, pathIn(folder.segments, entry.file), entry);
    if (what === null) messages += entry.rows;
    else damages.push({ file: entry.file, what, messages: entry.rows });
    bytes += entry.bytes;
  }
  for (const { name } of await disk.list(folder.logs)) {
    if (fileNumber(name) === null) continue;
    const log = await readWhole(disk, pathIn(folder.logs, name));
    if (log === null) continue;
    bytes += log.length;
    const { entries, bad } = readLog(log);
    for (const { batches } of entries) for (const batch of batches) messages += batch.length;
    // The end of a log that is being written may be unfinished; what was set aside is in the ledger.
    for (const stretch of bad) {
      if (stretch.tail || (await disk.exists(pathIn(folder.setAside, `${name}@${stretch.from}`)))) continue;
      damages.push({ file: name, what: stretch.why, messages: 0 });
    }
  }
  return { segments: segments.length, messages, bytes, damages };
}

/** What is wrong with a segment, or null. */
async function verifySegment(disk: Disk, path: string, entry: SegmentEntry): Promise<string | null> {
  const bytes = await readWhole(disk, path);
  if (bytes === null) return 'the file is missing';
  if (bytes.length !== entry.bytes) return `the file has ${bytes.length} bytes instead of ${entry.bytes}`;
  if (checksum(bytes) !== entry.checksum) return 'the checksum of the file is wrong';
  const file = await disk.open(path, 'read');
  try {
    const reader = SegmentReader.open(entry.file, file);
    let rows = 0;
    let messageBytes = 0;
    for (let block = 0; block < reader.index.blocks.length; block++) {
      const open = new BlockReader(reader, block, { bytesRead: 0 });
      for (const field of reader.index.fields) open.field(field);
      for (const size of messageSizes(open)) messageBytes += size;
      rows += open.length;
      await setImmediate();
    }
    if (rows !== entry.rows) return `it holds ${rows} messages instead of ${entry.rows}`;
    if (messageBytes !== entry.rawBytes) return 'its messages have another length than when they were stored';
    return null;
  } catch (error) {
    return reasonOf(error);
  } finally {
    await file.close();
  }
}
