import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** One open file. Positions and lengths are bytes. */
export interface DiskFile {
  /** The size now. */
  size(): number;
  /**
   * Reads exactly `length` bytes at `position`, into `into` where it is given; fewer only at the end of the
   * file. Synchronous: the page cache answers in microseconds.
   */
  readAt(position: number, length: number, into?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** Writes all of `bytes` at `position`, or throws; then any part of it may be there. */
  writeAt(position: number, bytes: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Returns once everything written to this file survives a power loss. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What a name in a folder stands for. */
export interface DiskEntry {
  readonly name: string;
  readonly folder: boolean;
}

/**
 * Everything the store asks of a file system. A rename, a new file and a removal survive a power
 * loss only after `syncFolder` of the folder they happened in.
 */
export interface Disk {
  /** Makes the folder and its parents; no error when it is there. */
  makeFolder(folder: string): Promise<void>;
  /** The entries of a folder, sorted by name; empty when there is no such folder. */
  list(folder: string): Promise<DiskEntry[]>;
  exists(file: string): Promise<boolean>;
  /** `read`: must be there. `create`: must not be there. `write`: made when missing, kept when not. */
  open(file: string, mode: 'read' | 'create' | 'write'): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; no error when it is not there. */
  remove(file: string): Promise<void>;
  /** A second name for the same file; throws (EXDEV, EPERM, ENOTSUP) where the file system cannot. */
  link(from: string, to: string): Promise<void>;
  syncFolder(folder: string): Promise<void>;
  /** Names this process so that another one can tell whether it still runs. */
  owner(): string;
  ownerRuns(owner: string): boolean;
}

/** An error of the disk as the store sees it: `code` is the system's (`ENOSPC`, `EIO`). */
export interface DiskError extends Error {
  readonly code?: string;
}

/** Whether `error` carries this system error code. */
export function isDiskError(error: unknown, code: string): boolean {
  return error instanceof Error && (error as DiskError).code === code;
}

class RealFile implements DiskFile {
  readonly #descriptor: number;
  #closed = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  size(): number {
    return fs.fstatSync(this.#descriptor).size;
  }

  readAt(position: number, length: number, bytes = new Uint8Array(length)): Uint8Array<ArrayBuffer> {
    let read = 0;
    while (read < length) {
      const got = fs.readSync(this.#descriptor, bytes, read, length - read, position + read);
      if (got === 0) return bytes.subarray(0, read);
      read += got;
    }
    return bytes;
  }

  writeAt(position: number, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const next = (written: number): void => {
        if (written === bytes.length) {
          resolve();
          return;
        }
        fs.write(
          this.#descriptor,
          bytes,
          written,
          bytes.length - written,
          position + written,
          (error, more) => {
            if (error !== null) reject(error);
            else next(written + more);
          },
        );
      };
      next(0);
    });
  }

  truncate(size: number): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.ftruncate(this.#descriptor, size, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#descriptor, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    fs.closeSync(this.#descriptor);
  }
}

const FLAGS = {
  read: fs.constants.O_RDONLY,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
  write: fs.constants.O_RDWR | fs.constants.O_CREAT,
};

/** The file system of this machine. */
export const realDisk: Disk = {
  async makeFolder(folder) {
    // Not `recursive`: on file systems that answer ENOENT to everything (as /proc), Node's own loop never ends.
    const missing: string[] = [];
    for (let at = path.resolve(folder); !fs.existsSync(at); at = path.dirname(at)) missing.unshift(at);
    if (missing.length === 0 && !fs.statSync(folder).isDirectory()) await fs.promises.mkdir(folder);
    for (const each of missing) {
      await fs.promises.mkdir(each).catch((error: unknown) => {
        if (!isDiskError(error, 'EEXIST')) throw error;
      });
    }
  },
  async list(folder) {
    try {
      const entries = await fs.promises.readdir(folder, { withFileTypes: true });
      return entries
        .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if (isDiskError(error, 'ENOENT')) return [];
      throw error;
    }
  },
  async exists(file) {
    return fs.existsSync(file);
  },
  async open(file, mode) {
    return new RealFile(fs.openSync(file, FLAGS[mode], 0o600));
  },
  async rename(from, to) {
    await fs.promises.rename(from, to);
  },
  async remove(file) {
    await fs.promises.rm(file, { force: true });
  },
  async link(from, to) {
    await fs.promises.link(from, to);
  },
  async syncFolder(folder) {
    if (process.platform === 'win32') return; // folders cannot be opened there; renames are journalled
    const handle = await fs.promises.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  owner() {
    return JSON.stringify({ pid: process.pid, started: startOf(process.pid), host: os.hostname() });
  },
  ownerRuns(owner) {
    const { pid, started, host } = readOwner(owner);
    if (pid === null) return false;
    if (host !== os.hostname()) return true; // another machine's process: nothing here can tell
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (isDiskError(error, 'ESRCH')) return false;
    }
    return started === null || started === startOf(pid);
  },
};

function readOwner(owner: string): { pid: number | null; started: string | null; host: string } {
  try {
    const parsed: unknown = JSON.parse(owner);
    if (typeof parsed !== 'object' || parsed === null) return { pid: null, started: null, host: '' };
    const { pid, started, host } = parsed as Record<string, unknown>;
    return {
      pid: typeof pid === 'number' ? pid : null,
      started: typeof started === 'string' ? started : null,
      host: typeof host === 'string' ? host : '',
    };
  } catch {
    return { pid: null, started: null, host: '' };
  }
}

/** When a process started, in ticks since boot and with the boot's id, so that a reused process id is seen; null where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}/${ticks}`;
  } catch {
    return null;
  }
}

/** The path of `name` in `folder`, by the rules of this machine. */
export function pathIn(folder: string, ...names: string[]): string {
  return path.join(folder, ...names);
}

/** The folder that holds `file`. */
export function folderOf(file: string): string {
  return path.dirname(file);
}

const PLAIN_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/**
 * The path inside `root` of anything named by users. Plain names (`[A-Za-z0-9._-]`, up to 128, no
 * leading dot) stay readable; others are encoded (`%` and hex), so no name leads out of the folder.
 */
export function resolveInside(root: string, name: string): string {
  return pathIn(root, fileNameOf(name));
}

/** The file name that stands for a user's name, and back (`nameOfFile`). */
export function fileNameOf(name: string): string {
  if (PLAIN_NAME.test(name) && !name.startsWith('x-')) return name;
  return `x-${Buffer.from(name, 'utf8').toString('hex')}`;
}

export function nameOfFile(file: string): string {
  return file.startsWith('x-') ? Buffer.from(file.slice(2), 'hex').toString('utf8') : file;
}

/** The whole file, or null when there is none. */
export async function readWhole(disk: Disk, file: string): Promise<Uint8Array | null> {
  let opened: DiskFile;
  try {
    opened = await disk.open(file, 'read');
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  }
  try {
    return opened.readAt(0, opened.size());
  } finally {
    await opened.close();
  }
}

/** Writes a file aside, syncs it, renames it into place and syncs the folder: after a crash it is whole or absent. */
export async function writeWhole(disk: Disk, file: string, bytes: Uint8Array): Promise<void> {
  const aside = `${file}.new`;
  await disk.remove(aside);
  const opened = await disk.open(aside, 'create');
  try {
    await opened.writeAt(0, bytes);
    await opened.sync();
  } finally {
    await opened.close();
  }
  await disk.rename(aside, file);
  await disk.syncFolder(folderOf(file));
}
