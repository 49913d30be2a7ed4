import { defineAggregate } from '../define.ts';
import { percentiles } from './pct.ts';

/** `pct_sampling(field, 95)`: the same as `pct`, as no sampling is needed here. */
export const pctSampling = defineAggregate({
  ...percentiles,
  name: 'pct_sampling',
  summary: 'Percentiles like `pct`; nothing is sampled here, so the result is exact.',
  description:
    'In the original a sample of 1,000 messages is used. Here it is another spelling of `pct`, whose rules hold; ' +
    'outputs are named `_<field>_pct_<percentile>`.',
  examples: [
    {
      query: '* | parse "ms=*" as ms | pct_sampling(ms, 50)',
      input: 'ms=30\nms=12\nms=18',
      expect: '_ms_pct_50\n18',
    },
  ],
});
