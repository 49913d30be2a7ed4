import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import {
  ASCII_KINDS,
  codePointAt,
  codePointKind,
  foldCase,
  nextCharacter,
  WORD,
} from '../engine/scope/characters.ts';

/** Texts one after the other: text `number` is `data[ends[number - 1], ends[number])`. */
export interface Texts {
  readonly data: Uint8Array;
  readonly ends: Uint32Array;
}

/** The hashes of words, and the Bloom filter of them. */
export interface TermSet {
  /** Adds the words of texts `[from, to)`, of which 1 is the first. */
  addTexts(texts: Texts, from: number, to: number): void;
  /** Adds the words of one stretch of bytes. */
  addBytes(bytes: Uint8Array, start: number, end: number): void;
  /** Empty for none. The set must not be used any more. */
  filter(): Uint8Array;
}

/** About one wrong yes in 300. */
const BITS_PER_TERM = 12;
const PROBES = 6;

/** A new set: of the kernels, in their short-lived memory, where there is room; else a plain one. */
export function newTermSet(kernels: KernelMemory | null): TermSet {
  return (kernels === null ? null : KernelTerms.make(kernels)) ?? new PlainTerms();
}

/** A set of 32-bit numbers. */
class PlainTerms implements TermSet {
  #slots = new Uint32Array(256);
  #count = 0;
  #zero = false;
  readonly #add = (hash: number): void => this.add(hash);

