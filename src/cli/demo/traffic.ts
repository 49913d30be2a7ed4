import { type Population, popular } from './address-space.ts';
import type { Emit } from './flow.ts';
import type { NetworkInterface, Role } from './network.ts';
import type { Random, Weighted } from './random.ts';

/** What the makers of one minute's traffic share. */
export interface Minute {
  /** Epoch seconds of its first second. */
  readonly start: number;
  readonly random: Random;
  readonly emit: Emit;
}

/** A place where each kind of traffic finds its interfaces. */
export interface World {
  readonly interfaces: readonly NetworkInterface[];
  readonly byRole: ReadonlyMap<Role, readonly NetworkInterface[]>;
  readonly byVpc: ReadonlyMap<string, readonly NetworkInterface[]>;
  readonly population: Population;
}

/** Bytes of a packet without payload. */
const SMALLEST = 40;

const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;

/** Services that instances call: names are ours, addresses lie in the blocks of large providers. */
const SERVICES = [
  '52.216.50.17',
  '52.217.101.33',
  '52.95.110.1',
  '140.82.112.3',
  '151.101.1.63',
  '104.16.25.34',
  '142.250.72.14',
  '13.107.42.14',
  '20.190.160.2',
  '185.125.190.36',
  '34.120.54.55',
  '3.5.140.19',
];
const RESOLVERS = ['8.8.8.8', '1.1.1.1', '9.9.9.9'];
const TIME_SERVERS = ['162.159.200.1', '216.239.35.0'];

const PROBED_PORTS: readonly Weighted<number>[] = [
  { item: 23, weight: 20 },
  { item: 22, weight: 14 },
  { item: 445, weight: 12 },
  { item: 3389, weight: 11 },
  { item: 8080, weight: 8 },
  { item: 5555, weight: 5 },
  { item: 6379, weight: 6 },
  { item: 1433, weight: 5 },
  { item: 3306, weight: 4 },
  { item: 5900, weight: 4 },
  { item: 2375, weight: 3 },
  { item: 9200, weight: 3 },
  { item: 27017, weight: 2 },
  { item: 5060, weight: 3 },
  { item: 7547, weight: 2 },
  { item: 25, weight: 2 },
];

/** Sends a request and its answer, both as `at` saw them; sizes are those of the two directions. */
function exchange(
  minute: Minute,
  at: NetworkInterface,
  from: string,
  to: string,
  toPort: number,
  protocol: number,
  sizeThere: number,
  sizeBack: number,
): void {
  const { random, emit } = minute;
  const fromPort = random.between(32768, 60999);
  const start = minute.start + random.between(0, 49);
  const end = Math.min(start + random.between(1, 55), minute.start + 60);
  const bytesThere = Math.max(sizeThere, SMALLEST);
  const bytesBack = Math.max(sizeBack, SMALLEST);
  const packetsThere = packetsFor(bytesThere);
  const packetsBack = packetsFor(bytesBack);
  const common = { at, protocol, start, end, action: 'ACCEPT' as const };
  emit({ ...common, from, to, fromPort, toPort, packets: packetsThere, bytes: bytesThere });
  emit({
    ...common,
    from: to,
    to: from,
    fromPort: toPort,
    toPort: fromPort,
    packets: packetsBack,
    bytes: bytesBack,
  });
}

function packetsFor(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 900));
}

function refuse(
  minute: Minute,
  at: NetworkInterface,
  from: string,
  to: string,
  toPort: number,
  protocol: number,
): void {
  const { random, emit } = minute;
  const start = minute.start + random.between(0, 57);
  const packets = random.between(1, 3);
  const fromPort = protocol === ICMP ? 0 : random.between(1024, 65535);
  const bytes = packets * (protocol === UDP ? random.between(60, 420) : 40 + 4 * random.between(0, 5));
  emit({
    at,
    from,
    to,
    fromPort,
    toPort,
    protocol,
    packets,
    bytes,
    start,
    end: start + random.between(1, 3),
    action: 'REJECT',
  });
}

function neighbour(world: World, of: NetworkInterface, role: Role, random: Random): NetworkInterface | null {
  const there = (world.byVpc.get(of.vpc) ?? []).filter((other) => other.role === role);
  return there.length === 0 ? null : random.pick(there);
}

function some(world: World, role: Role, random: Random): NetworkInterface {
  return random.pick(world.byRole.get(role) ?? world.interfaces);
}

type Maker = (world: World, minute: Minute) => void;

