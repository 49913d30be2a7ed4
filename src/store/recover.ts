import { type Disk, isDiskError, pathIn, readWhole } from './disk.ts';
import { LateFields } from './late-fields.ts';
import type { Ledger } from './ledger.ts';
import { EMPTY_MANIFEST, type Manifest, manifestPath, readManifest, type SegmentEntry } from './manifest.ts';
import { rebuildManifest } from './rebuild-manifest.ts';
import { fileNumber, type StoreFolder } from './store-folder.ts';
import type { TailBatch } from './tail.ts';
import { type LogEntry, readLog } from './write-ahead-log.ts';

/** What a store holds, as found on disk. */
export interface Recovered {
  readonly manifest: Manifest;
  readonly tail: readonly TailBatch[];
  readonly batchIds: readonly string[];
  /** True when there were segments but no manifest to read; the one given is not on disk yet. */
  readonly rebuilt: boolean;
  /** A number that no log has. */
  readonly nextLog: number;
}

/**
 * Reads the state of a store. A writer (`ledger` given) also puts the disk in order: an unfinished
 * end of a log is cut off, other damage is copied or moved aside and noted, files that no manifest
 * names are removed. A reader changes nothing.
 */
export async function recover(disk: Disk, folder: StoreFolder, ledger: Ledger | null): Promise<Recovered> {
  let manifest = await readManifest(disk, folder.root);
  if (manifest === 'damaged') {
    if (ledger !== null) {
      const why = 'the manifest was damaged; it was made anew from the segments';
      await moveAside(disk, folder, ledger, manifestPath(folder.root), 'manifest', why);
    }
    manifest = null;
  }
  const rebuilt = manifest === null && (await hasSegments(disk, folder));
  if (rebuilt) {
    const made = await rebuildManifest(disk, folder);
    manifest = made.manifest;
    for (const file of ledger === null ? [] : made.unreadable) {
      await moveAside(disk, folder, ledger!, pathIn(folder.segments, file), file, 'a segment cannot be read');
    }
  }
  manifest ??= EMPTY_MANIFEST;
  if (ledger !== null) {
    manifest = await checkSegments(disk, folder, ledger, manifest);
    await removeStrays(disk, folder, manifest);
  }
  return { manifest, rebuilt, ...(await replay(disk, folder, ledger, manifest, rebuilt)) };
}

async function hasSegments(disk: Disk, folder: StoreFolder): Promise<boolean> {
  return (await disk.list(folder.segments)).some(({ name }) => fileNumber(name) !== null);
}

/** Sets segments aside that are missing or of another length than the manifest says. */
async function checkSegments(
  disk: Disk,
  folder: StoreFolder,
  ledger: Ledger,
  manifest: Manifest,
): Promise<Manifest> {
  const kept: SegmentEntry[] = [];
  for (const entry of manifest.segments) {
    const path = pathIn(folder.segments, entry.file);
    const size = await sizeOf(disk, path);
    if (size === entry.bytes) kept.push(entry);
    else if (size === null) {
      ledger.add({
        what: 'set-aside',
        why: 'a segment is missing',
        where: entry.file,
        messages: entry.rows,
        bytes: entry.bytes,
      });
    } else {
      await moveAside(disk, folder, ledger, path, entry.file, 'a segment has the wrong length', entry.rows);
    }
  }
  return kept.length === manifest.segments.length ? manifest : { ...manifest, segments: kept };
}

