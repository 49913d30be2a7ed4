import { dirname } from 'node:path';
import type { Disk, DiskEntry, DiskFile } from '../../src/store/disk.ts';

/** A change of a file's content that no sync has made durable yet. */
type Change = { kind: 'write'; at: number; bytes: Uint8Array } | { kind: 'truncate'; size: number };

class Inode {
  /** What survives a crash for certain. */
  durable = new Uint8Array(0);
  current = new Uint8Array(0);
  pending: Change[] = [];
}

/** A change of names in a folder that no `syncFolder` has made durable yet. */
interface NameChange {
  readonly set: string | null;
  readonly inode: Inode | null;
  readonly removed: string | null;
}

/** What a disk does wrong at one operation. */
export interface Fault {
  /** Counted from 1 over all operations. */
  readonly at: number;
  /** `short`: a write leaves half of its bytes and reports ENOSPC. `crash`: the machine stops. */
  readonly how: 'EIO' | 'ENOSPC' | 'EMFILE' | 'short' | 'crash';
  /** Only operations of this kind count. */
  readonly only?: string;
}

/** How much of what was not synced survives a crash. */
export type Survival = 'all' | 'nothing' | (() => number);

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

/**
 * A file system in memory that keeps only what it promised. `crashed` gives the disk as it may be
 * found after a power loss: each unsynced write is there, lost, or torn at 512 bytes or 4 KiB; each
 * unsynced rename, creation and removal happened or not. Folders are durable at once.
 */
export class MemoryDisk implements Disk {
  readonly folders = new Set<string>(['/', '.']);
  names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #nameChanges: NameChange[] = [];
  fault: Fault | null = null;
  operations = 0;
  #stopped = false;

  #step(kind: string, what: string): 'short' | null {
    if (this.#stopped) throw failure('ECRASHED', 'the machine is off');
    const { fault } = this;
    if (fault?.only !== undefined && fault.only !== kind) return null;
    this.operations++;
    if (fault === null || this.operations !== fault.at) return null;
    if (fault.how === 'crash') {
      this.#stopped = true;
      throw failure('ECRASHED', what);
    }
    if (fault.how === 'short') {
      if (kind === 'write') return 'short';
      throw failure('ENOSPC', what);
    }
    throw failure(fault.how, what);
  }

  async makeFolder(folder: string): Promise<void> {
    this.#step('makeFolder', folder);
    for (let at = folder; !this.folders.has(at); at = dirname(at)) this.folders.add(at);
  }

  async list(folder: string): Promise<DiskEntry[]> {
    this.#step('list', folder);
    const files = [...this.names.keys()].filter((path) => dirname(path) === folder);
    const folders = [...this.folders].filter((path) => path !== folder && dirname(path) === folder);
    const entry = (path: string, isFolder: boolean) => ({
      name: path.slice(path.lastIndexOf('/') + 1),
      folder: isFolder,
    });
    return [...files.map((path) => entry(path, false)), ...folders.map((path) => entry(path, true))].sort(
      (a, b) => (a.name < b.name ? -1 : 1),
    );
  }

  async exists(file: string): Promise<boolean> {
    this.#step('exists', file);
    return this.names.has(file) || this.folders.has(file);
  }

  async open(file: string, mode: 'read' | 'create' | 'write'): Promise<DiskFile> {
    this.#step('open', file);
    let inode = this.names.get(file);
    if (mode === 'create' && inode !== undefined) throw failure('EEXIST', file);
    if (inode === undefined) {
      if (mode === 'read' || !this.folders.has(dirname(file))) throw failure('ENOENT', file);
      inode = new Inode();
      this.names.set(file, inode);
      this.#nameChanges.push({ set: file, inode, removed: null });
    }
    return this.#file(file, inode);
  }

