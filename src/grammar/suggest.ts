import type { Diagnostic } from './diagnostics.ts';
import type { Span } from './span.ts';

/** The number of letters to insert, remove, change or swap to get from one word to the other (optimal string alignment). */
export function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const change = one[row - 1] === other[column - 1] ? 0 : 1;
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + change,
      );
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}

/** The name nearest to a word in any letter case, at most a third of its length away; null when none is. */
export function nearest(word: string, names: Iterable<string>): string | null {
  const lower = word.toLowerCase().slice(0, 100);
  const limit = Math.max(1, Math.floor(lower.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const name of names) {
    if (Math.abs(name.length - lower.length) >= bestDistance) continue;
    const distance = editDistance(lower, name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** The help and fix of a diagnostic about an unknown word; empty when nothing is near. */
export function didYouMean(
  word: string,
  names: Iterable<string>,
  span: Span,
): Partial<Pick<Diagnostic, 'help' | 'fix'>> {
  const name = nearest(word, names);
  if (name === null) return {};
  return {
    help: `\`${name}\` might be meant`,
    fix: { title: `change to \`${name}\``, edits: [{ span, text: name }] },
  };
}
