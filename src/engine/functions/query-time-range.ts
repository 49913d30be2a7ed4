import { defineFunction, exampleOf } from '../define.ts';

/** `queryTimeRange()`. */
export const queryTimeRange = defineFunction({
  name: 'queryTimeRange',
  summary: 'The length of the searched time range in milliseconds.',
  description:
    'Null where the range is open, as for a query over everything that is stored. Needs an alias as a stage.',
  parameters: [],
  returns: 'long',
  withoutAlias: 'error',
  evaluate: (_, { time }) => {
    const ms = time.to - time.from;
    return Number.isFinite(ms) ? ms : null;
  },
  examples: [exampleOf('queryTimeRange() < 0', 'false')],
});
