import { type Column, constantColumn } from '../columns/column.ts';
import { shapedText, slotWithout, type TextShape } from '../columns/text-shape.ts';
import type { Anchors } from '../kernels/match-anchors.ts';
import { type ExtractShape, MATCHED } from './extraction.ts';

/**
 * Extracts by anchors from texts of a known shape: for patterns such as `* * *`, with one and the same
 * character between all captures, over texts whose pieces are that character. Captures are then the
 * slots themselves. Null for other patterns.
 */
export function shapeAnchors(anchors: Anchors): ExtractShape | null {
  const inner = anchors.slice(1, -1);
  const [mark] = inner;
  if (mark === undefined || anchors[0] !== '' || anchors.at(-1) !== '' || inner.some((text) => text !== mark))
    return null;
  const byte = mark.charCodeAt(0);
  if (mark.length !== 1 || byte > 127 || /[a-z]/i.test(mark)) return null;
  const isWhole = slotWithout([byte]);
  const captures = anchors.length - 1;
  return (shape, length, wanted) => {
    if (!isDividedBy(shape, byte) || !shape.slots.every(isWhole)) return null;
    const { slots } = shape;
    if (captures > slots.length) {
      return { outcome: new Uint8Array(length), columns: wanted.map(() => constantColumn(null, length)) };
    }
    return {
      outcome: new Uint8Array(length).fill(MATCHED),
      all: MATCHED,
      columns: wanted.map((capture) =>
        capture < captures - 1 ? slots[capture]!.column : rest(shape, captures - 1, length),
      ),
    };
  };
}

/** Whether exactly one `byte` stands between all slots, and nothing around them. */
function isDividedBy({ pieces }: TextShape, byte: number): boolean {
  return pieces.every((piece, position) =>
    position === 0 || position === pieces.length - 1
      ? piece.length === 0
      : piece.length === 1 && piece[0] === byte,
  );
}

/** Everything from slot `from` on: the last capture takes the rest of the text. */
function rest({ pieces, slots }: TextShape, from: number, length: number): Column {
  if (from === slots.length - 1) return slots[from]!.column;
  return shapedText(
    { pieces: [new Uint8Array(0), ...pieces.slice(from + 1)], slots: slots.slice(from) },
    length,
  );
}
