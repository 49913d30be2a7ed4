import { grown } from '../columns/grow.ts';

/** A growing set of pairs of 32-bit numbers, the right one not 0, kept in order of first sight. */
export class PairSet {
  count = 0;
  /** The halves of each pair; valid up to `count`. */
  lefts = new Uint32Array(64);
  rights = new Uint32Array(64);
  /** The halves side by side per slot, so that a look at a slot touches memory once; a right half of 0 is free. */
  #slots = new Uint32Array(256);

  /** Adds a pair; whether it is new. */
  add(left: number, right: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 2;
    let slot = (hashPair(left, right) << 1) & mask;
    for (;;) {
      const known = slots[slot + 1]!;
      if (known === 0) break;
      if (known === right && slots[slot] === left) return false;
      slot = (slot + 2) & mask;
    }
    slots[slot] = left;
    slots[slot + 1] = right;
    this.#keep(left, right);
    return true;
  }

  #keep(left: number, right: number): void {
    const at = this.count++;
    if (at >= this.lefts.length) {
      this.lefts = grown(this.lefts, at + 1);
      this.rights = grown(this.rights, at + 1);
    }
    this.lefts[at] = left;
    this.rights[at] = right;
    if (this.count * 4 > this.#slots.length) this.#rehash();
  }

  #rehash(): void {
    // Small sets grow faster: most of them become large ones.
    const slots = new Uint32Array(this.#slots.length * (this.#slots.length < 1 << 20 ? 8 : 2));
    const mask = slots.length - 2;
    for (let pair = 0; pair < this.count; pair++) {
      const left = this.lefts[pair]!;
      const right = this.rights[pair]!;
      let slot = (hashPair(left, right) << 1) & mask;
      while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
      slots[slot] = left;
      slots[slot + 1] = right;
    }
    this.#slots = slots;
  }
}

function hashPair(left: number, right: number): number {
  let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
