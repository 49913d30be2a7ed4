import {
  type Disk,
  fileNameOf,
  isDiskError,
  nameOfFile,
  pathIn,
  readWhole,
  resolveInside,
  writeWhole,
} from './disk.ts';
import { StoreError } from './failure.ts';

/** Small named texts kept in the store: rules, sources, lookups, apps, keys. Each is written whole or not at all. */
export class Documents {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #mayWrite: () => void;

  /** `mayWrite` throws when the store is open for reading only. */
  constructor(disk: Disk, directory: string, mayWrite: () => void) {
    this.#disk = disk;
    this.#root = pathIn(directory, 'documents');
    this.#mayWrite = mayWrite;
  }

  /** The text, or null when there is none of that name. */
  async get(kind: string, name: string): Promise<string | null> {
    const bytes = await readWhole(this.#disk, this.#path(kind, name));
    return bytes === null ? null : new TextDecoder().decode(bytes);
  }

  /** Keeps a text, in the place of one of the same name. */
  async put(kind: string, name: string, text: string): Promise<void> {
    this.#mayWrite();
    if (name === '' || fileNameOf(name).length > 250) {
      throw new StoreError('request', `\`${name}\` cannot be a name of a ${kind}`, 'use 1 to 120 characters');
    }
    const folder = resolveInside(this.#root, kind);
    await this.#disk.makeFolder(folder);
    await this.#disk.syncFolder(this.#root);
    await writeWhole(this.#disk, this.#path(kind, name), new TextEncoder().encode(text));
  }

  /** The names of a kind, sorted. */
  async list(kind: string): Promise<string[]> {
    const entries = await this.#disk.list(resolveInside(this.#root, kind));
    return entries
      .filter(({ name, folder }) => !folder && !name.endsWith('.new'))
      .map(({ name }) => nameOfFile(name))
      .sort();
  }

  /** Removes a text; false when there was none. */
  async remove(kind: string, name: string): Promise<boolean> {
    this.#mayWrite();
    const path = this.#path(kind, name);
    if (!(await this.#disk.exists(path))) return false;
    await this.#disk.remove(path);
    try {
      await this.#disk.syncFolder(resolveInside(this.#root, kind));
    } catch (error) {
      if (!isDiskError(error, 'ENOENT')) throw error;
    }
    return true;
  }

  #path(kind: string, name: string): string {
    return resolveInside(resolveInside(this.#root, kind), name);
  }
}
