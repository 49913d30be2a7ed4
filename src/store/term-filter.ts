import {
  ASCII_KINDS,
  codePointAt,
  codePointKind,
  foldCase,
  nextCharacter,
  WORD,
} from '../engine/scope/characters.ts';
import { type TextCollector, writeNumber } from './collect-text.ts';
import type { SegmentPlan } from './plan-columns.ts';
import type { SegmentCollector } from './segment-collector.ts';

/**
 * Which words (runs of letters, digits and `_`, in lower case) occur in messages, as Bloom filters:
 * one for a segment, with the words of its dictionaries and constant pieces, and one for each block,
 * with those of texts that are kept whole. Whole numbers in columns of numbers are not in them: the
 * columns' ranges answer for those.
 */
export interface TermFilters {
  readonly segment: Uint8Array;
  readonly blocks: readonly Uint8Array[];
}

/** About one wrong yes in 300. */
const BITS_PER_TERM = 12;
const PROBES = 6;

/** A set of 32-bit numbers. */
class Hashes {
  #slots = new Uint32Array(256);
  #count = 0;
  #zero = false;

  get size(): number {
    return this.#count + (this.#zero ? 1 : 0);
  }

  add(hash: number): void {
    if (hash === 0) {
      this.#zero = true;
      return;
    }
    const mask = this.#slots.length - 1;
    let slot = spread(hash) & mask;
    for (;;) {
      const known = this.#slots[slot]!;
      if (known === hash) return;
      if (known === 0) break;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = hash;
    if (++this.#count * 2 <= this.#slots.length) return;
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 4);
    this.#count = 0;
    for (const known of before) if (known !== 0) this.add(known);
  }

  *[Symbol.iterator](): Iterator<number> {
    if (this.#zero) yield 0;
    for (const hash of this.#slots) if (hash !== 0) yield hash;
  }
}

function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

const HASH_START = 0x811c9dc5;

/** The hash of a word in lower case. */
export function termHash(term: string): number {
  let hash = HASH_START;
  for (const byte of new TextEncoder().encode(term)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Calls `visit` with the hash of every word of a text. */
export function eachTerm(bytes: Uint8Array, start: number, end: number, visit: (hash: number) => void): void {
  let at = start;
  while (at < end) {
    const runStart = at;
    let hash = HASH_START;
    let ascii = true;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte < 128) {
        if (ASCII_KINDS[byte] !== WORD) break;
        hash = Math.imul(hash ^ (byte >= 65 && byte <= 90 ? byte + 32 : byte), 0x01000193);
        at++;
      } else {
        if (codePointKind(codePointAt(bytes, at, end)) !== WORD) break;
        ascii = false;
        at = nextCharacter(bytes, at, end);
      }
    }
    if (at > runStart) {
      visit(
        ascii ? hash >>> 0 : termHash(foldCase(Buffer.from(bytes.subarray(runStart, at)).toString('utf8'))),
      );
    } else at = nextCharacter(bytes, at, end);
  }
}

/** A Bloom filter of some hashes; empty for none. */
function filterOf(hashes: Hashes): Uint8Array {
  if (hashes.size === 0) return new Uint8Array(0);
  const filter = new Uint8Array(Math.ceil((hashes.size * BITS_PER_TERM) / 64) * 8);
  for (const hash of hashes) {
    eachProbe(hash, filter.length * 8, (bit) => {
      filter[bit >> 3]! |= 1 << (bit & 7);
      return true;
    });
  }
  return filter;
}

/** Whether a filter has a hash, as far as it knows: no is certain. */
export function filterHas(filter: Uint8Array, hash: number): boolean {
  if (filter.length === 0) return false;
  return eachProbe(hash, filter.length * 8, (bit) => ((filter[bit >> 3]! >> (bit & 7)) & 1) === 1);
}

/** Calls `probe` with the bits of a hash until it says no. */
function eachProbe(hash: number, bits: number, probe: (bit: number) => boolean): boolean {
  const step = spread(hash) | 1;
  let at = hash;
  for (let count = 0; count < PROBES; count++) {
    if (!probe(at % bits)) return false;
    at = (at + step) >>> 0;
  }
  return true;
}

/** The filters of a segment, after its columns are planned; null when words may reach from a slot into the constant piece beside it. */
export function termFilters(
  collector: SegmentCollector,
  ends: readonly number[],
  plan: SegmentPlan,
): TermFilters | null {
  const segment = new Hashes();
  const blocks = ends.map(() => new Hashes());
  for (const [number, { shape, slots }] of collector.shapes.entries()) {
    if (!hasBoundedSlots(shape.pieces)) return null;
    for (const piece of shape.pieces) eachTerm(piece, 0, piece.length, (hash) => segment.add(hash));
    for (const [position, slot] of slots.entries()) {
      if (slot.words.distinct) {
        addWords(slot, segment);
        continue;
      }
      const [first] = plan.shapes[number]!.slots[position]!;
      const numbersApart = first !== undefined && plan.columns[first]!.kind === 'int';
      addTexts(slot, ends, blocks, !numbersApart);
    }
  }
  addTexts(collector.otherRaw, ends, blocks, true);
  return { segment: filterOf(segment), blocks: blocks.map(filterOf) };
}

function addWords({ words }: TextCollector, hashes: Hashes): void {
  for (let code = 1; code <= words.count; code++) {
    eachTerm(words.data, words.ends[code - 1]!, words.ends[code]!, (hash) => hashes.add(hash));
  }
}

function addTexts(
  text: TextCollector,
  ends: readonly number[],
  blocks: readonly Hashes[],
  withNumbers: boolean,
): void {
  const { rows, words } = text;
  const scratch = new Uint8Array(16);
  let row = 0;
  ends.forEach((end, block) => {
    const hashes = blocks[block]!;
    for (; row < end; row++) {
      const value = rows[row]!;
      if (value >= 0 && withNumbers) {
        eachTerm(scratch, 0, writeNumber(value, scratch, 0), (hash) => hashes.add(hash));
      }
      if (value >= -1) continue;
      const code = -1 - value;
      eachTerm(words.data, words.ends[code - 1]!, words.ends[code]!, (hash) => hashes.add(hash));
    }
  });
}

/** Whether every slot has a character that is part of no word, or the end of the text, on both sides. */
function hasBoundedSlots(pieces: readonly Uint8Array[]): boolean {
  const isBoundary = (byte: number): boolean => byte < 128 && ASCII_KINDS[byte] !== WORD;
  return pieces.every((piece, position) => {
    const last = position === pieces.length - 1;
    if (piece.length === 0) return position === 0 || last;
    return (position === 0 || isBoundary(piece[0]!)) && (last || isBoundary(piece[piece.length - 1]!));
  });
}
