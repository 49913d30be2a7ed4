import { isUtf8 } from 'node:buffer';
import { MAX_MESSAGE_BYTES, type MessageBlock } from './message-block.ts';
import type { Tally } from './receipt.ts';

/** How lines become messages. */
export type Framing =
  | { readonly kind: 'lines' }
  /** A line for which `isFirst` holds begins a message, and others continue it. */
  | {
      readonly kind: 'multiline';
      readonly isFirst: (data: Uint8Array, start: number, end: number, before: FirstLine | null) => boolean;
    }
  /** All bytes together are one message. */
  | { readonly kind: 'whole' };

/** The first line of the message that a further line might continue. */
export interface FirstLine {
  readonly start: number;
  readonly end: number;
}

const MAX_MULTILINE_LINES = 2000;
const MAX_MULTILINE_BYTES = 512 * 1024;

/**
 * Cuts a stream of bytes into messages. `add` copies the bytes it is given and returns the messages
 * that are complete by then, as views of its own buffer that are valid until the next call. Holds at
 * most one message (1 MB) and one piece of input. Counts what it reads, skips and flags.
 */
export class LineFramer {
  readonly #framing: Framing;
  readonly #tally: Tally;
  #buffer: Buffer = Buffer.allocUnsafeSlow(1 << 20);
  /** What is not yet a complete message. */
  #from = 0;
  #to = 0;
  /** No line end lies in `[#from, #searched)`. */
  #searched = 0;
  /** Inside a line that was cut: everything up to its end is left out. */
  #skipping = false;
  #starts = new Uint32Array(16_384);
  #ends = new Uint32Array(16_384);
  #count = 0;
  /** The message being put together from lines: its first line, its last end, its number of lines. */
  #first: FirstLine | null = null;
  #lastEnd = 0;
  #lines = 0;

  constructor(framing: Framing, tally: Tally) {
    this.#framing = framing;
    this.#tally = tally;
  }

  /** Takes more bytes; null when they complete no message. */
  add(chunk: Uint8Array): MessageBlock | null {
    this.#count = 0;
    this.#append(chunk);
    if (this.#framing.kind === 'whole') this.#boundWhole();
    else this.#cutLines();
    return this.#block();
  }

  /** No more bytes: the last message, when there is one. */
  finish(): MessageBlock | null {
    this.#count = 0;
    if (this.#framing.kind === 'whole') {
      this.#message(this.#from, this.#trimmedEnd(this.#to));
    } else {
      if (this.#to > this.#from && !this.#skipping) this.#line(this.#from, this.#to);
      this.#flushMultiline();
    }
    this.#from = this.#to;
    return this.#block();
  }

  #append(chunk: Uint8Array): void {
    // A multiline message in the making must stay in the buffer, too.
    const keepFrom = this.#first === null ? this.#from : this.#first.start;
    const kept = this.#to - keepFrom;
    if (this.#to + chunk.length > this.#buffer.length || kept === 0) {
      if (kept + chunk.length > this.#buffer.length) {
        const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, kept + chunk.length));
        this.#buffer.copy(grown, 0, keepFrom, this.#to);
        this.#buffer = grown;
      } else {
        this.#buffer.copyWithin(0, keepFrom, this.#to);
      }
      if (this.#first !== null) {
        this.#first = { start: this.#first.start - keepFrom, end: this.#first.end - keepFrom };
        this.#lastEnd -= keepFrom;
      }
      this.#searched -= keepFrom;
      this.#from -= keepFrom;
      this.#to = kept;
      if (this.#searched < this.#from) this.#searched = this.#from;
    }
    this.#buffer.set(chunk, this.#to);
    this.#to += chunk.length;
  }

  #cutLines(): void {
    const buffer = this.#buffer;
    const to = this.#to;
    let from = this.#from;
    let search = this.#searched;
    for (;;) {
      const newline = buffer.indexOf(10, search);
      if (newline < 0 || newline >= to) break;
      if (this.#skipping) this.#skipping = false;
      else this.#line(from, newline);
      from = newline + 1;
      search = from;
    }
    this.#from = from;
    this.#searched = to;
    if (this.#skipping) {
      this.#from = to;
    } else if (to - from > MAX_MESSAGE_BYTES) {
      this.#line(from, to);
      // What is left out must not wait in the buffer for more lines.
      this.#flushMultiline();
      this.#skipping = true;
      this.#from = to;
    }
  }

