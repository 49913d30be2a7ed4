import { type Disk, isDiskError, pathIn, readWhole } from './disk.ts';
import { StoreError } from './failure.ts';

/** Stores that this process has locked: the owner in a lock file may be an earlier life of ourselves. */
const held = new WeakMap<Disk, Set<string>>();

/** The right to write a store. */
export interface Lock {
  release(): Promise<void>;
}

/** Takes the lock of a store, also from a process that no longer runs. Throws a StoreError (`in-use`). */
export async function takeLock(disk: Disk, directory: string): Promise<Lock> {
  const file = pathIn(directory, 'lock');
  const locks = held.get(disk) ?? new Set<string>();
  held.set(disk, locks);
  for (let attempt = 0; attempt < 3; attempt++) {
    if (locks.has(file)) throw inUse(directory, 'this process');
    try {
      const opened = await disk.open(file, 'create');
      locks.add(file);
      try {
        await opened.writeAt(0, new TextEncoder().encode(disk.owner()));
      } catch {
        // A lock without an owner still keeps others out while this process runs; a full disk must not stop a delete.
      } finally {
        await opened.close();
      }
      return {
        async release() {
          locks.delete(file);
          await disk.remove(file);
        },
      };
    } catch (error) {
      if (!isDiskError(error, 'EEXIST')) throw error;
    }
    const owner = new TextDecoder().decode((await readWhole(disk, file)) ?? new Uint8Array(0));
    if (owner !== '' && owner !== disk.owner() && disk.ownerRuns(owner)) throw inUse(directory, whoIs(owner));
    await disk.remove(file);
  }
  throw inUse(directory, 'another process');
}

function inUse(directory: string, who: string): StoreError {
  return new StoreError(
    'in-use',
    `the store \`${directory}\` is being written by ${who}`,
    'stop that process, send the data to it over HTTP, or use another store with --store',
  );
}

function whoIs(owner: string): string {
  try {
    const { pid, host } = JSON.parse(owner) as { pid: number; host: string };
    return `process ${pid} on ${host}`;
  } catch {
    return 'another process';
  }
}
