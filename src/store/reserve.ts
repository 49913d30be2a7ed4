import { type Disk, isDiskError } from './disk.ts';
import type { StoreFolder } from './store-folder.ts';

const MOST = 64 << 20;
const LEAST = 256 << 10;
const PIECE = 1 << 20;

/**
 * Space kept in a file of its own, so that a delete or a compaction, which write before they remove,
 * still work when the disk is full: a sixteenth of the store, 256 KiB to 64 MiB.
 */
export async function keepReserve(disk: Disk, folder: StoreFolder, stored: number): Promise<void> {
  const wanted = Math.max(LEAST, Math.min(MOST, Math.ceil(stored / 16 / LEAST) * LEAST));
  const file = await disk.open(folder.reserve, 'write').catch(ignoreFull);
  if (file === null) return;
  try {
    for (let at = file.size(); at < wanted; at += PIECE) {
      // Not zeros alone: some file systems would store those as a hole.
      await file.writeAt(at, new Uint8Array(Math.min(PIECE, wanted - at)).fill(0x77));
    }
  } catch (error) {
    ignoreFull(error);
    await file.truncate(0);
  } finally {
    await file.close();
  }
}

/** Gives the reserve back to the file system; false when there was none. */
export async function spendReserve(disk: Disk, folder: StoreFolder): Promise<boolean> {
  if (!(await disk.exists(folder.reserve))) return false;
  await disk.remove(folder.reserve);
  return true;
}

function ignoreFull(error: unknown): null {
  if (isDiskError(error, 'ENOSPC') || isDiskError(error, 'EDQUOT')) return null;
  throw error;
}
