import { readFileSync } from 'node:fs';

/** What assembly/index.ts exports; pointers and counts are unsigned 32-bit numbers. */
export interface KernelExports {
  readonly emptyLines: { readonly value: number };
  readonly letterLines: { readonly value: number };
  readonly newlines: { readonly value: number };
  findLines(from: number, to: number, starts: number, ends: number): number;
  findDelimiters(from: number, to: number, delimiter: number, out: number): number;
  findGrid(
    from: number,
    to: number,
    delimiter: number,
    pieces: number,
    positions: number,
    starts: number,
    ends: number,
  ): number;
  checkGrid(positions: number, rows: number, pieces: number, rowEnds: number): number;
  hasEmptyPiece(positions: number, rows: number, pieces: number, rowStarts: number, rowEnds: number): number;
  gridColumn(
    positions: number,
    rows: number,
    pieces: number,
    piece: number,
    rowStarts: number,
    rowEnds: number,
    starts: number,
    ends: number,
  ): void;
  cutRows(
    rows: number,
    rowStarts: number,
    rowEnds: number,
    delimiter: number,
    pieces: number,
    cuts: number,
    found: number,
  ): number;
  oddCuts(
    rows: number,
    rowStarts: number,
    rowEnds: number,
    delimiter: number,
    pieces: number,
    cuts: number,
    found: number,
    odd: number,
  ): number;
  cutColumn(
    cuts: number,
    found: number,
    rows: number,
    pieces: number,
    piece: number,
    rowStarts: number,
    rowEnds: number,
    starts: number,
    ends: number,
  ): void;
  intern(
    rows: number,
    starts: number,
    ends: number,
    table: number,
    mask: number,
    base: number,
    codes: number,
    misses: number,
  ): number;
  internInsert(start: number, length: number, tail: number, table: number, mask: number, code: number): void;
  internRehash(from: number, fromMask: number, table: number, mask: number): void;
  quotedAfter(
    rows: number,
    starts: number,
    ends: number,
    prefix: number,
    length: number,
    textStarts: number,
    textEnds: number,
  ): void;
  jsonValues(
    rows: number,
    starts: number,
    ends: number,
    keys: number,
    count: number,
    valueStarts: number,
    valueEnds: number,
    kinds: number,
    status: number,
    shape: number,
  ): number;
  cutShape(
    rows: number,
    rowStarts: number,
    rowEnds: number,
    pieces: number,
    slots: number,
    cuts: number,
    shapeOf: number,
    shape: number,
    list: number,
  ): number;
  collectSlot(
    count: number,
    from: number,
    list: number,
    cuts: number,
    stride: number,
    out: number,
    words: number,
  ): number;
  rehashWords(words: number): void;
  otherSpans(
    rows: number,
    starts: number,
    ends: number,
    validity: number,
    shapeOf: number,
    shape: number,
    cuts: number,
    last: number,
    stride: number,
    others: number,
  ): number;
  otherNumbers(
    rows: number,
    numbers: number,
    shapeOf: number,
    shape: number,
    forms: number,
    scale: number,
    others: number,
  ): number;
  surveyForms(forms: number, rows: number, out: number): void;
  encodeForms(
    forms: number,
    rows: number,
    words: number,
    base: number,
    width: number,
    values: number,
    validity: number,
    out: number,
  ): void;
  addTerms(data: number, ends: number, from: number, to: number, set: number): number;
  growTerms(from: number, fromMask: number, table: number, mask: number): void;
  fillFilter(table: number, mask: number, filter: number, bits: number, probes: number): void;
  unixTimes(
    rows: number,
    numberStarts: number,
    numberEnds: number,
    timeStarts: number,
    timeEnds: number,
    times: number,
    odd: number,
  ): number;
  parseNumbers(rows: number, starts: number, ends: number, values: number, odd: number): number;
  idsOfCodes(rows: number, from: number, width: number, codes: number, table: number, ids: number): number;
  answersOfCodes(
    rows: number,
    from: number,
    width: number,
    codes: number,
    answers: number,
    out: number,
  ): number;
  rowsOfOnes(rows: number, values: number, out: number): number;
  countCodes(rows: number, width: number, codes: number, words: number, tables: number): void;
  sumGroups(rows: number, ids: number, values: number, validity: number, sums: number): void;
  widenInts(rows: number, width: number, values: number, base: number, out: number): void;
  scaleInts(rows: number, width: number, values: number, base: number, scale: number, out: number): void;
  sliceStarts(rows: number, values: number, origin: number, width: number, out: number): number;
  idsOfNumbers(rows: number, from: number, values: number, table: number, mask: number, ids: number): number;
  putNumber(number: number, id: number, table: number, mask: number): void;
  idsOfPairs(rows: number, from: number, left: number, right: number, width: number, table: number): number;
  onesOfCode(rows: number, width: number, codes: number, code: number, out: number): void;
  findText(rows: number, starts: number, ends: number, start: number, length: number): number;
  digitNumbers(rows: number, values: number, given: number, out: number, validity: number): number;
  inflate(state: number): number;
  equalTexts(rows: number, starts: number, ends: number, wanted: number, length: number, out: number): void;
  markPhrase(
    rows: number,
    starts: number,
    ends: number,
    terms: number,
    count: number,
    chosen: number,
    marks: number,
  ): void;
}

