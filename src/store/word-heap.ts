/**
 * Texts of one column while a segment is collected: distinct ones with codes 1, 2, 3, … by a hash
 * table, until `keepAll` turns that off because hardly any text repeats; from then on every text gets
 * a code of its own. (`Words` of the engine is the same without that switch.)
 */
export class WordHeap {
  /** The greatest code given out. */
  count = 0;
  data: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  /** Word `code` is `data[ends[code - 1], ends[code])`. */
  ends: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  #hashes = new Uint32Array(64);
  #slots = new Uint32Array(128);
  #distinct = true;

  /** A heap over words that lie in `data`: word `code` is `data[ends[code - 1], ends[code])`. `distinct`: no two are equal. */
  static adopt(
    data: Uint8Array<ArrayBuffer>,
    ends: Uint32Array<ArrayBuffer>,
    count: number,
    distinct: boolean,
  ): WordHeap {
    const heap = new WordHeap();
    heap.count = count;
    heap.data = data;
    heap.ends = ends;
    heap.#distinct = distinct;
    heap.#slots = new Uint32Array(0); // filled when a text is first looked for
    return heap;
  }

  /** False once equal texts may have several codes. */
  get distinct(): boolean {
    return this.#distinct;
  }

  /** Bytes of all texts. */
  get size(): number {
    return this.ends[this.count]!;
  }

  /** Stops looking for equal texts. */
  keepAll(): void {
    this.#distinct = false;
    this.#slots = new Uint32Array(0);
    this.#hashes = new Uint32Array(0);
  }

  add(bytes: Uint8Array, start: number, end: number): number {
    return this.addHashed(bytes, start, end, this.#distinct ? hashOf(bytes, start, end) : 0);
  }

  /** As `add`, for a caller that has computed `hashOf` on the way. */
  addHashed(bytes: Uint8Array, start: number, end: number, hash: number): number {
    if (!this.#distinct) return this.#append(bytes, start, end, 0);
    if (this.#slots.length === 0) this.#hashAll();
    const mask = this.#slots.length - 1;
    let slot = spread(hash) & mask;
    const length = end - start;
    for (;;) {
      const code = this.#slots[slot]!;
      if (code === 0) break;
      if (this.#hashes[code] === hash && this.ends[code]! - this.ends[code - 1]! === length) {
        if (sameBytes(this.data, this.ends[code - 1]!, bytes, start, length)) return code;
      }
      slot = (slot + 1) & mask;
    }
    const code = this.#append(bytes, start, end, hash);
    this.#slots[slot] = code;
    if (code * 2 > this.#slots.length) this.#rehash();
    return code;
  }

  /** Whether word `code` is the bytes `[start, end)`. */
  equals(code: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.ends[code - 1]!;
    return this.ends[code]! - from === end - start && sameBytes(this.data, from, bytes, start, end - start);
  }

  #append(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const code = ++this.count;
    if (code >= this.ends.length) {
      this.ends = doubled(this.ends);
      if (this.#distinct) this.#hashes = doubled(this.#hashes);
    }
    const used = this.ends[code - 1]!;
    const length = end - start;
    if (used + length > this.data.length) {
      const grown = new Uint8Array(Math.max(this.data.length * 2, used + length));
      grown.set(this.data.subarray(0, used));
      this.data = grown;
    }
    if (length < 32) for (let at = 0; at < length; at++) this.data[used + at] = bytes[start + at]!;
    else this.data.set(bytes.subarray(start, end), used);
    this.ends[code] = used + length;
    if (this.#distinct) this.#hashes[code] = hash;
    return code;
  }

  #hashAll(): void {
    this.#hashes = new Uint32Array(this.ends.length);
    for (let code = 1; code <= this.count; code++) {
      this.#hashes[code] = hashOf(this.data, this.ends[code - 1]!, this.ends[code]!);
    }
    this.#rehash();
  }

  #rehash(): void {
    let size = Math.max(32, this.#slots.length) * 4;
    while (size < (this.count + 1) * 2) size *= 2;
    const slots = new Uint32Array(size);
    const mask = slots.length - 1;
    for (let code = 1; code <= this.count; code++) {
      let slot = spread(this.#hashes[code]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = code;
    }
    this.#slots = slots;
  }
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(array.length * 2);
  grown.set(array);
  return grown;
}

/** The start of a hash that `hashStep` carries on, byte by byte. */
const HASH_START = 0x811c9dc5;

/** FNV-1a, unsigned 32 bits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}

function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}

function sameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let at = 0; at < length; at++) if (a[aStart + at] !== b[bStart + at]) return false;
  return true;
}
