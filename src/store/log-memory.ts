import { aligned } from './batch-codec.ts';

/** Frames of a log lie side by side in pieces of this size; a larger frame has a piece of its own. */
const PIECE = 8 << 20;

/** Pieces that are to be used again once those who look into them are done. */
interface Retired {
  readonly pieces: readonly SharedArrayBuffer[];
  readonly readers: Set<object>;
}

/**
 * Memory for the frames of logs, which the tail reads from, and other threads, too. It is used again
 * for later logs: fresh memory costs ten times what filling it costs. Whoever looks at the tail for
 * longer than one turn of the event loop holds it meanwhile.
 */
export class LogMemory {
  #free: SharedArrayBuffer[] = [];
  #retired: Retired[] = [];
  readonly #readers = new Set<object>();

  /** Memory for the frames of one log. */
  start(): LogPieces {
    return new LogPieces(() => this.#free.pop() ?? new SharedArrayBuffer(PIECE));
  }

  /** Keeps all pieces of now from being used again until the function that it returns is called. */
  hold(): () => void {
    const reader = {};
    this.#readers.add(reader);
    return () => {
      this.#readers.delete(reader);
      for (const { readers } of this.#retired) readers.delete(reader);
      this.#collect();
    };
  }

  /** The log's messages are read from elsewhere from now on. */
  giveBack(log: LogPieces): void {
    this.#retired.push({ pieces: log.pieces, readers: new Set(this.#readers) });
    this.#collect();
    // What a log of this size and the next one need; a store at rest keeps little.
    this.#free.length = Math.min(this.#free.length, log.pieces.length * 2);
  }

  #collect(): void {
    const done = this.#retired.filter(({ readers }) => readers.size === 0);
    if (done.length === 0) return;
    this.#retired = this.#retired.filter(({ readers }) => readers.size > 0);
    for (const { pieces } of done) this.#free.push(...pieces.filter((piece) => piece.byteLength === PIECE));
  }
}

/** The memory of one log. */
export class LogPieces {
  readonly pieces: SharedArrayBuffer[] = [];
  readonly #next: () => SharedArrayBuffer;
  #used = PIECE;

  constructor(next: () => SharedArrayBuffer) {
    this.#next = next;
  }

  /** So many bytes, which are not clear. */
  allocate(size: number): Uint8Array<SharedArrayBuffer> {
    if (size > PIECE) {
      const own = new SharedArrayBuffer(size);
      this.pieces.unshift(own); // the last piece is the one being filled
      return new Uint8Array(own);
    }
    if (this.#used + size > PIECE) {
      this.pieces.push(this.#next());
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += aligned(size);
    return new Uint8Array(this.pieces.at(-1)!, at, size);
  }
}
