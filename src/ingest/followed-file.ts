import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../engine/reason-of.ts';
import type { FileState } from './follow-state.ts';

/** Bytes before the offset that tell whether a file is still what was read. */
const TAIL_BYTES = 1024;
/** At most this many files of a folder are looked at to find a renamed or copied one. */
const MOST_SIBLINGS = 2000;

/** What tells files apart on this machine; null when there is no file of this name. Rejects when that cannot be seen. */
export async function fileId(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (failure) {
    if (isAbsence(failure)) return null;
    throw failure;
  }
}

function isAbsence(failure: unknown): boolean {
  const code = codeOf(failure);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** A file at its beginning. */
export function newFileState(id: string, path: string, name: string, argument: string): FileState {
  return { id, path, name, argument, offset: 0, tail: hashOf(new Uint8Array()), tailBytes: 0, header: null };
}

/** A file whose new bytes are read. The handle stays open, so that a renamed or deleted file is read to its end. */
export class FollowedFile {
  state: FileState;
  /** Its name leads to another file by now, or to none: what is left is read, then it is dropped. */
  rotated = false;
  /** Bytes at the last look. */
  size = 0;
  /** Its size when there was no whole line to read; -1 when there was one. */
  waitsAt = -1;
  /** Not looked at before this moment of the monotonic clock: it could not be read. */
  silentUntil = -Infinity;
  /** When it was last seen to grow, in ms of the monotonic clock. */
  grown = performance.now();
  #handle: FileHandle | null = null;

  constructor(state: FileState) {
    this.state = state;
  }

  /**
   * Looks at the file again. `gone`: neither its name nor another one in its folder leads to it. Rejects
   * when it is there and cannot be read.
   */
  async look(): Promise<'same' | 'replaced' | 'gone'> {
    if (this.#handle === null && !(await this.#open())) return 'gone';
    const { size, nlink } = await this.#handle!.stat();
    if (nlink === 0) this.rotated = true;
    if (size !== this.size) {
      this.size = size;
      this.grown = performance.now();
    }
    if (size < this.state.offset) return 'replaced';
    if (size === this.state.offset) return 'same';
    return (await this.endsLikeBefore(this.state)) ? 'same' : 'replaced';
  }

  async #open(): Promise<boolean> {
    const { path, id } = this.state;
    const places = (await fileId(path)) === id ? [path] : await renamed(path, id);
    for (const place of places) {
      let handle: FileHandle;
      try {
        handle = await open(place, 'r');
      } catch (failure) {
        if (isAbsence(failure)) continue;
        throw failure;
      }
      const { dev, ino } = await handle.stat({ bigint: true });
      if (`${dev}:${ino}` !== id) {
        await handle.close();
        continue;
      }
      this.#handle = handle;
      if (place !== path) {
        this.state = { ...this.state, path: place };
        this.rotated = true;
      }
      return true;
    }
    return false;
  }

  /** Whether the bytes before another state's offset are here what they were there. */
  async endsLikeBefore({ offset, tail, tailBytes }: FileState): Promise<boolean> {
    const bytes = await this.#read(offset - tailBytes, tailBytes);
    return bytes.length === tailBytes && hashOf(bytes) === tail;
  }

  /** Up to `most` bytes from the offset on. */
  async unread(most: number): Promise<Buffer> {
    return await this.#read(this.state.offset, Math.min(most, this.size - this.state.offset));
  }

  /** The bytes `[from, to)`; fewer when the file has become shorter. */
  async between(from: number, to: number): Promise<Buffer> {
    return await this.#read(from, to - from);
  }

  async #read(from: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, length));
    let got = 0;
    while (this.#handle !== null && got < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, got, bytes.length - got, from + got);
      if (bytesRead === 0) break;
      got += bytesRead;
    }
    return bytes.subarray(0, got);
  }

  /** The state once `bytes`, read from the offset on, are stored. */
  async after(bytes: Uint8Array, header: string | null): Promise<FileState> {
    const { offset } = this.state;
    const next = offset + bytes.length;
    const tailBytes = Math.min(TAIL_BYTES, next);
    const tail =
      bytes.length >= tailBytes
        ? bytes.subarray(bytes.length - tailBytes)
        : await this.#read(next - tailBytes, tailBytes);
    return { ...this.state, offset: next, tail: hashOf(tail), tailBytes, header };
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}

/** The file of this id among those beside `path`: logs are rotated by renaming. */
async function renamed(path: string, id: string): Promise<string[]> {
  for (const sibling of await siblings(path)) {
    if ((await fileId(sibling).catch(() => null)) === id) return [sibling];
  }
  return [];
}

/** The other files beside `path` whose names begin with its name, those that were changed last first. */
export async function siblings(path: string): Promise<string[]> {
  const folder = dirname(path);
  const name = basename(path);
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return [];
  }
  const stem = name.replace(/([.-])\d[\d.\-T_:Z]*$/, '');
  return names
    .filter((other) => other !== name && other.startsWith(stem))
    .slice(0, MOST_SIBLINGS)
    .map((other) => join(folder, other));
}

/** Whether a file of this name would be an older part of the log at `path`: `app.log.1`, `app.log-20240131`. */
export function isRotationOf(candidate: string, path: string): boolean {
  if (!candidate.startsWith(path)) return false;
  return /^[.-]\d[\d.\-T_:Z]*$/.test(candidate.slice(path.length));
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}
