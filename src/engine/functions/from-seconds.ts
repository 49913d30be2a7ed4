import { defineFunction, exampleOf } from '../define.ts';
import { mapNumbers } from '../kernels/map-numbers.ts';

function toMillis(seconds: number): number {
  return Math.round(seconds * 1000);
}

/** `fromSeconds(s)`. */
export const fromSeconds = defineFunction({
  name: 'fromSeconds',
  summary: 'Seconds since 1970 as the milliseconds that `formatDate` takes.',
  description: 'Takes a number or digits. Null and text that is no number give null; the row stays.',
  parameters: [{ name: 's', type: 'number' }],
  returns: 'long',
  evaluate: ([s]) => toMillis(s as number),
  kernel: mapNumbers('fromSeconds', 'long', toMillis),
  examples: [exampleOf('fromSeconds("1704067200")', '1704067200000')],
});
