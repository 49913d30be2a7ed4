import { defineFunction, exampleOf } from '../define.ts';
import { roundTo } from '../kernels/decimal.ts';

/** Kilometres; the radius that the documented sample value follows from. */
const EARTH_RADIUS = 6372.8;
const DEGREE = Math.PI / 180;

/** `haversine(lat1, lon1, lat2, lon2)`. */
export const haversine = defineFunction({
  name: 'haversine',
  summary: 'The distance in kilometres between two points on the earth.',
  description:
    'Takes latitude and longitude in decimal degrees, south and west negative. The result has two decimals; divide by 1.609344 for miles. Null and text that is no number give null.',
  parameters: [
    { name: 'lat1', type: 'number' },
    { name: 'lon1', type: 'number' },
    { name: 'lat2', type: 'number' },
    { name: 'lon2', type: 'number' },
  ],
  returns: 'double',
  evaluate: ([lat1, lon1, lat2, lon2]) => {
    const from = (lat1 as number) * DEGREE;
    const to = (lat2 as number) * DEGREE;
    const across = Math.sin((to - from) / 2) ** 2;
    const along = Math.sin((((lon2 as number) - (lon1 as number)) * DEGREE) / 2) ** 2;
    const half = Math.min(1, across + along * Math.cos(from) * Math.cos(to));
    return roundTo(2 * EARTH_RADIUS * Math.asin(Math.sqrt(half)), 2);
  },
  examples: [exampleOf('haversine(0, 0, 0, 1)', '111.23')],
});
