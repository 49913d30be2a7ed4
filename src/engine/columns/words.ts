import { grown } from './grow.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The code that stands for null in every dictionary. */
export const NULL_CODE = 0;

/**
 * A growing dictionary: distinct UTF-8 texts with dense codes 1, 2, 3, … in order of first sight.
 * Code 0 is null. Codes never change, so columns that share one `Words` compare by code, and a
 * function over a dictionary column runs once per word. Open addressing over FNV-1a, at most half full.
 */
export class Words {
  /** Number of words; the greatest code in use. */
  count = 0;
  #data = new Uint8Array(1024);
  #used = 0;
  /** Word `code` lies in `#data` from `#ends[code - 1]` to `#ends[code]`. */
  #ends = new Uint32Array(64);
  #slots = new Uint32Array(128);
  /** The hash of each word in `#slots`, by code: a larger table is filled, and most other words are told apart, without their bytes. */
  #hashes = new Uint32Array(64);
  /** The words up to this code are in `#slots`; those after it were appended. */
  #hashed = 0;
  #texts: (string | undefined)[] = [undefined];

  /** A dictionary whose words are exactly `texts`, in order; they must be distinct. */
  static of(texts: Iterable<string>): Words {
    const words = new Words();
    for (const text of texts) words.internText(text);
    return words;
  }

  /**
   * A dictionary over `count` distinct words that lie in `data`: word `code` is
   * `data[ends[code - 1], ends[code])`. Takes both arrays over; the hash table is made when first needed.
   */
  static adopt(data: Uint8Array<ArrayBuffer>, ends: Uint32Array<ArrayBuffer>, count: number): Words {
    const words = new Words();
    words.count = count;
    words.#data = data;
    words.#used = ends[count]!;
    words.#ends = ends;
    words.#slots = new Uint32Array(0);
    words.#hashes = new Uint32Array(0);
    return words;
  }

  /** The code of the bytes `[start, end)`, added when new. Copies what it keeps. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    if (this.#hashed < this.count) this.#catchUp();
    const hash = hashBytes(bytes, start, end);
    let slot = hash & (this.#slots.length - 1);
    for (;;) {
      const code = this.#slots[slot]!;
      if (code === 0) return this.#add(slot, hash, bytes, start, end);
      if (this.#hashes[code] === hash && this.#equals(code, bytes, start, end)) return code;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
  }

  /** The code of bytes that are known to be no word yet; copies them. They are hashed when somebody first asks. */
  append(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (this.#used + length > this.#data.length) {
      const wider = new Uint8Array(Math.max(this.#data.length * 2, this.#used + length));
      wider.set(this.#data.subarray(0, this.#used));
      this.#data = wider;
    }
    this.#copy(bytes, start, end);
    this.#used += length;
    const code = ++this.count;
    this.#ends = grown(this.#ends, code + 1);
    this.#ends[code] = this.#used;
    return code;
  }

  /** The code of `text`, added when new. */
  internText(text: string): number {
    const bytes = encoder.encode(text);
    return this.intern(bytes, 0, bytes.length);
  }

  /** The code of the bytes `[start, end)`, or -1 when they are not a word here. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (this.#hashed < this.count) this.#catchUp();
    const hash = hashBytes(bytes, start, end);
    let slot = hash & (this.#slots.length - 1);
    for (;;) {
      const code = this.#slots[slot]!;
      if (code === 0) return -1;
      if (this.#hashes[code] === hash && this.#equals(code, bytes, start, end)) return code;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
  }

  /** The code of `text`, or -1. */
  findText(text: string): number {
    const bytes = encoder.encode(text);
    return this.find(bytes, 0, bytes.length);
  }

  /** The word as text (decoded once, then remembered); null for code 0. */
  text(code: number): string | null {
    if (code === NULL_CODE) return null;
    const known = this.#texts[code];
    if (known !== undefined) return known;
    const text = decoder.decode(this.bytes(code));
    this.#texts[code] = text;
    return text;
  }

  /** The word's bytes: a view that is valid until the next `intern`. */
  bytes(code: number): Uint8Array {
    return this.#data.subarray(this.start(code), this.end(code));
  }

  /** Where all words lie; with `start` and `end` a cheap way to read many. Valid until the next `intern`. */
  get data(): Uint8Array {
    return this.#data;
  }
  /** Where each word ends, by code; it starts where the one before ended. Valid until the next `intern`. */
  get ends(): Uint32Array {
    return this.#ends;
  }
  start(code: number): number {
    return this.#ends[code - 1]!;
  }
  end(code: number): number {
    return this.#ends[code]!;
  }

  #equals(code: number, bytes: Uint8Array, start: number, end: number): boolean {
    let at = this.#ends[code - 1]!;
    if (this.#ends[code]! - at !== end - start) return false;
    for (let from = start; from < end; from++, at++) if (this.#data[at] !== bytes[from]) return false;
    return true;
  }

  #add(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const code = this.append(bytes, start, end);
    this.#hashes = grown(this.#hashes, code + 1);
    this.#slots[slot] = code;
    this.#hashes[code] = hash;
    this.#hashed = code;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    return code;
  }

  #catchUp(): void {
    this.#hashes = grown(this.#hashes, this.count + 1);
    for (let code = this.#hashed + 1; code <= this.count; code++) {
      this.#hashes[code] = hashBytes(this.#data, this.start(code), this.end(code));
    }
    if ((this.count + 1) * 2 > this.#slots.length) this.#rehash();
    else this.#place(this.#hashed + 1);
    this.#hashed = this.count;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const data = this.#data;
    let at = this.#used;
    // Most words are short, and a view of one costs more than its bytes.
    if (end - start > 64) data.set(bytes.subarray(start, end), at);
    else for (let from = start; from < end; from++) data[at++] = bytes[from]!;
  }

  #rehash(): void {
    let size = Math.max(64, this.#slots.length) * 2;
    while (size < (this.count + 1) * 2) size *= 2;
    this.#slots = new Uint32Array(size);
    this.#place(1);
  }

  /** Puts the words from code `first` on into slots that do not have them. */
  #place(first: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let code = first; code <= this.count; code++) {
      let slot = this.#hashes[code]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = code;
    }
  }
}

/** FNV-1a with a final mix, 32 bits, unsigned. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