  #file(name: string, inode: Inode): DiskFile {
    return {
      size: () => inode.current.length,
      readAt: (position, length, into = new Uint8Array(length)) => {
        this.#step('read', name);
        const read = inode.current.subarray(position, position + length);
        into.set(read);
        return into.subarray(0, read.length);
      },
      writeAt: async (position, bytes) => {
        const short = this.#step('write', name) === 'short';
        const written = short ? bytes.slice(0, bytes.length >> 1) : bytes.slice();
        const change: Change = { kind: 'write', at: position, bytes: written };
        inode.pending.push(change);
        inode.current = applied(inode.current, change);
        if (short) throw failure('ENOSPC', name);
      },
      truncate: async (size) => {
        this.#step('truncate', name);
        const change: Change = { kind: 'truncate', size };
        inode.pending.push(change);
        inode.current = applied(inode.current, change);
      },
      sync: async () => {
        this.#step('sync', name);
        inode.durable = inode.current;
        inode.pending = [];
      },
      close: async () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step('rename', `${from} to ${to}`);
    const inode = this.names.get(from);
    if (inode === undefined) throw failure('ENOENT', from);
    this.names.delete(from);
    this.names.set(to, inode);
    this.#nameChanges.push({ set: to, inode, removed: from });
  }

  async remove(file: string): Promise<void> {
    this.#step('remove', file);
    if (!this.names.delete(file)) return;
    this.#nameChanges.push({ set: null, inode: null, removed: file });
  }

  async link(from: string, to: string): Promise<void> {
    this.#step('link', `${from} to ${to}`);
    const inode = this.names.get(from);
    if (inode === undefined) throw failure('ENOENT', from);
    if (this.names.has(to)) throw failure('EEXIST', to);
    this.names.set(to, inode);
    this.#nameChanges.push({ set: to, inode, removed: null });
  }

  async syncFolder(folder: string): Promise<void> {
    this.#step('syncFolder', folder);
    const here = (path: string | null): boolean => path !== null && dirname(path) === folder;
    this.#nameChanges = this.#nameChanges.filter((change) => {
      if (!here(change.set) && !here(change.removed)) return true;
      applyNames(this.#durableNames, change);
      return false;
    });
  }

  owner(): string {
    return 'memory';
  }

  ownerRuns(): boolean {
    return false;
  }

  /** The disk as a new process may find it after a power loss now. */
  crashed(survival: Survival): MemoryDisk {
    const disk = new MemoryDisk();
    for (const folder of this.folders) disk.folders.add(folder);
    const chance = survival === 'all' ? () => 1 : survival === 'nothing' ? () => 0 : survival;
    const names = new Map(this.#durableNames);
    for (const change of this.#nameChanges) if (chance() >= 0.5) applyNames(names, change);
    const copies = new Map<Inode, Inode>();
    for (const [path, inode] of names) {
      let copy = copies.get(inode);
      if (copy === undefined) {
        copy = new Inode();
        copy.durable = inode.pending.reduce((bytes, change) => torn(bytes, change, chance), inode.durable);
        copy.current = copy.durable;
        copies.set(inode, copy);
      }
      disk.names.set(path, copy);
    }
    disk.#durableNames = new Map(disk.names);
    return disk;
  }
}

function applyNames(names: Map<string, Inode>, { set, inode, removed }: NameChange): void {
  if (removed !== null) names.delete(removed);
  if (set !== null && inode !== null) names.set(set, inode);
}

function applied(bytes: Uint8Array<ArrayBuffer>, change: Change): Uint8Array<ArrayBuffer> {
  if (change.kind === 'truncate') {
    const cut = new Uint8Array(change.size);
    cut.set(bytes.subarray(0, change.size));
    return cut;
  }
  const grown = new Uint8Array(Math.max(bytes.length, change.at + change.bytes.length));
  grown.set(bytes);
  grown.set(change.bytes, change.at);
  return grown;
}

/** A change after a crash: whole, lost, or some of its sectors. */
function torn(bytes: Uint8Array<ArrayBuffer>, change: Change, chance: () => number): Uint8Array<ArrayBuffer> {
  const fate = chance();
  if (change.kind === 'truncate' || fate >= 0.6) return fate >= 0.5 ? applied(bytes, change) : bytes;
  if (fate < 0.3) return bytes;
  const sector = fate < 0.45 ? 512 : 4096;
  let result = bytes;
  const end = change.at + change.bytes.length;
  for (let at = change.at; at < end; ) {
    const next = Math.min(end, (Math.floor(at / sector) + 1) * sector);
    if (chance() >= 0.5) {
      const part = change.bytes.subarray(at - change.at, next - change.at);
      result = applied(result, { kind: 'write', at, bytes: part });
    }
    at = next;
  }
  return result;
}

/** Numbers in [0, 1), the same ones for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
