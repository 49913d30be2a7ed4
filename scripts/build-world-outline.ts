// Makes src/dashboards/chart/world-outline.ts from Natural Earth's land at 1:110 million (public domain), which
// comes as TopoJSON in the package world-atlas. Run after changing the projection.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { project } from '../src/dashboards/chart/projection.ts';

interface Topology {
  readonly arcs: readonly (readonly (readonly [number, number])[])[];
  readonly transform: {
    readonly scale: readonly [number, number];
    readonly translate: readonly [number, number];
  };
  readonly objects: {
    readonly land: { readonly geometries: readonly { readonly arcs: readonly number[][][] }[] };
  };
}

const SMALLEST_AREA = 1.5;
const FLATNESS = 0.5;

const file = createRequire(import.meta.url).resolve('world-atlas/land-110m.json');
const topology = JSON.parse(readFileSync(file, 'utf8')) as Topology;

type Point = readonly [number, number];

/** An arc of the topology in degrees; `~index` is the arc backwards. */
function arcPoints(index: number): Point[] {
  const { scale, translate } = topology.transform;
  let x = 0;
  let y = 0;
  const points = topology.arcs[index < 0 ? ~index : index]!.map(([dx, dy]): Point => {
    x += dx;
    y += dy;
    return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
  });
  return index < 0 ? points.toReversed() : points;
}

function area(ring: readonly Point[]): number {
  let twice = 0;
  ring.forEach(([x, y], position) => {
    const [nextX, nextY] = ring[(position + 1) % ring.length]!;
    twice += x * nextY - nextX * y;
  });
  return Math.abs(twice / 2);
}

/** The ring with longitudes that run on beyond 180 degrees instead of jumping to the other end of the map. */
function unwrapped(ring: readonly Point[]): Point[] {
  let turn = 0;
  let last = ring[0]![0];
  return ring.map(([x, y]) => {
    if (x - last > 180) turn -= 360;
    else if (x - last < -180) turn += 360;
    last = x;
    return [x + turn, y];
  });
}

/** The part of a ring on one side of a meridian (Sutherland, Hodgman). */
function clipped(ring: readonly Point[], meridian: number, keep: 'west' | 'east'): Point[] {
  const inside = ([x]: Point) => (keep === 'west' ? x <= meridian : x >= meridian);
  return ring.flatMap((point, position): Point[] => {
    const before = ring.at(position - 1)!;
    if (inside(before) === inside(point)) return inside(point) ? [point] : [];
    const share = (meridian - before[0]) / (point[0] - before[0]);
    const crossing: Point = [meridian, before[1] + share * (point[1] - before[1])];
    return inside(point) ? [crossing, point] : [crossing];
  });
}

/** A ring as pieces that lie on the map from end to end, the date line being the cut. */
function pieces(ring: readonly Point[]): readonly (readonly Point[])[] {
  const whole = unwrapped(ring);
  return [-360, 0, 360]
    .map((shift) =>
      clipped(
        clipped(
          whole.map(([x, y]): Point => [x + shift, y]),
          180,
          'west',
        ),
        -180,
        'east',
      ),
    )
    .filter((piece) => piece.length > 2);
}

/** Leaves out points that lie closer to the line between their neighbours than `FLATNESS` (Douglas, Peucker). */
function simplified(points: readonly Point[]): readonly Point[] {
  if (points.length < 3) return points;
  const [ax, ay] = points[0]!;
  const [bx, by] = points.at(-1)!;
  const length = Math.hypot(bx - ax, by - ay);
  let furthest = 0;
  let at = 0;
  for (let position = 1; position < points.length - 1; position++) {
    const [x, y] = points[position]!;
    const away =
      length === 0
        ? Math.hypot(x - ax, y - ay)
        : Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length;
    if (away > furthest) {
      furthest = away;
      at = position;
    }
  }
  if (furthest < FLATNESS) return [points[0]!, points.at(-1)!];
  return [...simplified(points.slice(0, at + 1)), ...simplified(points.slice(at)).slice(1)];
}

const rings = topology.objects.land.geometries
  .flatMap(({ arcs }) => arcs.flat())
  .map((ring) => ring.flatMap((arc, position) => (position === 0 ? arcPoints(arc) : arcPoints(arc).slice(1))))
  .flatMap(pieces)
  .map((ring) => ring.map(([longitude, latitude]) => project(longitude, latitude)))
  .filter((ring) => area(ring) >= SMALLEST_AREA && ring.every(([, y]) => y < 470))
  .map(simplified);

const path = rings
  .map((ring) => {
    let [atX, atY] = [0, 0];
    const steps = ring.map(([x, y], position) => {
      const [roundX, roundY] = [Math.round(x * 10), Math.round(y * 10)];
      const step = position === 0 ? `M${roundX} ${roundY}l` : `${roundX - atX} ${roundY - atY} `;
      [atX, atY] = [roundX, roundY];
      return step;
    });
    return `${steps.join('').trimEnd()}z`;
  })
  .join('');

writeFileSync(
  new URL('../src/dashboards/chart/world-outline.ts', import.meta.url),
  `// Made by scripts/build-world-outline.ts. Do not edit.

/** The land of the world as an SVG path, in tenths of map units (see projection.ts). Made with Natural Earth (public domain). */
export const WORLD_OUTLINE =
  '${path}';
`,
);
process.stdout.write(`${rings.length} pieces of land, ${path.length} characters\n`);
