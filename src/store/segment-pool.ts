import { type Disk, pathIn } from './disk.ts';
import { SegmentReader } from './segment-reader.ts';

/** Segments that nobody reads and that stay open for the next scan, with the dictionaries that were read of them. */
const KEPT_OPEN = 32;

/**
 * Open segments, shared by the scans of a store. A scan holds what it reads until it ends, so a
 * segment that compaction or a delete replaced stays readable for it; its file goes afterwards.
 */
export class SegmentPool {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #open = new Map<string, { reader: SegmentReader; users: number }>();
  /** Open ones that nobody reads, those that were read longest ago first. */
  readonly #idle = new Set<string>();
  readonly #retired = new Set<string>();

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /** The open segment; to be given back with `release`. */
  async acquire(file: string): Promise<SegmentReader> {
    const known = this.#open.get(file);
    if (known !== undefined) {
      known.users++;
      this.#idle.delete(file);
      return known.reader;
    }
    const opened = await this.#disk.open(pathIn(this.#folder, file), 'read');
    let reader: SegmentReader;
    try {
      reader = SegmentReader.open(file, opened);
    } catch (error) {
      await opened.close();
      throw error;
    }
    const meanwhile = this.#open.get(file);
    if (meanwhile !== undefined) {
      await reader.close();
      meanwhile.users++;
      this.#idle.delete(file);
      return meanwhile.reader;
    }
    this.#open.set(file, { reader, users: 1 });
    return reader;
  }

  async release(reader: SegmentReader): Promise<void> {
    const entry = this.#open.get(reader.name);
    if (entry === undefined) return;
    entry.users--;
    if (entry.users > 0) return;
    if (this.#retired.has(reader.name)) await this.#drop(reader.name);
    else {
      this.#idle.add(reader.name);
      await this.#closeOldest();
    }
  }

  async #closeOldest(): Promise<void> {
    const [oldest] = this.#idle;
    if (oldest === undefined || this.#idle.size <= KEPT_OPEN) return;
    const entry = this.#open.get(oldest);
    this.#idle.delete(oldest);
    this.#open.delete(oldest);
    await entry?.reader.close();
  }

  /** Removes the file of a segment that is no longer in the manifest, now or once nobody reads it. */
  async retire(file: string): Promise<void> {
    this.#retired.add(file);
    if ((this.#open.get(file)?.users ?? 0) === 0) await this.#drop(file);
  }

  async #drop(file: string): Promise<void> {
    this.#retired.delete(file);
    const entry = this.#open.get(file);
    this.#open.delete(file);
    this.#idle.delete(file);
    await entry?.reader.close();
    await this.#disk.remove(pathIn(this.#folder, file));
  }

  /** Closes what nobody uses (all, when the store closes). */
  async close(): Promise<void> {
    for (const { reader } of this.#open.values()) await reader.close();
    this.#open.clear();
    this.#idle.clear();
    for (const file of this.#retired) await this.#disk.remove(pathIn(this.#folder, file));
    this.#retired.clear();
  }
}
