/** One piece of a stream of JSON values: `[start, end)` of `data`, valid until more bytes are added. */
export interface JsonPiece {
  readonly data: Buffer;
  readonly start: number;
  readonly end: number;
  /** False for text between values, and for a value that never ends or was cut. */
  readonly complete: boolean;
}

/** A value longer than this is cut: what follows up to its end is left out. */
const MAX_VALUE_BYTES = 64 << 20;

/**
 * Cuts a stream into its top-level JSON objects and arrays, whether they follow each other directly,
 * on lines of their own, or printed over many lines. Text between them comes out line by line, marked
 * as not complete. With `elements`, the stream is the inside of an array: values of any kind between
 * commas.
 */
export class JsonValues {
  readonly #elements: boolean;
  #buffer: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  /** Where the value in the making begins, where the next byte goes, and the next byte to look at. */
  #from = 0;
  #to = 0;
  #at = 0;
  #mode: 'between' | 'structure' | 'scalar' | 'skipping' = 'between';
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(elements = false) {
    this.#elements = elements;
  }

  /** Takes more bytes (copied) and gives the pieces that end in them. */
  add(chunk: Uint8Array): JsonPiece[] {
    this.#append(chunk);
    const pieces: JsonPiece[] = [];
    while (this.#at < this.#to) {
      const piece = this.#step();
      if (piece !== null) pieces.push(piece);
    }
    if (this.#mode === 'between') this.#from = this.#to;
    else if (this.#to - this.#from > MAX_VALUE_BYTES) {
      pieces.push(this.#piece(this.#to, false));
      this.#mode = this.#mode === 'structure' ? 'skipping' : 'between';
    }
    if (this.#mode === 'skipping') this.#from = this.#to;
    return pieces;
  }

  /** No more bytes: the piece that is still open, if there is one. */
  finish(): JsonPiece | null {
    if (this.#mode === 'between' || this.#mode === 'skipping' || this.#from >= this.#to) return null;
    const piece = this.#piece(this.#to, this.#elements && this.#mode === 'scalar');
    this.#mode = 'between';
    this.#from = this.#to;
    return piece;
  }

  #append(chunk: Uint8Array): void {
    const kept = this.#to - this.#from;
    if (this.#to + chunk.length > this.#buffer.length) {
      const target =
        kept + chunk.length > this.#buffer.length
          ? Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, kept + chunk.length))
          : this.#buffer;
      if (target === this.#buffer) target.copyWithin(0, this.#from, this.#to);
      else this.#buffer.copy(target, 0, this.#from, this.#to);
      this.#buffer = target;
      this.#at -= this.#from;
      this.#from = 0;
      this.#to = kept;
    }
    this.#buffer.set(chunk, this.#to);
    this.#to += chunk.length;
  }

  #piece(end: number, complete: boolean): JsonPiece {
    let last = end;
    while (last > this.#from && isBlank(this.#buffer[last - 1]!)) last--;
    return { data: this.#buffer, start: this.#from, end: last, complete };
  }

  /** Looks at bytes until a piece ends or the bytes do. */
  #step(): JsonPiece | null {
    switch (this.#mode) {
      case 'between':
        this.#begin();
        return null;
      case 'scalar':
        return this.#scalar();
      case 'structure':
      case 'skipping':
        return this.#structure();
    }
  }

  #begin(): void {
    const buffer = this.#buffer;
    while (this.#at < this.#to && (isBlank(buffer[this.#at]!) || buffer[this.#at] === 0x2c)) this.#at++;
    if (this.#at === this.#to) return;
    const byte = buffer[this.#at]!;
    this.#from = this.#at;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#mode = byte === 0x7b || byte === 0x5b ? 'structure' : 'scalar';
  }

  #structure(): JsonPiece | null {
    const buffer = this.#buffer;
    for (; this.#at < this.#to; this.#at++) {
      const byte = buffer[this.#at]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === 0x5c) this.#escaped = true;
        else if (byte === 0x22) this.#inString = false;
      } else if (byte === 0x22) {
        this.#inString = true;
      } else if (byte === 0x7b || byte === 0x5b) {
        this.#depth++;
      } else if ((byte === 0x7d || byte === 0x5d) && --this.#depth === 0) {
        this.#at++;
        const skipped = this.#mode === 'skipping';
        this.#mode = 'between';
        return skipped ? null : this.#piece(this.#at, true);
      }
    }
    return null;
  }

  #scalar(): JsonPiece | null {
    const buffer = this.#buffer;
    for (; this.#at < this.#to; this.#at++) {
      const byte = buffer[this.#at]!;
      if (!this.#elements) {
        if (byte !== 0x0a) continue;
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === 0x5c) this.#escaped = true;
        else if (byte === 0x22) this.#inString = false;
        continue;
      } else if (byte !== 0x2c) {
        if (byte === 0x22) this.#inString = true;
        continue;
      }
      this.#mode = 'between';
      return this.#piece(this.#at, this.#elements);
    }
    return null;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** A JSON text as a value, or undefined when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value as JSON text, or null for one that is nested too deeply to be written. */
export function jsonText(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch (failure) {
    if (failure instanceof RangeError) return null;
    throw failure;
  }
}

/** The value of an own key of a JSON object; undefined for anything else. */
export function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) {
    return undefined;
  }
  return (value as Record<string, unknown>)[key];
}
