import { defineFunction, exampleOf } from '../define.ts';
import { containsText } from '../expression/membership.ts';

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
  evaluate: ([text, part]) => containsText((text as string | null) ?? '', (part as string | null) ?? ''),
  examples: [
    exampleOf('contains("San Francisco, CA", "San")', 'true'),
    exampleOf('contains("abc", "B")', 'false'),
    exampleOf('contains("abc", "")', 'false'),
    exampleOf('contains("", "")', 'true'),
  ],
});