async function sizeOf(disk: Disk, path: string): Promise<number | null> {
  try {
    const file = await disk.open(path, 'read');
    const size = file.size();
    await file.close();
    return size;
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Moves a file into the set-aside folder under a name that is free, and notes it. */
async function moveAside(
  disk: Disk,
  folder: StoreFolder,
  ledger: Ledger,
  path: string,
  name: string,
  why: string,
  messages = 0,
): Promise<void> {
  const bytes = (await sizeOf(disk, path)) ?? 0;
  let target = pathIn(folder.setAside, name);
  for (let more = 1; await disk.exists(target); more++) target = pathIn(folder.setAside, `${name}.${more}`);
  await disk.rename(path, target);
  await disk.syncFolder(folder.setAside);
  ledger.add({ what: 'set-aside', why, where: name, messages, bytes });
}

/** Removes segments and logs that an unfinished write or clean-up left behind. */
async function removeStrays(disk: Disk, folder: StoreFolder, manifest: Manifest): Promise<void> {
  const named = new Set(manifest.segments.map((entry) => entry.file));
  for (const { name } of await disk.list(folder.segments)) {
    if (fileNumber(name) !== null && !named.has(name)) await disk.remove(pathIn(folder.segments, name));
  }
  for (const { name } of await disk.list(folder.logs)) {
    const number = fileNumber(name);
    if (number !== null && number < manifest.firstLog) await disk.remove(pathIn(folder.logs, name));
  }
}

async function replay(
  disk: Disk,
  folder: StoreFolder,
  ledger: Ledger | null,
  manifest: Manifest,
  rebuilt: boolean,
): Promise<Omit<Recovered, 'manifest' | 'rebuilt'>> {
  const tail: TailBatch[] = [];
  const batchIds: string[] = [];
  const logs = (await disk.list(folder.logs))
    .map(({ name }) => ({ name, number: fileNumber(name) }))
    .filter((log): log is { name: string; number: number } => log.number !== null);
  let nextLog = manifest.firstLog;
  for (const { name, number } of logs) {
    nextLog = Math.max(nextLog, number + 1);
    if (number < manifest.firstLog) continue;
    const path = pathIn(folder.logs, name);
    const bytes = await readWhole(disk, path);
    if (bytes === null) continue; // flushed and removed meanwhile by the writer
    const { entries, bad } = readLog(bytes);
    for (const entry of entries) {
      // A manifest made anew does not say which logs are done.
      if (rebuilt && inSegment(manifest, entry.sequence)) continue;
      if (entry.batchId !== null) batchIds.push(entry.batchId);
      tail.push(...tailOf(entry, await lateFieldsOf(entry, ledger), number, entry.bytes));
    }
    if (ledger === null) continue;
    for (const stretch of bad) {
      const where = `${name}@${stretch.from}`;
      const lost = bytes.subarray(stretch.from, stretch.to);
      if (stretch.tail && number === logs.at(-1)?.number) {
        const file = await disk.open(path, 'write');
        try {
          await file.truncate(stretch.from);
          await file.sync();
        } finally {
          await file.close();
        }
        ledger.add({
          what: 'cut',
          why: 'an unfinished write at the end of a log was cut off',
          where: name,
          bytes: lost.length,
        });
      } else await copyAside(disk, folder, ledger, where, lost, stretch.why);
    }
  }
  return { tail, batchIds, nextLog };
}

/** What the entry's batches lack. Rules that this version cannot read are noted; the messages are kept without their fields. */
async function lateFieldsOf({ late }: LogEntry, ledger: Ledger | null): Promise<LateFields | null> {
  if (late === null) return null;
  try {
    return await LateFields.of(late);
  } catch {
    ledger?.add({ what: 'dropped', why: 'fields of extraction rules that cannot be read any more' });
    return null;
  }
}

/** The batches of a log entry, numbered. */
export function tailOf(
  { sequence, batches }: LogEntry,
  late: LateFields | null,
  log: number,
  bytes: number,
  frame: Uint8Array<SharedArrayBuffer> | null = null,
): TailBatch[] {
  let next = sequence;
  return batches.map((batch, position) => {
    const first = next;
    next += batch.length;
    const place = frame === null ? null : { bytes: frame, batch: position };
    return { sequence: first, batch, late, frame: place, log, bytes: bytes / batches.length };
  });
}

function inSegment(manifest: Manifest, sequence: number): boolean {
  return manifest.segments.some((entry) => entry.sequence[0] <= sequence && sequence < entry.sequence[1]);
}

/** Keeps a copy of damaged bytes, once. */
async function copyAside(
  disk: Disk,
  folder: StoreFolder,
  ledger: Ledger,
  name: string,
  bytes: Uint8Array,
  why: string,
): Promise<void> {
  const path = pathIn(folder.setAside, name);
  if (await disk.exists(path)) return;
  const aside = `${path}.new`;
  await disk.remove(aside);
  const file = await disk.open(aside, 'create');
  try {
    await file.writeAt(0, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(aside, path);
  await disk.syncFolder(folder.setAside);
  ledger.add({ what: 'set-aside', why, where: name, bytes: bytes.length });
}