function visit(world: World, minute: Minute): void {
  const { random } = minute;
  const web = some(world, 'web', random);
  const port = random.next() < 0.88 ? 443 : 80;
  if (random.next() < 0.12) {
    const client = popular(world.population.clientsV6, random);
    exchange(minute, web, client, web.addressV6, port, TCP, random.skewed(2600), random.skewed(38_000));
    return;
  }
  const client = popular(world.population.clients, random);
  const quic = port === 443 && random.next() < 0.15;
  exchange(
    minute,
    web,
    client,
    web.address,
    port,
    quic ? UDP : TCP,
    random.skewed(2400),
    random.skewed(42_000),
  );
}

function callWithin(from: Role, to: Role, port: number, there: number, back: number): Maker {
  return (world, minute) => {
    const { random } = minute;
    const caller = some(world, from, random);
    const callee = neighbour(world, caller, to, random);
    if (callee === null) return;
    const at = random.next() < 0.5 ? caller : callee;
    exchange(
      minute,
      at,
      caller.address,
      callee.address,
      port,
      TCP,
      random.skewed(there),
      random.skewed(back),
    );
  };
}

function callOut(world: World, minute: Minute): void {
  const { random } = minute;
  const at = some(world, random.next() < 0.6 ? 'nat' : 'worker', random);
  const service = popular(SERVICES, random);
  exchange(minute, at, at.address, service, 443, TCP, random.skewed(9000), random.skewed(26_000));
}

function askNamesAndTime(world: World, minute: Minute): void {
  const { random } = minute;
  const at = some(world, random.next() < 0.5 ? 'nat' : 'app', random);
  if (random.next() < 0.8) exchange(minute, at, at.address, random.pick(RESOLVERS), 53, UDP, 74, 190);
  else exchange(minute, at, at.address, random.pick(TIME_SERVERS), 123, UDP, 76, 76);
}

function ping(world: World, minute: Minute): void {
  const { random, emit } = minute;
  const from = some(world, 'bastion', random);
  const at = random.pick(world.byVpc.get(from.vpc) ?? world.interfaces);
  const start = minute.start + random.between(0, 58);
  const packets = random.between(1, 5);
  const common = { at, packets, start, end: start + 1, action: 'ACCEPT' as const, fromPort: 0, toPort: 0 };
  if (random.next() < 0.15) {
    emit({
      ...common,
      from: from.addressV6,
      to: at.addressV6,
      fromPort: 0,
      protocol: ICMPV6,
      bytes: packets * 104,
    });
  } else emit({ ...common, from: from.address, to: at.address, protocol: ICMP, bytes: packets * 84 });
}

function probe(world: World, minute: Minute): void {
  const { random } = minute;
  const at = some(world, random.weighted(EXPOSED), random);
  const source = popular(world.population.noise, random);
  const kind = random.next();
  if (kind < 0.06) refuse(minute, at, source, at.address, 0, ICMP);
  else if (kind < 0.14) refuse(minute, at, source, at.address, random.pick([161, 123, 1900, 5060, 53]), UDP);
  else refuse(minute, at, source, at.address, random.weighted(PROBED_PORTS), TCP);
}
const EXPOSED: readonly Weighted<Role>[] = [
  { item: 'web', weight: 6 },
  { item: 'bastion', weight: 3 },
  { item: 'nat', weight: 3 },
];

/** What our own side tries and may not: a forgotten mail relay, an old database password, printers. */
function strayOut(world: World, minute: Minute): void {
  const { random } = minute;
  const at = some(world, random.next() < 0.7 ? 'worker' : 'app', random);
  if (random.next() < 0.5) {
    const peer = neighbour(world, at, 'database', random);
    if (peer !== null) refuse(minute, at, at.address, peer.address, random.pick([3306, 1521, 1433]), TCP);
    return;
  }
  refuse(
    minute,
    at,
    at.address,
    popular(world.population.clients, random),
    random.pick([25, 25, 25, 6667, 445, 123]),
    TCP,
  );
}

const MAKERS: readonly Weighted<Maker>[] = [
  { item: visit, weight: 34 },
  { item: callWithin('web', 'app', 8080, 3000, 36_000), weight: 14 },
  { item: callWithin('app', 'database', 5432, 2200, 24_000), weight: 10 },
  { item: callWithin('app', 'cache', 6379, 600, 3000), weight: 7 },
  { item: callWithin('worker', 'database', 5432, 5200, 61_000), weight: 5 },
  { item: callWithin('bastion', 'app', 22, 4200, 6100), weight: 1 },
  { item: callOut, weight: 8 },
  { item: askNamesAndTime, weight: 5 },
  { item: ping, weight: 2 },
  { item: strayOut, weight: 2 },
];

/** Everyday traffic: `records` of it on average, about a fifth of it refused probes from the internet. */
export function everyday(world: World, minute: Minute, records: number, probes: number): void {
  const { random } = minute;
  for (let left = random.poisson(records / 1.88); left > 0; left--) random.weighted(MAKERS)(world, minute);
  for (let left = random.poisson(probes); left > 0; left--) probe(world, minute);
}