  #boundWhole(): void {
    // One byte more than fits shows that the message is cut.
    const most = this.#from + MAX_MESSAGE_BYTES + 1;
    if (this.#to > most) this.#to = most;
  }

  /** A line without its newline. */
  #line(start: number, newline: number): void {
    let end = newline;
    if (end > start && this.#buffer[end - 1] === 13) end--;
    if (this.#framing.kind !== 'multiline') {
      this.#message(start, end);
      return;
    }
    const whole = this.#first !== null && end - this.#first.start > MAX_MULTILINE_BYTES;
    if (
      this.#first === null ||
      whole ||
      this.#lines >= MAX_MULTILINE_LINES ||
      this.#framing.isFirst(this.#buffer, start, end, this.#first)
    ) {
      this.#flushMultiline();
      this.#first = { start, end };
      this.#lines = 0;
    }
    this.#lastEnd = end;
    this.#lines++;
  }

  #flushMultiline(): void {
    if (this.#first !== null) this.#message(this.#first.start, this.#trimmedEnd(this.#lastEnd));
    this.#first = null;
  }

  #trimmedEnd(end: number): number {
    let trimmed = end;
    while (trimmed > 0 && (this.#buffer[trimmed - 1] === 10 || this.#buffer[trimmed - 1] === 13)) trimmed--;
    return trimmed;
  }

  #message(start: number, end: number): void {
    if (end <= start) {
      // No bytes at all are no message, but an empty line is one that was read.
      if (this.#framing.kind === 'whole' && this.#to === this.#from) return;
      this.#tally.read++;
      this.#tally.skip('empty');
      return;
    }
    this.#tally.read++;
    let cut = end;
    if (end - start > MAX_MESSAGE_BYTES) {
      this.#tally.flag('cut');
      cut = characterStart(this.#buffer, start + MAX_MESSAGE_BYTES);
    }
    if (this.#count === this.#starts.length) {
      const starts = new Uint32Array(this.#count * 2);
      const ends = new Uint32Array(this.#count * 2);
      starts.set(this.#starts);
      ends.set(this.#ends);
      this.#starts = starts;
      this.#ends = ends;
    }
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = cut;
    this.#count++;
  }

  #block(): MessageBlock | null {
    if (this.#count === 0) return null;
    return validUtf8(
      {
        data: this.#buffer,
        starts: this.#starts.subarray(0, this.#count),
        ends: this.#ends.subarray(0, this.#count),
        length: this.#count,
        layout: null,
        times: null,
        origin: null,
      },
      this.#tally,
    );
  }
}

/** The last place at or before `at` where a UTF-8 character begins. */
function characterStart(data: Uint8Array, at: number): number {
  let place = at;
  while (place > at - 4 && place > 0 && (data[place]! & 0xc0) === 0x80) place--;
  return place > at - 4 ? place : at;
}

/** The block with every byte sequence that is not UTF-8 replaced by U+FFFD; counts the messages concerned. */
export function validUtf8(block: MessageBlock, tally: Tally): MessageBlock {
  if (block.length === 0) return block;
  const from = block.starts[0]!;
  const to = block.ends[block.length - 1]!;
  if (isUtf8(block.data.subarray(from, to))) return block;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const repaired: { readonly row: number; readonly bytes: Buffer }[] = [];
  for (let row = 0; row < block.length; row++) {
    const bytes = block.data.subarray(block.starts[row]!, block.ends[row]!);
    if (!isUtf8(bytes)) repaired.push({ row, bytes: Buffer.from(decoder.decode(bytes)) });
  }
  if (repaired.length === 0) return block;
  tally.flag('invalid-utf8', repaired.length);
  const starts = block.starts.slice();
  const ends = block.ends.slice();
  let at = to - from;
  for (let row = 0; row < block.length; row++) {
    starts[row]! -= from;
    ends[row]! -= from;
  }
  for (const { row, bytes } of repaired) {
    starts[row] = at;
    at += bytes.length;
    ends[row] = at;
  }
  const data = Buffer.concat([block.data.subarray(from, to), ...repaired.map(({ bytes }) => bytes)]);
  return { ...block, data, starts, ends };
}