const PAGE = 65536;
/** Room behind every buffer: kernels load whole vectors and may look past the end of a text. */
const PADDING = 64;
/** Address space asked for, largest first; pages cost nothing until they are touched. */
const SIZES = [1 << 30, 256 << 20, 64 << 20];

/**
 * The memory and the instance of the WebAssembly kernels for one running query. Short-lived buffers
 * (a chunk and what is made of it) grow from the bottom and are freed together by `reset`; tables
 * that live as long as the query grow from the top. Nothing moves and the buffer is never detached,
 * so views stay valid until their bytes are handed out again.
 */
export class KernelMemory {
  readonly exports: KernelExports;
  readonly bytes: Uint8Array;
  /** The same memory as 32-bit numbers. */
  readonly uints: Uint32Array;
  readonly #size: number;
  #bottom = PAGE;
  #top: number;
  #arena: KernelArena | null = null;
  /** Grows whenever short-lived buffers are freed: what was remembered about them is void. */
  generation = 0;
  /** Grows whenever everything is freed: tables made before are gone. */
  era = 0;

  constructor(module: WebAssembly.Module) {
    const memory = reserve();
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    this.exports = instance.exports as unknown as KernelExports;
    this.bytes = new Uint8Array(memory.buffer);
    this.uints = new Uint32Array(memory.buffer);
    this.#size = this.bytes.length;
    this.#top = this.#size;
  }

  /** Frees all short-lived buffers. */
  reset(): void {
    this.#bottom = PAGE;
    this.generation++;
  }

  /** Frees everything, for the next query. The next use must not expect zeroes. */
  clear(): void {
    this.#bottom = PAGE;
    this.generation++;
    this.era++;
    this.#top = this.#size;
    this.#arena = null;
  }

  /** Where the short-lived buffers end now: see `rewind`. */
  mark(): number {
    return this.#bottom;
  }

  /** Frees the short-lived buffers that were made since `mark` said so; nobody may have remembered them. */
  rewind(mark: number): void {
    this.#bottom = mark;
  }

