import { checksum } from './checksum.ts';
import { type Disk, pathIn, readWhole } from './disk.ts';
import { manifestPath } from './manifest.ts';
import { recover } from './recover.ts';
import type { StoreFolder } from './store-folder.ts';
import type { StoreState } from './store-source.ts';

/** The state of a store that another process may be writing. */
export class StoreReader {
  readonly #disk: Disk;
  readonly #folder: StoreFolder;
  #state: StoreState | null = null;
  #seen = '';

  constructor(disk: Disk, folder: StoreFolder) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /** The state now: read again when manifest or logs have changed, or when `again` says that the last one was out of date. */
  async state(again = false): Promise<StoreState> {
    for (let attempt = 0; ; attempt++) {
      const signature = await this.#signature();
      if (this.#state !== null && signature === this.#seen && !again) return this.#state;
      const { manifest, tail } = await recover(this.#disk, this.#folder, null);
      this.#state = { manifest, tail };
      this.#seen = signature;
      // A flush between reading the manifest and the logs would have hidden its rows.
      if (attempt === 5 || signature === (await this.#signature())) return this.#state;
    }
  }

  /** Differs when the manifest or the logs do. */
  async #signature(): Promise<string> {
    const manifest = await readWhole(this.#disk, manifestPath(this.#folder.root));
    const logs: string[] = [];
    for (const { name } of await this.#disk.list(this.#folder.logs)) {
      const file = await this.#disk.open(pathIn(this.#folder.logs, name), 'read').catch(() => null);
      logs.push(`${name}:${file?.size() ?? 'gone'}`);
      await file?.close();
    }
    return `${manifest === null ? '' : checksum(manifest)} ${logs.join(' ')}`;
  }
}
