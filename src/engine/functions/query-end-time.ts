import { defineFunction, exampleOf } from '../define.ts';

/** `queryEndTime()`. */
export const queryEndTime = defineFunction({
  name: 'queryEndTime',
  summary: 'The end of the searched time range in milliseconds since 1970.',
  description:
    'Null where the range is open, as for a query over everything that is stored. Needs an alias as a stage.',
  parameters: [],
  returns: 'long',
  withoutAlias: 'error',
  evaluate: (_, { time }) => {
    const ms = time.to;
    return Number.isFinite(ms) ? ms : null;
  },
  examples: [exampleOf('queryEndTime() < queryStartTime()', 'false')],
});
