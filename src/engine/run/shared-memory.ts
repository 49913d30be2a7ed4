import { QueryFailure } from '../define.ts';
import { kernelTableBytes } from '../kernels/wasm/memory.ts';

/** Milliseconds between two looks at the memory in use, which are not for nothing. */
export const MEMORY_EVERY = 20;

/** The bytes that this thread uses: those of V8's heap, and with arrays and the tables of the kernels. */
export function memoryInUse(): { readonly heap: number; readonly all: number } {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, all: heapUsed + arrayBuffers + kernelTableBytes() };
}

/** The failure of a run that would need more memory than it may have. */
export function tooMuch(message: string): QueryFailure {
  return new QueryFailure(
    'memory',
    message,
    'search a shorter time range, group by fewer fields, or aggregate before `sort`',
  );
}

/** The failure of an array that could not be had, as users should see it; any other failure as it is. */
export function explained(failure: unknown): unknown {
  const message = failure instanceof RangeError ? failure.message : '';
  const noRoom = /allocation failed|typed array length|maximum size exceeded|array length/i.test(message);
  return noRoom ? tooMuch('the query needs more memory than one table of it can have') : failure;
}

/** The memory that several threads use, as each says of itself now and then. */
export class SharedMemory {
  /** What `postMessage` carries to the other threads. */
  readonly buffer: SharedArrayBuffer;
  readonly #kilobytes: Int32Array;
  #own = 0;
  #nextLook = 0;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.buffer = buffer;
    this.#kilobytes = new Int32Array(buffer);
  }

  /** All that was said. */
  bytes(): number {
    return Atomics.load(this.#kilobytes, 0) * 1024;
  }

  /** Says what this thread uses; to be called after each batch. */
  tell(): void {
    const now = performance.now();
    if (now < this.#nextLook) return;
    this.#nextLook = now + MEMORY_EVERY;
    const own = Math.round(memoryInUse().all / 1024);
    Atomics.add(this.#kilobytes, 0, own - this.#own);
    this.#own = own;
  }
}
