import { defineFunction } from '../define.ts';

/** `now()`. */
export const now = defineFunction({
  name: 'now',
  summary: 'The current time in milliseconds since 1970.',
  description: 'Evaluated for each row when it is processed, so values may differ from row to row.',
  parameters: [],
  returns: 'long',
  pure: false,
  evaluate: (_, context) => context.now(),
  examples: [
    {
      query: '* | now() > 1700000000000 as x | count by x | fields x',
      input: 'a message',
      expect: 'x\ntrue',
    },
  ],
});