  /** Memory for tables that are freed together, again and again, until `clear`; null while somebody has it, or when there is no room. */
  takeArena(): KernelArena | null {
    if (this.#arena === null) {
      const size = (this.#size / 8) * 3;
      const from = this.allocateTable(size, false);
      if (from === null) return null;
      this.#arena = new KernelArena(this, from, from + size);
    }
    return this.#arena.take() ? this.#arena : null;
  }

  /** Whether `size` more short-lived bytes fit. */
  fits(size: number): boolean {
    return this.#bottom + size + PADDING <= this.#top;
  }

  /** Bytes that tables take. */
  get tableBytes(): number {
    return this.#size - this.#top;
  }

  /** The address of `size` short-lived bytes, aligned to 4096 as reads from page-cached files like it, or null when full. */
  allocate(size: number): number | null {
    if (!this.fits(size + 4096)) return null;
    const address = (this.#bottom + 4095) & ~4095;
    this.#bottom = address + size + PADDING;
    return address;
  }

  /** The address of `size` bytes, zeroed unless told otherwise, that live until `clear`; null when they would fill more than half the memory. */
  allocateTable(size: number, zeroed = true): number | null {
    const address = (this.#top - size - PADDING) & ~63;
    if (address < this.#size / 2 || address < this.#bottom) return null;
    this.#top = address;
    if (zeroed) this.bytes.fill(0, address, address + size);
    return address;
  }

  /** A short-lived array of `length` 32-bit numbers here, or on the heap when the memory is full. */
  uint32(length: number): Uint32Array {
    const address = this.allocate(length * 4);
    return address === null ? new Uint32Array(length) : new Uint32Array(this.bytes.buffer, address, length);
  }

  /** A short-lived array of 32-bit numbers with a sign, not cleared; as all arrays here. */
  int32(length: number): Int32Array {
    const address = this.allocate(length * 4);
    return address === null ? new Int32Array(length) : new Int32Array(this.bytes.buffer, address, length);
  }

  float64(length: number): Float64Array {
    const address = this.allocate(length * 8);
    return address === null ? new Float64Array(length) : new Float64Array(this.bytes.buffer, address, length);
  }

  /** A short-lived array of bytes, not cleared. */
  uint8(length: number): Uint8Array {
    const address = this.allocate(length);
    return address === null ? new Uint8Array(length) : new Uint8Array(this.bytes.buffer, address, length);
  }

  /** A short-lived copy of an array; null when the memory is full. */
  copyOf<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(array: T): T | null {
    const address = this.allocate(array.byteLength);
    if (address === null) return null;
    const Kind = array.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => T;
    const copy = new Kind(this.bytes.buffer, address, array.length);
    copy.set(array);
    return copy;
  }

  /** Whether the array lies in this memory, so that kernels can take its `byteOffset` as a pointer. */
  holds(array: ArrayBufferView): boolean {
    return array.buffer === this.bytes.buffer;
  }
}

/** Where tables of 64-aligned addresses come from. */
export interface KernelTables {
  /** The address of `size` bytes, zeroed unless told otherwise; null when there is no room. */
  allocateTable(size: number, zeroed?: boolean): number | null;
}

/** A part of a kernel memory whose tables live until `release`. */
export class KernelArena implements KernelTables {
  readonly #memory: KernelMemory;
  readonly #from: number;
  readonly #to: number;
  #used: number;
  #taken = false;

  constructor(memory: KernelMemory, from: number, to: number) {
    this.#memory = memory;
    this.#from = from;
    this.#to = to;
    this.#used = from;
  }

  /** False while somebody has it. */
  take(): boolean {
    if (this.#taken) return false;
    this.#taken = true;
    this.#used = this.#from;
    return true;
  }

  release(): void {
    this.#taken = false;
  }

  allocateTable(size: number, zeroed = true): number | null {
    const address = this.#used;
    const end = (address + size + PADDING + 63) & ~63;
    if (end > this.#to) return null;
    this.#used = end;
    if (zeroed) this.#memory.bytes.fill(0, address, address + size);
    return address;
  }
}

/**
 * Declared as shared, though each thread has its own: only then does V8 not take the address space for
 * memory in use, which would have it collect garbage for 20 ms as the first thing.
 */
function reserve(): WebAssembly.Memory {
  for (const size of SIZES) {
    try {
      return new WebAssembly.Memory({ initial: size / PAGE, maximum: size / PAGE, shared: true });
    } catch (failure) {
      if (!(failure instanceof RangeError) || size === SIZES.at(-1)) throw failure;
    }
  }
  throw new RangeError('no memory for the kernels');
}

const idle: KernelMemory[] = [];
const used = new Set<KernelMemory>();
let module: WebAssembly.Module | null | undefined;
let current: KernelMemory | null = null;

/** A kernel memory for one query, or null where WebAssembly with SIMD is missing or `WEIR_KERNELS=plain` asks for the twins. */
export function acquireKernels(): KernelMemory | null {
  if (module === undefined) module = loadModule();
  if (module === null) return null;
  const memory = idle.pop() ?? new KernelMemory(module);
  used.add(memory);
  return memory;
}

/** Bytes that the tables of this thread's running queries take: no part of what Node says of its memory. */
export function kernelTableBytes(): number {
  let bytes = 0;
  for (const memory of used) bytes += memory.tableBytes;
  return bytes;
}

/** Gives a memory back once its query is done. Views into it must not be used any more. */
export function releaseKernels(memory: KernelMemory | null): void {
  if (memory === null) return;
  memory.clear();
  used.delete(memory);
  if (idle.length < 2) idle.push(memory);
}

function loadModule(): WebAssembly.Module | null {
  if (process.env.WEIR_KERNELS === 'plain') return null;
  try {
    return new WebAssembly.Module(readFileSync(new URL('./kernels.wasm', import.meta.url)));
  } catch {
    // Not built, or an engine without SIMD: the plain twins give the same answers.
    return null;
  }
}

/** Runs synchronous work with `memory` as the one that kernels use. */
export function withKernels<T>(memory: KernelMemory | null, work: () => T): T {
  const outer = current;
  current = memory;
  try {
    return work();
  } finally {
    current = outer;
  }
}

/** The memory of the query that runs right now; null means that kernels take their plain form. */
export function currentKernels(): KernelMemory | null {
  return current;
}
