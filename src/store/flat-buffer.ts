/**
 * A writer of FlatBuffers, as far as Arrow's metadata needs them. Like the official one it fills its
 * buffer from the end to the front; positions are counted from the end.
 * The format: https://flatbuffers.dev/internals/
 */
export class FlatBuffer {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  #alignment = 1;

  #make(size: number): number {
    while (this.#used + size > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes, this.#bytes.length);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#used += size;
    return this.#bytes.length - this.#used;
  }

  /** Pads so that after writing `size` bytes more, the position is a multiple of `alignment`. */
  #align(alignment: number, size: number): void {
    this.#alignment = Math.max(this.#alignment, alignment);
    this.#make(-(this.#used + size) & (alignment - 1));
  }

  string(text: string): number {
    const encoded = new TextEncoder().encode(text);
    this.#align(4, encoded.length + 1 + 4);
    const at = this.#make(encoded.length + 5);
    this.#view.setUint32(at, encoded.length, true);
    this.#bytes.set(encoded, at + 4);
    return this.#used;
  }

  /** A vector of references to tables or strings. */
  references(positions: readonly number[]): number {
    this.#align(4, positions.length * 4 + 4);
    for (let index = positions.length - 1; index >= 0; index--) {
      const at = this.#make(4);
      this.#view.setUint32(at, this.#used - positions[index]!, true);
    }
    this.#view.setUint32(this.#make(4), positions.length, true);
    return this.#used;
  }

  /** A vector of structs of 64-bit whole numbers (`words` of them each). */
  structs(values: readonly number[], words: number): number {
    this.#align(8, values.length * 8);
    const at = this.#make(values.length * 8);
    values.forEach((value, index) => {
      this.#view.setBigInt64(at + index * 8, BigInt(value), true);
    });
    this.#view.setUint32(this.#make(4), values.length / words, true);
    return this.#used;
  }

  /** A table: `fields[i]` is its i-th field; absent ones are null. */
  table(fields: readonly (FlatField | null)[]): number {
    const positions: number[] = fields.map(() => 0);
    // Wide fields first, so that padding stays small.
    const order = fields
      .map((field, index) => ({ field, index }))
      .filter((entry): entry is { field: FlatField; index: number } => entry.field !== null)
      .sort((a, b) => SIZES[b.field.type] - SIZES[a.field.type]);
    const end = this.#used;
    for (const { field, index } of order) {
      const size = SIZES[field.type];
      this.#align(size, size);
      const at = this.#make(size);
      positions[index] = this.#used;
      switch (field.type) {
        case 'byte':
          this.#view.setInt8(at, field.value);
          break;
        case 'short':
          this.#view.setInt16(at, field.value, true);
          break;
        case 'int':
          this.#view.setInt32(at, field.value, true);
          break;
        case 'long':
          this.#view.setBigInt64(at, BigInt(field.value), true);
          break;
        case 'reference':
          this.#view.setUint32(at, this.#used - field.value, true);
          break;
      }
    }
    this.#align(4, 4);
    this.#make(4); // the distance to the vtable, known below
    const table = this.#used;
    const vtableSize = 4 + fields.length * 2;
    const vtable = this.#make(vtableSize + (vtableSize & 2));
    this.#view.setUint16(vtable, vtableSize, true);
    this.#view.setUint16(vtable + 2, table - end, true);
    positions.forEach((position, index) => {
      this.#view.setUint16(vtable + 4 + index * 2, position === 0 ? 0 : table - position, true);
    });
    this.#view.setInt32(this.#bytes.length - table, this.#used - table, true);
    return table;
  }

  /** The finished buffer with `root` as its root table. */
  finish(root: number): Uint8Array {
    this.#align(Math.max(this.#alignment, 8), 4);
    const at = this.#make(4);
    this.#view.setUint32(at, this.#used - root, true);
    return this.#bytes.slice(at);
  }
}

/** A field of a table: a number, or the position that `string`, `references`, `structs` or `table` returned. */
export interface FlatField {
  readonly type: 'byte' | 'short' | 'int' | 'long' | 'reference';
  readonly value: number;
}

const SIZES = { byte: 1, short: 2, int: 4, long: 8, reference: 4 };

export const byte = (value: number): FlatField => ({ type: 'byte', value });
export const short = (value: number): FlatField => ({ type: 'short', value });
export const int = (value: number): FlatField => ({ type: 'int', value });
export const long = (value: number): FlatField => ({ type: 'long', value });
export const reference = (value: number): FlatField => ({ type: 'reference', value });
