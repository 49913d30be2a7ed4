import { counted } from '../../grammar/counted.ts';
import type { ChartModel } from '../chart/model.ts';
import { fullNumber } from '../chart/numbers.ts';
import { project, WORLD } from '../chart/projection.ts';
import { coordinate, html, type Markup } from './markup.ts';

type WorldMap = Extract<ChartModel, { kind: 'map' }>;

const LEAST_RADIUS = 2.4;
const MOST_RADIUS = 17;

/** Circles on a map of the world, their areas as the values. `#land` must be in the page (see `landSymbol`). */
export function mapMarkup({ places, unit }: WorldMap): Markup {
  const highest = Math.max(...places.map(({ value }) => value), 1);
  const circles = places.map(({ latitude, longitude, value, label }) => {
    const [x, y] = project(longitude, latitude);
    const radius = LEAST_RADIUS + Math.sqrt(Math.max(value, 0) / highest) * (MOST_RADIUS - LEAST_RADIUS);
    const tip = `${label === '' ? `${latitude}, ${longitude}` : label}\n${fullNumber(value, unit)}`;
    return html`<circle data-tip="${tip}" cx="${coordinate(x)}" cy="${coordinate(y)}" r="${coordinate(radius)}"/>`;
  });
  return html`<div class="map"><svg viewBox="0 0 ${WORLD.width} ${WORLD.height}" role="img" aria-label="world map with ${places.length} places"><use href="#land" class="land"/><g>${circles}</g></svg></div><p class="note">${counted(places.length, 'place')}</p>`;
}

/** The land, once for all maps of a page. */
export function landSymbol(outline: string): Markup {
  return html`<svg class="symbols" aria-hidden="true"><symbol id="land" viewBox="0 0 ${WORLD.width} ${WORLD.height}"><path transform="scale(.1)" d="${outline}"/></symbol></svg>`;
}
