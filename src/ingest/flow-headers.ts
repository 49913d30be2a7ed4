import { type FlowLayout, headerLayout, isHeaderOf } from './flow-layout.ts';
import { type MessageBlock, sliceMessages } from './message-block.ts';
import type { Tally } from './receipt.ts';

/**
 * Finds the header lines of flow logs in a stream of messages: takes them out (counted as skipped) and
 * gives the messages after each one its layout, until the next. One per stream.
 */
export class FlowHeaders {
  #layout: FlowLayout | null;
  #anyMessage: boolean;
  readonly #tally: Tally;

  /** `inForce`: the stream is the middle of one, and this layout (null: none) is in force at its beginning. */
  constructor(tally: Tally, inForce?: FlowLayout | null) {
    this.#tally = tally;
    this.#layout = inForce ?? null;
    this.#anyMessage = inForce !== undefined;
  }

  /** The layout in force after what was split so far. */
  get layout(): FlowLayout | null {
    return this.#layout;
  }

  /** Whether a header line was seen. */
  get seen(): boolean {
    return this.#layout !== null;
  }

  /** The messages of `block` that are no header lines, in blocks of one layout each. */
  *split(block: MessageBlock): Generator<MessageBlock> {
    const { data, starts, ends } = block;
    if (block.letterLines === 0) {
      this.#anyMessage = true;
      yield { ...block, layout: this.#layout };
      return;
    }
    let from = 0;
    for (let row = 0; row < block.length; row++) {
      const start = starts[row]!;
      const first = data[start]!;
      const firstOfFile = !this.#anyMessage;
      this.#anyMessage = true;
      // Header lines begin with a small letter: most lines are passed by at their first byte.
      if (first < 0x61 || first > 0x7a) continue;
      const next = this.#headerAt(data, start, ends[row]!, firstOfFile);
      if (next === null) continue;
      if (row > from) yield { ...sliceMessages(block, from, row), layout: this.#layout };
      this.#layout = next;
      this.#tally.skip('header');
      from = row + 1;
    }
    if (from < block.length) yield { ...sliceMessages(block, from, block.length), layout: this.#layout };
  }

  #headerAt(data: Uint8Array, start: number, end: number, firstOfFile: boolean): FlowLayout | null {
    const known = this.#layout;
    if (known !== null && isHeaderOf(known, data, start, end)) return known;
    return headerLayout(data, start, end, firstOfFile);
  }
}
