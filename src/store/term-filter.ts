import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import { ASCII_KINDS, WORD } from '../engine/scope/characters.ts';
import { type TextCollector, writeNumber } from './collect-text.ts';
import type { SegmentPlan } from './plan-columns.ts';
import type { SegmentCollector } from './segment-collector.ts';
import { newTermSet, type TermSet } from './term-set.ts';

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

/** A column whose texts are kept whole. */
interface WholeTexts {
  readonly text: TextCollector;
  /** Whether its numbers are texts like others, not in a column of their own. */
  readonly withNumbers: boolean;
}

/**
 * The filters of a segment, after its columns are planned; null when words may reach from a slot into
 * the constant piece beside it.
 */
export function termFilters(
  collector: SegmentCollector,
  ends: readonly number[],
  plan: SegmentPlan,
  kernels: KernelMemory | null,
): TermFilters | null {
  if (!collector.shapes.every(({ shape }) => hasBoundedSlots(shape.pieces))) return null;
  const whole: WholeTexts[] = [{ text: collector.otherRaw, withNumbers: true }];
  const mark = kernels?.mark() ?? 0;
  const segment = newTermSet(kernels);
  for (const [number, { shape, slots }] of collector.shapes.entries()) {
    for (const piece of shape.pieces) segment.addBytes(piece, 0, piece.length);
    for (const [position, slot] of slots.entries()) {
      if (slot.words.distinct) {
        segment.addTexts(slot.words, 1, slot.words.count + 1);
        continue;
      }
      const [first] = plan.shapes[number]!.slots[position]!;
      const numbersApart = first !== undefined && plan.columns[first]!.kind === 'int';
      whole.push({ text: slot, withNumbers: !numbersApart });
    }
  }
  const filter = segment.filter();
  const blocks = ends.map((end, block) => {
    kernels?.rewind(mark);
    const terms = newTermSet(kernels);
    for (const texts of whole) addRows(texts, block === 0 ? 0 : ends[block - 1]!, end, terms);
    return terms.filter();
  });
  kernels?.rewind(mark);
  return { segment: filter, blocks };
}

/** Adds the words of rows `[from, to)`. Most rows have words of their own, one after the other. */
function addRows({ text, withNumbers }: WholeTexts, from: number, to: number, terms: TermSet): void {
  const { rows, words } = text;
  const scratch = new Uint8Array(16);
  let first = 0;
  let last = 0;
  for (let row = from; row < to; row++) {
    const value = rows[row]!;
    if (value >= 0) {
      if (withNumbers) terms.addBytes(scratch, 0, writeNumber(value, scratch, 0));
      continue;
    }
    const code = -1 - value;
    if (code === 0) continue;
    if (code !== last) {
      if (last > first) terms.addTexts(words, first, last);
      first = code;
    }
    last = code + 1;
  }
  if (last > first) terms.addTexts(words, first, last);
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
