import { textAt } from '../engine/columns/column.ts';
import { type Disk, pathIn } from './disk.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Manifest } from './manifest.ts';
import { rangeOf } from './scan-part.ts';
import type { StoreFolder } from './store-folder.ts';
import type { TailBatch } from './tail.ts';

/** What `weir store info` tells. */
export interface StoreInfo {
  readonly messages: number;
  readonly segments: number;
  /** Messages that are in the log and in no segment yet. */
  readonly unflushed: number;
  /** Everything in the store's directory but the reserve. */
  readonly bytesOnDisk: number;
  /** Space kept for a delete or compaction on a full disk. */
  readonly reserveBytes: number;
  /** Bytes of the messages as they came. */
  readonly messageBytes: number;
  /** Epoch ms of the oldest and the newest message; null when the store is empty. */
  readonly timeRange: { readonly from: number; readonly to: number } | null;
  /** Messages per `_sourceCategory`, most first. */
  readonly categories: readonly { readonly category: string; readonly messages: number }[];
  readonly fields: readonly string[];
  readonly ledger: readonly LedgerEntry[];
}

/** Sums up manifest and log. */
export function storeInfo(
  manifest: Manifest,
  tail: readonly TailBatch[],
  ledger: readonly LedgerEntry[],
  onDisk: { readonly bytes: number; readonly reserve: number },
): StoreInfo {
  const categories = new Map<string, number>();
  const count = (category: string, messages: number): void => {
    categories.set(category, (categories.get(category) ?? 0) + messages);
  };
  let from = Infinity;
  let to = -Infinity;
  let messages = 0;
  let messageBytes = 0;
  for (const entry of manifest.segments) {
    messages += entry.rows;
    messageBytes += entry.rawBytes;
    for (const [category, rows] of entry.categories ?? [['(not counted)', entry.rows] as const]) {
      count(category, rows);
    }
    from = Math.min(from, entry.messageTime?.[0] ?? Infinity);
    to = Math.max(to, entry.messageTime?.[1] ?? -Infinity);
  }
  let unflushed = 0;
  for (const { batch } of tail) {
    unflushed += batch.length;
    const category = batch.schema.find('_sourceCategory');
    for (let row = 0; row < batch.length; row++) {
      count(category < 0 ? '' : (textAt(batch.columns[category]!, row) ?? ''), 1);
    }
    const time = batch.schema.find('_messageTime');
    const range = time < 0 ? null : rangeOf(batch.columns[time]!);
    from = Math.min(from, range?.[0] ?? Infinity);
    to = Math.max(to, range?.[1] ?? -Infinity);
    const raw = batch.columns[batch.schema.find('_raw')];
    if (raw?.kind === 'text') {
      for (let row = 0; row < raw.length; row++) messageBytes += raw.ends[row]! - raw.starts[row]!;
    }
  }
  return {
    messages: messages + unflushed,
    segments: manifest.segments.length,
    unflushed,
    bytesOnDisk: onDisk.bytes - onDisk.reserve,
    reserveBytes: onDisk.reserve,
    messageBytes,
    timeRange: from <= to ? { from, to } : null,
    categories: [...categories]
      .map(([category, rows]) => ({ category, messages: rows }))
      .sort((a, b) => b.messages - a.messages || (a.category < b.category ? -1 : 1)),
    fields: manifest.fields,
    ledger,
  };
}

/** Bytes of all files below a store's directory, and of the reserve among them. */
export async function bytesOnDisk(
  disk: Disk,
  folder: StoreFolder,
): Promise<{ bytes: number; reserve: number }> {
  const sizeOf = async (path: string): Promise<number> => {
    const file = await disk.open(path, 'read').catch(() => null);
    const size = file?.size() ?? 0;
    await file?.close();
    return size;
  };
  const sizeBelow = async (path: string): Promise<number> => {
    let bytes = 0;
    for (const { name, folder: isFolder } of await disk.list(path)) {
      const inner = pathIn(path, name);
      bytes += isFolder ? await sizeBelow(inner) : await sizeOf(inner);
    }
    return bytes;
  };
  return { bytes: await sizeBelow(folder.root), reserve: await sizeOf(folder.reserve) };
}
