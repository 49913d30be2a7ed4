import { isSet, type TextColumn } from '../columns/column.ts';
import { TextBuilder } from './text-builder.ts';

/** The marks of delimited text, each the UTF-8 bytes of one character. */
export interface Marks {
  readonly delimiter: Uint8Array;
  readonly quote: Uint8Array;
  readonly escape: Uint8Array;
}

/**
 * Cuts delimited text into fields. Quotes are taken off wherever they stand, a doubled quote inside
 * quotes is one, and an escape makes the next character literal; white space is kept. `positions` (from 0)
 * are the fields to give, one column each; a row that has fewer is null there.
 */
export function splitFields(subject: TextColumn, marks: Marks, positions: readonly number[]): TextColumn[] {
  const { data, starts, ends, validity, length } = subject;
  const builders = positions.map(() => new TextBuilder(data, length));
  const last = Math.max(-1, ...positions);
  const cutter = new FieldCutter(data, marks);
  for (let row = 0; row < length; row++) {
    if (!isSet(validity, row)) continue;
    cutter.begin(starts[row]!, ends[row]!);
    for (let position = 0; position <= last && cutter.next(); position++) {
      for (let output = 0; output < positions.length; output++) {
        if (positions[output] === position) cutter.put(builders[output]!, row);
      }
    }
  }
  return builders.map((builder) => builder.build());
}

/** Walks over one row, field by field. */
class FieldCutter {
  readonly #data: Uint8Array;
  readonly #marks: Marks;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  #at = 0;
  #end = 0;
  #done = true;
  /** The span of the field: as it stands, or without one pair of quotes around it. */
  #from = 0;
  #to = 0;
  /** Its bytes, when they are not one span. */
  #parts: number[] | null = null;

  constructor(data: Uint8Array, marks: Marks) {
    this.#data = data;
    this.#marks = marks;
    this.#delimiter = marks.delimiter[0]!;
    this.#quote = marks.quote[0]!;
    this.#escape = marks.escape[0]!;
  }

  begin(start: number, end: number): void {
    this.#at = start;
    this.#end = end;
    this.#done = false;
  }

  /** Reads the next field; false when there is none. */
  next(): boolean {
    if (this.#done) return false;
    const data = this.#data;
    const end = this.#end;
    const from = this.#at;
    let at = from;
    while (at < end) {
      const byte = data[at]!;
      if (byte === this.#delimiter && this.#is(this.#marks.delimiter, at)) break;
      if (byte === this.#quote && this.#is(this.#marks.quote, at)) return this.#odd(from, at);
      if (byte === this.#escape && this.#is(this.#marks.escape, at)) return this.#odd(from, at);
      at++;
    }
    this.#parts = null;
    this.#from = from;
    this.#to = at;
    this.#finish(at);
    return true;
  }

  /** A field with quotes or escapes, the first of them at `first`. Its spans are collected. */
  #odd(from: number, first: number): boolean {
    const { delimiter, quote, escape: literal } = this.#marks;
    const end = this.#end;
    const parts: number[] = [];
    let quoted = false;
    let clean = from;
    let at = first;
    const cut = (skip: number) => {
      if (at > clean) parts.push(clean, at);
      at += skip;
      clean = at;
    };
    while (at < end) {
      if (!quoted && this.#is(delimiter, at)) break;
      if (this.#is(quote, at)) {
        const doubled = quoted && this.#is(quote, at + quote.length);
        cut(quote.length);
        if (doubled) at += quote.length;
        else quoted = !quoted;
      } else if (this.#is(literal, at) && at + literal.length < end) {
        cut(literal.length);
        at++;
      } else at++;
    }
    cut(0);
    this.#from = parts[0] ?? at;
    this.#to = parts[1] ?? at;
    this.#parts = parts.length > 2 ? parts : null;
    this.#finish(at);
    return true;
  }

  #finish(at: number): void {
    this.#done = at >= this.#end;
    this.#at = at + this.#marks.delimiter.length;
  }

  #is(mark: Uint8Array, at: number): boolean {
    if (at + mark.length > this.#end) return false;
    for (let offset = 0; offset < mark.length; offset++) {
      if (this.#data[at + offset] !== mark[offset]) return false;
    }
    return true;
  }

  /** Puts the field that was read into a column. */
  put(builder: TextBuilder, row: number): void {
    const parts = this.#parts;
    if (parts === null) {
      builder.span(row, this.#from, this.#to);
      return;
    }
    let size = 0;
    for (let part = 0; part < parts.length; part += 2) size += parts[part + 1]! - parts[part]!;
    const bytes = new Uint8Array(size);
    let used = 0;
    for (let part = 0; part < parts.length; part += 2) {
      bytes.set(this.#data.subarray(parts[part]!, parts[part + 1]!), used);
      used += parts[part + 1]! - parts[part]!;
    }
    builder.bytes(row, bytes);
  }
}