  addTexts({ data, ends }: Texts, from: number, to: number): void {
    for (let text = from; text < to; text++) eachTerm(data, ends[text - 1]!, ends[text]!, this.#add);
  }

  addBytes(bytes: Uint8Array, start: number, end: number): void {
    eachTerm(bytes, start, end, this.#add);
  }

  add(hash: number): void {
    if (hash === 0) {
      this.#zero = true;
      return;
    }
    const mask = this.#slots.length - 1;
    let slot = spread(hash) & mask;
    for (;;) {
      const known = this.#slots[slot]!;
      if (known === hash) return;
      if (known === 0) break;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = hash;
    if (++this.#count * 2 <= this.#slots.length) return;
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 4);
    this.#count = 0;
    for (const known of before) if (known !== 0) this.add(known);
  }

  filter(): Uint8Array {
    const filter = emptyFilter(this.#count + (this.#zero ? 1 : 0));
    if (this.#zero) setBits(filter, 0);
    for (const hash of this.#slots) if (hash !== 0) setBits(filter, hash);
    return filter;
  }
}

const TABLE = 0;
const MASK = 1;
const COUNT = 2;
const HAS_ZERO = 3;
/** Bytes of texts that are copied into kernel memory at a time. */
const COPIED = 1 << 20;
/** Fewer texts are not worth a copy. */
const WORTH_COPYING = 8;

/** As `PlainTerms`, in kernel memory. When that is full, what comes later goes into a plain set. */
class KernelTerms implements TermSet {
  readonly #kernels: KernelMemory;
  /** What addTerms reads and writes: see wasm/assembly/terms.ts. */
  readonly #set: Uint32Array;
  #overflow: PlainTerms | null = null;
  readonly #add = (hash: number): void => this.#addHash(hash);

  private constructor(kernels: KernelMemory, set: Uint32Array) {
    this.#kernels = kernels;
    this.#set = set;
  }

  static make(kernels: KernelMemory): KernelTerms | null {
    const at = kernels.allocate(16);
    if (at === null) return null;
    const set = new Uint32Array(kernels.bytes.buffer, at, 4).fill(0);
    const terms = new KernelTerms(kernels, set);
    return terms.#newTable(1024) ? terms : null;
  }

  #newTable(slots: number): boolean {
    const at = this.#kernels.allocate(slots * 4);
    if (at === null) return false;
    this.#kernels.bytes.fill(0, at, at + slots * 4);
    if (this.#set[TABLE] !== 0) {
      this.#kernels.exports.growTerms(this.#set[TABLE]!, this.#set[MASK]!, at, slots - 1);
    }
    this.#set[TABLE] = at;
    this.#set[MASK] = slots - 1;
    return true;
  }

  /** Room for more hashes; false when memory is full. */
  #hasRoom(): boolean {
    if (this.#set[COUNT]! * 2 <= this.#set[MASK]!) return true;
    return this.#newTable((this.#set[MASK]! + 1) * 4);
  }

  addTexts(texts: Texts, from: number, to: number): void {
    const { data, ends } = texts;
    if (this.#kernels.holds(data) && this.#kernels.holds(ends)) {
      this.#addPlaced(texts, data.byteOffset, ends.byteOffset, from, to);
      return;
    }
    if (to - from < WORTH_COPYING) {
      for (let text = from; text < to; text++) this.addBytes(data, ends[text - 1]!, ends[text]!);
      return;
    }
    for (let first = from; first < to; ) {
      const start = ends[first - 1]!;
      let last = first + 1;
      while (last < to && ends[last]! - start <= COPIED) last++;
      this.#addCopied(texts, first, last);
      first = last;
    }
  }

  #addCopied({ data, ends }: Texts, from: number, to: number): void {
    const start = ends[from - 1]!;
    const { at, endsAt } = this.#scratch(ends[to - 1]! - start, to - from + 1);
    if (at === null || endsAt === null) {
      this.#plain().addTexts({ data, ends }, from, to);
      return;
    }
    const bytes = this.#kernels.bytes.subarray(at);
    const copiedEnds = new Uint32Array(this.#kernels.bytes.buffer, endsAt, to - from + 1);
    bytes.set(data.subarray(start, ends[to - 1]!));
    for (let text = 0; text < copiedEnds.length; text++) copiedEnds[text] = ends[from - 1 + text]! - start;
    this.#addPlaced({ data: bytes, ends: copiedEnds }, at, endsAt, 1, to - from + 1);
  }

  #copy: { at: number | null; size: number; endsAt: number | null; count: number } | null = null;

  /** Memory for texts that are copied, used again and again while they fit. */
  #scratch(size: number, count: number): { readonly at: number | null; readonly endsAt: number | null } {
    const known = this.#copy;
    if (known !== null && known.size >= size && known.count >= count) return known;
    const bytes = Math.max(size, COPIED);
    const places = Math.max(count, known?.count ?? 0, 1 << 16);
    this.#copy = {
      at: this.#kernels.allocate(bytes),
      size: bytes,
      endsAt: this.#kernels.allocate(places * 4),
      count: places,
    };
    return this.#copy;
  }

  /** Texts in kernel memory, of which those that the kernel does not do are done here. */
  #addPlaced(texts: Texts, data: number, ends: number, from: number, to: number): void {
    for (let text = from; text < to; ) {
      if (!this.#hasRoom()) {
        this.#plain().addTexts(texts, text, to);
        return;
      }
      text = this.#kernels.exports.addTerms(data, ends, text, to, this.#set.byteOffset);
      if (text === to || this.#set[COUNT]! * 2 > this.#set[MASK]!) continue;
      this.addBytes(texts.data, texts.ends[text - 1]!, texts.ends[text]!);
      text++;
    }
  }

  addBytes(bytes: Uint8Array, start: number, end: number): void {
    eachTerm(bytes, start, end, this.#add);
  }

  #addHash(hash: number): void {
    if (hash === 0) {
      this.#set[HAS_ZERO] = 1;
      return;
    }
    if (!this.#hasRoom()) {
      this.#plain().add(hash);
      return;
    }
    const table = this.#set[TABLE]! >> 2;
    const mask = this.#set[MASK]!;
    const { uints } = this.#kernels;
    let slot = spread(hash) & mask;
    for (;;) {
      const known = uints[table + slot]!;
      if (known === hash) return;
      if (known === 0) break;
      slot = (slot + 1) & mask;
    }
    uints[table + slot] = hash;
    this.#set[COUNT]!++;
  }

  #plain(): PlainTerms {
    this.#overflow ??= new PlainTerms();
    return this.#overflow;
  }

  filter(): Uint8Array {
    const { bytes, uints, exports } = this.#kernels;
    const table = this.#set[TABLE]!;
    const mask = this.#set[MASK]!;
    const count = this.#set[COUNT]! + this.#set[HAS_ZERO]!;
    const filter = this.#overflow === null ? emptyFilter(count) : new Uint8Array(0);
    const at = this.#kernels.allocate(filter.length);
    if (this.#overflow !== null || at === null) {
      const all = this.#plain();
      if (this.#set[HAS_ZERO] === 1) all.add(0);
      for (const hash of uints.subarray(table >> 2, (table >> 2) + mask + 1)) if (hash !== 0) all.add(hash);
      return all.filter();
    }
    if (count === 0) return filter;
    bytes.fill(0, at, at + filter.length);
    exports.fillFilter(table, mask, at, filter.length * 8, PROBES);
    filter.set(bytes.subarray(at, at + filter.length));
    if (this.#set[HAS_ZERO] === 1) setBits(filter, 0);
    return filter;
  }
}

function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

const HASH_START = 0x811c9dc5;

/** The hash of a word in lower case. */
export function termHash(term: string): number {
  let hash = HASH_START;
  for (const byte of new TextEncoder().encode(term)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Calls `visit` with the hash of every word of a text. */
function eachTerm(bytes: Uint8Array, start: number, end: number, visit: (hash: number) => void): void {
  let at = start;
  while (at < end) {
    const runStart = at;
    let hash = HASH_START;
    let ascii = true;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte < 128) {
        if (ASCII_KINDS[byte] !== WORD) break;
        hash = Math.imul(hash ^ (byte >= 65 && byte <= 90 ? byte + 32 : byte), 0x01000193);
        at++;
      } else {
        if (codePointKind(codePointAt(bytes, at, end)) !== WORD) break;
        ascii = false;
        at = nextCharacter(bytes, at, end);
      }
    }
    if (at > runStart) {
      visit(
        ascii ? hash >>> 0 : termHash(foldCase(Buffer.from(bytes.subarray(runStart, at)).toString('utf8'))),
      );
    } else at = nextCharacter(bytes, at, end);
  }
}

/** A Bloom filter for so many hashes, without any; empty for none. */
function emptyFilter(hashes: number): Uint8Array {
  return new Uint8Array(Math.ceil((hashes * BITS_PER_TERM) / 64) * 8);
}

function setBits(filter: Uint8Array, hash: number): void {
  eachProbe(hash, filter.length * 8, (bit) => {
    filter[bit >> 3]! |= 1 << (bit & 7);
    return true;
  });
}

/** Whether a filter has a hash, as far as it knows: no is certain. */
export function filterHas(filter: Uint8Array, hash: number): boolean {
  if (filter.length === 0) return false;
  return eachProbe(hash, filter.length * 8, (bit) => ((filter[bit >> 3]! >> (bit & 7)) & 1) === 1);
}

/** Calls `probe` with the bits of a hash until it says no. */
function eachProbe(hash: number, bits: number, probe: (bit: number) => boolean): boolean {
  const step = spread(hash) | 1;
  let at = hash;
  for (let count = 0; count < PROBES; count++) {
    if (!probe(at % bits)) return false;
    at = (at + step) >>> 0;
  }
  return true;
}
