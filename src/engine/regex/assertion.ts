import { isWordByte } from './utf8.ts';

/** Whether the zero-width condition `index` of ASSERTIONS holds at `at` in the text `[start, end)`. */
export function assertionHolds(
  index: number,
  data: Uint8Array,
  start: number,
  end: number,
  at: number,
): boolean {
  switch (index) {
    case 0:
      return at === start;
    case 1:
      return at === end;
    case 2:
      return at === end || (at === end - 1 && data[at] === 10);
    case 3:
      return at === start || data[at - 1] === 10;
    case 4:
      return at === end || data[at] === 10;
    default: {
      const before = at > start && isWordByte(data[at - 1]!);
      const after = at < end && isWordByte(data[at]!);
      return (before !== after) === (index === 5);
    }
  }
}
