import type { ChartModel } from '../../dashboards/chart/model.ts';
import { compactNumber } from '../../dashboards/chart/numbers.ts';
import { project, WORLD } from '../../dashboards/chart/projection.ts';
import { WORLD_OUTLINE } from '../../dashboards/chart/world-outline.ts';
import { grouped } from '../../grammar/counted.ts';
import { type ChartLook, ink, padded } from './look.ts';

type WorldMap = Extract<ChartModel, { kind: 'map' }>;

const WIDEST = 110;
const LISTED = 5;

/** Dots on a coarse map of the world, and the places with the greatest values in words. */
export function mapLines({ places, unit }: WorldMap, look: ChartLook): string[] {
  const width = Math.min(look.width, WIDEST);
  const height = Math.max(Math.round((width * WORLD.height) / WORLD.width / 2), 6);
  const land = landCells(width, height);
  const values = new Map<number, number>();
  for (const { latitude, longitude, value } of places) {
    const [x, y] = project(longitude, latitude);
    const column = Math.min(Math.max(Math.floor((x / WORLD.width) * width), 0), width - 1);
    const line = Math.min(Math.max(Math.floor((y / WORLD.height) * height), 0), height - 1);
    const cell = line * width + column;
    values.set(cell, (values.get(cell) ?? 0) + value);
  }
  const highest = Math.max(...values.values());
  const lines = Array.from({ length: height }, (_, line) => {
    let text = '';
    for (let column = 0; column < width; column++) {
      const cell = line * width + column;
      const value = values.get(cell);
      if (value !== undefined) text += ink(placeSign(value / highest, look), 'accept', look);
      else text += land[cell] === 1 ? ink(look.unicode ? '·' : '.', 'dim', look) : ' ';
    }
    return text.trimEnd();
  });
  const names = places.slice(0, LISTED).map(({ label, latitude, longitude, value }) => {
    const name = label === '' ? `${latitude}, ${longitude}` : label;
    return `${compactNumber(value, unit).padStart(8)}  ${padded(name, Math.min(look.width - 12, 60)).trimEnd()}`;
  });
  const more = places.length - names.length;
  if (more > 0) names.push(ink(`          and ${grouped(more)} more places`, 'dim', look));
  return [...lines, ...names];
}

function placeSign(share: number, { unicode }: ChartLook): string {
  if (!unicode) return share > 0.5 ? '@' : share > 0.1 ? 'O' : 'o';
  return share > 0.3 ? '●' : '•';
}

/** Which cells of a grid have their middle on land, row by row. */
function landCells(width: number, height: number): Uint8Array {
  const cells = new Uint8Array(width * height);
  const rings = outlineRings();
  for (let line = 0; line < height; line++) {
    const y = ((line + 0.5) / height) * WORLD.height;
    const crossings = rings.flatMap((ring) => crossingsAt(ring, y)).toSorted((a, b) => a - b);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const from = Math.ceil((crossings[pair]! / WORLD.width) * width - 0.5);
      const to = Math.floor((crossings[pair + 1]! / WORLD.width) * width - 0.5);
      for (let column = Math.max(from, 0); column <= Math.min(to, width - 1); column++) {
        cells[line * width + column] = 1;
      }
    }
  }
  return cells;
}

type Ring = readonly (readonly [x: number, y: number])[];

/** The outline's rings in map units, read from its path: `M x y l dx dy …z`, in tenths. */
function outlineRings(): readonly Ring[] {
  return WORLD_OUTLINE.split('z').flatMap((piece) => {
    const numbers = piece.match(/-?\d+/g)?.map(Number) ?? [];
    if (numbers.length < 6) return [];
    let x = 0;
    let y = 0;
    const ring = Array.from({ length: numbers.length / 2 }, (_, position): readonly [number, number] => {
      x += numbers[position * 2]!;
      y += numbers[position * 2 + 1]!;
      return [x / 10, y / 10];
    });
    return [ring];
  });
}

function crossingsAt(ring: Ring, y: number): number[] {
  return ring.flatMap(([x, top], position) => {
    const [nextX, nextY] = ring[(position + 1) % ring.length]!;
    if (top > y === nextY > y) return [];
    return [x + ((y - top) / (nextY - top)) * (nextX - x)];
  });
}
