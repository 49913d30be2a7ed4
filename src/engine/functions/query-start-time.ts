import { defineFunction, exampleOf } from '../define.ts';

/** `queryStartTime()`. */
export const queryStartTime = defineFunction({
  name: 'queryStartTime',
  summary: 'The start of the searched time range in milliseconds since 1970.',
  description:
    'Null where the range is open, as for a query over everything that is stored. Needs an alias as a stage.',
  parameters: [],
  returns: 'long',
  withoutAlias: 'error',
  evaluate: (_, { time }) => {
    const ms = time.from;
    return Number.isFinite(ms) ? ms : null;
  },
  examples: [exampleOf('queryStartTime() > queryEndTime()', 'false')],
});
