/**
 * What a segment file says about itself, in a zstd-compressed JSON text between the Arrow stream and
 * the footer. A reader needs only this: where every buffer lies, its checksum, and what is in it.
 */
export interface SegmentIndex {
  readonly rows: number;
  /** Bytes of all messages. */
  readonly rawBytes: number;
  /** Numbers of the first row and of the one after the last, in order of arrival over the whole store. */
  readonly sequence: readonly [from: number, to: number];
  /** Rows of each block (Arrow record batch). */
  readonly blocks: readonly number[];
  readonly columns: readonly PhysicalColumn[];
  readonly shapes: readonly StoredShape[];
  /** Rows of each shape in each block: `shapeRows[block][shape]`. */
  readonly shapeRows: readonly (readonly number[])[];
  /** The column of messages that have no shape, or -1. */
  readonly otherRaw: number;
  readonly fields: readonly StoredField[];
  /** Which words occur: see term-filter.ts. Null when that is not known. */
  readonly terms: { readonly segment: BufferPlace; readonly blocks: readonly BufferPlace[] } | null;
}

/** Where a buffer lies in the file (with Arrow's 8 bytes of uncompressed length) and its checksum; length 0: none. */
export type BufferPlace = readonly [offset: number, length: number, checksum: number];

/** One Arrow column. */
export interface PhysicalColumn {
  readonly name: string;
  readonly kind: 'int' | 'double' | 'boolean' | 'dictionary' | 'text';
  /** Bytes of a value (int) or of an index (dictionary). */
  readonly width: 1 | 2 | 4 | 8;
  /** An int stands for `base + scale * stored`. */
  readonly base: number;
  readonly scale: number;
  /** Dictionary: the number of words (index 0 is null and not counted), where they lie. */
  readonly words: number;
  readonly wordBuffers: readonly BufferPlace[];
  /** Dictionary: the bytes that occur in its words, as hex of a ByteSet. Missing where nobody looked. */
  readonly letters?: string;
  readonly blocks: readonly BlockColumn[];
}

/** A column in one block. `min` and `max` are values (int, double) or indices (dictionary), without nulls. */
export interface BlockColumn {
  readonly nulls: number;
  readonly min: number;
  readonly max: number;
  readonly buffers: readonly BufferPlace[];
}

/** The shape of messages (shape.ts): base64 of its pieces, and the columns of each slot. */
export interface StoredShape {
  readonly pieces: readonly string[];
  /** For each slot one or two columns: numbers and other texts. A row's text is in the first that is not null. */
  readonly slots: readonly (readonly number[])[];
}

/**
 * What users see as a field. A row's value is in the first of its columns that is not null; else, where
 * the block has aliases, it is that of a slot. `text` is as for a slot.
 */
export interface StoredField {
  readonly name: string;
  readonly text: readonly number[];
  /** The columns of values that are numbers or booleans, or -1. */
  readonly number: number;
  readonly boolean: number;
  /** True when numbers of the field are doubles. */
  readonly double: boolean;
  readonly aliasSets: readonly (readonly Alias[])[];
  /** Per block an index into `aliasSets`. */
  readonly blockAliases: readonly number[];
}

/**
 * `text`: the field is the text from the start of one slot to the end of the same or a later one, in
 * every row of the shape. `other`: it is the whole message in every row without a shape. `number`: the slot's number times
 * `scale`. `size`: the byte length of the message.
 */
export type Alias =
  | { readonly kind: 'text'; readonly shape: number; readonly slot: number; readonly last: number }
  | { readonly kind: 'other' }
  | { readonly kind: 'number'; readonly shape: number; readonly slot: number; readonly scale: number }
  | { readonly kind: 'size' };

/** The greatest number of rows in a block. */
export const BLOCK_ROWS = 65536;
/** A block ends early when its messages that have no shape reach this many bytes. */
export const BLOCK_BYTES = 16 << 20;
/** Rows after which a segment is closed. */
export const SEGMENT_ROWS = 16 * BLOCK_ROWS;
/** Bytes of collected text after which a segment is closed. */
export const SEGMENT_BYTES = 64 << 20;
/** Rows times slots after which a segment is closed: each takes four bytes while it is collected. */
export const SEGMENT_FORMS = 24 << 20;

/** `fixed` bytes before the footer: offset, length and checksum of the index, then this mark. */
export const TRAILER_BYTES = 32;
export const TRAILER_MARK = 0x3158444e49524557n; // WERINDX1 (little-endian)
