import { populate } from './address-space.ts';
import type { Emit, Entry } from './flow.ts';
import { incidents } from './incidents.ts';
import { buildNetwork, type NetworkInterface, type Role } from './network.ts';
import { type Random, seededRandom } from './random.ts';
import { everyday, type World } from './traffic.ts';

/** What to make. Equal plans make equal records. */
export interface FlowPlan {
  readonly seed: number;
  /** Epoch ms of the end of the data (exclusive); whole minutes. */
  readonly end: number;
  readonly days: number;
  /** About how many records in all. */
  readonly records: number;
}

/** The records of one minute, in no particular order, as flow logs are. */
export interface MinuteOfFlows {
  /** Epoch ms of its first second. */
  readonly start: number;
  readonly entries: readonly Entry[];
}

const MINUTE = 60_000;
const MINUTES_A_DAY = 1440;
/** The share of everyday records that are refused probes from the internet. */
const PROBES = 0.17;

/** The interfaces of a plan and the indexes that the traffic needs. */
export function buildWorld(seed: number): World {
  const random = seededRandom(seed);
  const interfaces = buildNetwork(random);
  return {
    interfaces,
    byRole: grouped(interfaces, (each) => each.role) as Map<Role, NetworkInterface[]>,
    byVpc: grouped(interfaces, (each) => each.vpc),
    population: populate(random),
  };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/**
 * Makes flow log records minute by minute, oldest first, holding one minute at a time. The traffic
 * follows the day (low at night, busiest in the afternoon, less at weekends) and contains a port scan,
 * a slow scan, a password brute force, an exfiltration and a beacon, placed relative to the end.
 */
export function* generateFlows(
  plan: FlowPlan,
  world: World = buildWorld(plan.seed),
): Generator<MinuteOfFlows> {
  const random = seededRandom(plan.seed ^ 0x5eed);
  const end = Math.floor(plan.end / MINUTE) * MINUTE;
  const minutes = Math.round(plan.days * MINUTES_A_DAY);
  const perMinute = plan.records / minutes;
  const usual = meanRhythm(end - minutes * MINUTE, minutes);
  for (let left = minutes; left > 0; left--) {
    const start = end - left * MINUTE;
    const entries: Entry[] = [];
    const emit: Emit = (entry) => entries.push(entry);
    const minute = { start: start / 1000, random, emit };
    const busy = (perMinute * rhythm(start)) / usual;
    everyday(world, minute, busy * (1 - PROBES), perMinute * PROBES);
    incidents(world, minute, left * 60);
    gaps(world, minute.start, random, emit);
    yield { start, entries };
  }
}

function meanRhythm(from: number, minutes: number): number {
  let sum = 0;
  for (let minute = 0; minute < minutes; minute++) sum += rhythm(from + minute * MINUTE);
  return sum / minutes;
}

/** How busy a time is: 1 on an average weekday. UTC; the two humps are Europe's and America's afternoons. */
function rhythm(time: number): number {
  const hour = (time / 3_600_000) % 24;
  const hump = (centre: number, width: number) => {
    const away = Math.min(Math.abs(hour - centre), 24 - Math.abs(hour - centre));
    return Math.exp(-((away / width) ** 2));
  };
  const weekday = (Math.floor(time / 86_400_000) + 4) % 7;
  const weekend = weekday === 0 || weekday === 6 ? 0.6 : 1;
  const ripple = 1 + 0.06 * Math.sin(time / 1_700_000) + 0.04 * Math.sin(time / 410_000);
  return (0.45 + 0.75 * hump(13, 4) + 0.85 * hump(19.5, 3.2)) * weekend * ripple;
}

/** Idle interfaces report every ten minutes that there was nothing; rarely records are lost. */
function gaps(world: World, start: number, random: Random, emit: Emit): void {
  if ((start / 60) % 10 === 0) {
    for (const at of world.byRole.get('idle') ?? []) emit({ at, start, end: start + 600, status: 'NODATA' });
  }
  if (random.next() < 0.004) {
    emit({ at: random.pick(world.interfaces), start, end: start + 60, status: 'SKIPDATA' });
  }
}
