/** The drawing surface of the world map, in its own units. Antarctica is cut off. */
export const WORLD = { width: 1000, height: 452 } as const;

const A1 = 1.340264;
const A2 = -0.081106;
const A3 = 0.000893;
const A4 = 0.003796;
const M = Math.sqrt(3) / 2;
const WIDEST = 2.70663;
const TOP = projectedHeight(83.7);

/**
 * Where a place lies on the map, by the Equal Earth projection (Šavrič, Patterson, Jenny 2018): areas
 * keep their proportions. Degrees in, map units out; y grows downwards.
 */
export function project(longitude: number, latitude: number): readonly [x: number, y: number] {
  const t = Math.asin(M * Math.sin((latitude * Math.PI) / 180));
  const t2 = t * t;
  const t6 = t2 * t2 * t2;
  const x =
    ((longitude * Math.PI) / 180) * (Math.cos(t) / (M * (A1 + 3 * A2 * t2 + t6 * (7 * A3 + 9 * A4 * t2))));
  const scale = WORLD.width / (2 * WIDEST);
  return [WORLD.width / 2 + x * scale, (TOP - projectedHeight(latitude)) * scale];
}

function projectedHeight(latitude: number): number {
  const t = Math.asin(M * Math.sin((latitude * Math.PI) / 180));
  const t2 = t * t;
  const t6 = t2 * t2 * t2;
  return t * (A1 + A2 * t2 + t6 * (A3 + A4 * t2));
}
