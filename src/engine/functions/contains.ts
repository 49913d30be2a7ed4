import { defineFunction, exampleOf } from '../define.ts';

/**
 * Whether `text` holds `part`, in the same letter case. Both empty: true; one of them empty: false,
 * unlike plain substring logic. Null counts as empty.
 */
export function containsText(text: string | null, part: string | null): boolean {
  const inner = part ?? '';
  const outer = text ?? '';
  if (inner === '' || outer === '') return inner === outer;
  return outer.includes(inner);
}

/** `contains(text, part)`; the infix form `text contains part` means the same. */
export const contains = defineFunction({
  name: 'contains',
  summary: 'True when a text holds another, in the same letter case.',
  description:
    'Two empty texts give true, exactly one empty text gives false. Null counts as empty. Cast numbers with `toString` first.',
  parameters: [
    { name: 'text', type: 'string' },
    { name: 'part', type: 'string' },
  ],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([text, part]) => containsText(text as string | null, part as string | null),
  examples: [
    exampleOf('contains("San Francisco, CA", "San")', 'true'),
    exampleOf('contains("abc", "B")', 'false'),
    exampleOf('contains("abc", "")', 'false'),
    exampleOf('contains("", "")', 'true'),
  ],
});
