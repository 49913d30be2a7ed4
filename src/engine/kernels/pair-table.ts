import { currentKernels } from './wasm/memory.ts';

/** Pairs of dense ids up to this many possible combinations are looked up in an array, not hashed. */
const DIRECT_LIMIT = 1 << 20;

/**
 * A growing table from pairs of dense ids to dense ids 0, 1, 2, … in order of first sight: the step
 * by which several group keys become one group number.
 */
export class PairTable {
  count = 0;
  /** The two halves of each id; valid up to `count`. */
  lefts = new Uint32Array(64);
  rights = new Uint32Array(64);
  /** Id + 1 by `left * width + right` while both sides are small, else by hash. */
  #direct: Uint32Array | null = new Uint32Array(64);
  #width = 8;
  #slots = new Uint32Array(0);

  /** Replaces `left[row]` by the id of the pair (`left[row]`, `right[row]`). The sides have `leftCount` and `rightCount` ids. */
  combine(
    left: Uint32Array,
    right: Uint32Array,
    length: number,
    leftCount: number,
    rightCount: number,
  ): void {
    this.#prepare(leftCount, rightCount);
    const direct = this.#direct;
    if (direct === null) {
      for (let row = 0; row < length; row++) left[row] = this.#internHashed(left[row]!, right[row]!);
      return;
    }
    const width = this.#width;
    const meet = (row: number) => {
      const id = this.#add(left[row]!, right[row]!) + 1;
      direct[left[row]! * width + right[row]!] = id;
      return id;
    };
    if (combineByKernel(direct, width, left, right, length, meet)) return;
    for (let row = 0; row < length; row++) {
      const id = direct[left[row]! * width + right[row]!]!;
      left[row] = (id === 0 ? meet(row) : id) - 1;
    }
  }

  #prepare(leftCount: number, rightCount: number): void {
    if (this.#direct === null) return;
    if (rightCount <= this.#width && leftCount * this.#width <= this.#direct.length) return;
    let width = this.#width;
    while (width < rightCount) width *= 2;
    let size = this.#direct.length;
    while (size < leftCount * width) size *= 2;
    if (size > DIRECT_LIMIT) {
      this.#direct = null;
      this.#rehash();
      return;
    }
    const direct = new Uint32Array(size);
    for (let id = 0; id < this.count; id++) direct[this.lefts[id]! * width + this.rights[id]!] = id + 1;
    this.#width = width;
    this.#direct = direct;
  }

  #internHashed(left: number, right: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashPair(left, right) & mask;
    for (;;) {
      const id = slots[slot]! - 1;
      if (id < 0) {
        slots[slot] = this.count + 1;
        const added = this.#add(left, right);
        if (this.count * 2 > slots.length) this.#rehash();
        return added;
      }
      if (this.lefts[id] === left && this.rights[id] === right) return id;
      slot = (slot + 1) & mask;
    }
  }

  #add(left: number, right: number): number {
    const id = this.count++;
    if (id >= this.lefts.length) {
      this.lefts = doubled(this.lefts);
      this.rights = doubled(this.rights);
    }
    this.lefts[id] = left;
    this.rights[id] = right;
    return id;
  }

  #rehash(): void {
    let size = 1024;
    while (size < this.count * 4) size *= 2;
    const slots = new Uint32Array(size);
    const mask = size - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = hashPair(this.lefts[id]!, this.rights[id]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

/** The direct way in kernel memory; false where the ids lie elsewhere or copying the table would cost more. */
function combineByKernel(
  direct: Uint32Array,
  width: number,
  left: Uint32Array,
  right: Uint32Array,
  length: number,
  meet: (row: number) => number,
): boolean {
  const kernels = currentKernels();
  if (kernels === null || direct.length > length || !kernels.holds(left) || !kernels.holds(right))
    return false;
  const table = kernels.copyOf(direct);
  if (table === null) return false;
  let row = 0;
  for (;;) {
    row = kernels.exports.idsOfPairs(length, row, left.byteOffset, right.byteOffset, width, table.byteOffset);
    if (row === length) return true;
    const at = left[row]! * width + right[row]!;
    table[at] = meet(row);
  }
}

function doubled(from: Uint32Array): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2);
  to.set(from);
  return to;
}

function hashPair(left: number, right: number): number {
  let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 13)) >>> 0;
}
