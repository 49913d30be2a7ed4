import { type Disk, pathIn, readWhole, writeWhole } from './disk.ts';

/** One kind of loss or refusal: what, why, how often. */
export interface LedgerEntry {
  /** `refused`: not stored, and the sender was told. `set-aside`: found unreadable and moved away. `cut`: an unfinished write at the end of a log, never acknowledged. `dropped`: left out by a rule. */
  readonly what: 'refused' | 'set-aside' | 'cut' | 'dropped';
  readonly why: string;
  /** The source, file or segment concerned; empty when none. */
  readonly where: string;
  readonly times: number;
  readonly messages: number;
  readonly bytes: number;
  /** Epoch ms of the first and the last time. */
  readonly first: number;
  readonly last: number;
}

const MOST_ENTRIES = 1000;

/** Everything that was refused, dropped or set aside, kept in the store for people to read. */
export class Ledger {
  readonly #disk: Disk;
  readonly #file: string;
  readonly #now: () => number;
  readonly #entries = new Map<string, LedgerEntry>();
  #changed = false;

  private constructor(disk: Disk, file: string, now: () => number) {
    this.#disk = disk;
    this.#file = file;
    this.#now = now;
  }

  static async open(disk: Disk, directory: string, now: () => number): Promise<Ledger> {
    const ledger = new Ledger(disk, pathIn(directory, 'ledger.json'), now);
    const bytes = await readWhole(disk, ledger.#file);
    if (bytes === null) return ledger;
    try {
      for (const entry of JSON.parse(new TextDecoder().decode(bytes)) as LedgerEntry[]) {
        ledger.#entries.set(keyOf(entry), entry);
      }
    } catch {
      ledger.add({
        what: 'set-aside',
        why: 'the ledger could not be read and was begun anew',
        where: ledger.#file,
      });
    }
    return ledger;
  }

  /** Counts one event; kept on disk at the next `save`. */
  add(event: {
    what: LedgerEntry['what'];
    why: string;
    where?: string;
    messages?: number;
    bytes?: number;
  }): void {
    const now = this.#now();
    const { what, why, where = '', messages = 0, bytes = 0 } = event;
    const key = keyOf({ what, why, where });
    const known = this.#entries.get(key);
    if (known === undefined && this.#entries.size >= MOST_ENTRIES) {
      if (where !== '(others)') this.add({ ...event, where: '(others)' });
      return;
    }
    this.#entries.set(key, {
      what,
      why,
      where,
      times: (known?.times ?? 0) + 1,
      messages: (known?.messages ?? 0) + messages,
      bytes: (known?.bytes ?? 0) + bytes,
      first: known?.first ?? now,
      last: now,
    });
    this.#changed = true;
  }

  entries(): readonly LedgerEntry[] {
    return [...this.#entries.values()];
  }

  /** Writes the ledger when it changed since the last time. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    try {
      await writeWhole(
        this.#disk,
        this.#file,
        new TextEncoder().encode(JSON.stringify(this.entries(), null, 1)),
      );
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }
}

function keyOf({ what, why, where }: Pick<LedgerEntry, 'what' | 'why' | 'where'>): string {
  return JSON.stringify([what, why, where]);
}
