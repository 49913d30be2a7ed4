const bits = new Float64Array(1);
const halves = new Uint32Array(bits.buffer);

/** A growing hash table from numbers to dense ids 0, 1, 2, … in order of first sight. NaN equals NaN, -0 equals 0. */
export class NumberTable {
  count = 0;
  /** The number of each id; valid up to `count`. */
  numbers = new Float64Array(64);
  /** Id + 1 per slot; 0 is empty. At most half full. */
  #slots = new Uint32Array(128);

  /** The id of `number`, added when new. */
  intern(number: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashNumber(number) & mask;
    for (;;) {
      const id = slots[slot]! - 1;
      if (id < 0) return this.#add(slot, number);
      const known = this.numbers[id]!;
      if (known === number || (Number.isNaN(known) && Number.isNaN(number))) return id;
      slot = (slot + 1) & mask;
    }
  }

  #add(slot: number, number: number): number {
    const id = this.count++;
    if (id >= this.numbers.length) {
      const grown = new Float64Array(this.numbers.length * 2);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    this.numbers[id] = number + 0;
    this.#slots[slot] = id + 1;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = hashNumber(this.numbers[id]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

/** A 32-bit hash of a number's bits; equal for 0 and -0, and for every NaN: a sum and a division may give different ones. */
function hashNumber(number: number): number {
  bits[0] = Number.isNaN(number) ? Number.NaN : number + 0;
  let hash = Math.imul(halves[0]! ^ Math.imul(halves[1]!, 0x9e3779b1), 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 13)) >>> 0;
}
