import type { NetworkInterface } from './network.ts';
import type { Minute, World } from './traffic.ts';

/**
 * The demo threat feed's addresses, by what they do here. They lie in blocks that exist for research
 * and special purposes (routing beacons, AS112, automatic multicast tunnelling), where nobody's service lives.
 */
export const THREATS = {
  scanner: '84.205.64.77',
  slowScanner: '84.205.67.19',
  bruteForce: '84.205.75.42',
  dropSite: '84.205.80.9',
  commandAndControl: '1.2.3.200',
  others: [
    '84.205.77.131',
    '84.205.82.66',
    '93.175.146.11',
    '184.164.236.50',
    '192.31.196.3',
    '192.52.193.8',
    '192.175.48.90',
  ],
} as const;

const HOUR = 3600;
const TCP = 6;

/** An incident runs for the minutes `[from, to)`, in seconds before the end of the data. */
interface Incident {
  readonly from: number;
  readonly to: number;
  readonly run: (world: World, minute: Minute) => void;
}

const INCIDENTS: readonly Incident[] = [
  { from: 9 * HOUR, to: 9 * HOUR - 18 * 60, run: portScan(THREATS.scanner, 0) },
  { from: 52 * HOUR, to: 52 * HOUR - 9 * 60, run: portScan(THREATS.scanner, 2) },
  { from: 96 * HOUR, to: 0, run: slowScan },
  { from: 15 * HOUR, to: 12 * HOUR, run: bruteForce },
  { from: 5 * HOUR, to: 5 * HOUR - 40 * 60, run: exfiltration },
  { from: 60 * HOUR, to: 0, run: beacon },
  { from: 96 * HOUR, to: 0, run: knownThreats },
];

/** Runs the incidents of a minute that lies `beforeEnd` seconds before the end of the data. */
export function incidents(world: World, minute: Minute, beforeEnd: number): void {
  for (const { from, to, run } of INCIDENTS) if (beforeEnd <= from && beforeEnd > to) run(world, minute);
}

function first(world: World, role: NetworkInterface['role'], position: number): NetworkInterface {
  const all = world.byRole.get(role) ?? world.interfaces;
  return all[position % all.length]!;
}

function tcp(
  minute: Minute,
  at: NetworkInterface,
  from: string,
  fromPort: number,
  to: string,
  toPort: number,
  packets: number,
  bytes: number,
  action: 'ACCEPT' | 'REJECT',
): void {
  const start = minute.start + minute.random.between(0, 55);
  minute.emit({
    at,
    from,
    to,
    fromPort,
    toPort,
    protocol: TCP,
    packets,
    bytes,
    start,
    end: start + minute.random.between(1, 4),
    action,
  });
}

/** Walks through the ports of one web server, 70 a minute; only 80 and 443 answer. */
function portScan(scanner: string, target: number): Incident['run'] {
  return (world, minute) => {
    const at = first(world, 'web', target);
    const from = ((minute.start / 60) % 15) * 70;
    for (let step = 1; step <= 70; step++) {
      const port = from + step;
      const open = port === 80 || port === 443;
      const source = minute.random.between(40_000, 60_000);
      tcp(minute, at, scanner, source, at.address, port, 1, 44, open ? 'ACCEPT' : 'REJECT');
      if (open) tcp(minute, at, at.address, port, scanner, source, 1, 44, 'ACCEPT');
    }
  };
}

/** One refused probe every few minutes, at another interface and port each time. */
function slowScan(world: World, minute: Minute): void {
  if (minute.random.next() > 0.2) return;
  const at = minute.random.pick(world.interfaces);
  const port = minute.random.between(1, 10_000);
  tcp(minute, at, THREATS.slowScanner, 51_000, at.address, port, 1, 40, 'REJECT');
}

/** Guesses at the password of the bastion: short accepted flows to port 22 and their answers. */
function bruteForce(world: World, minute: Minute): void {
  const at = first(world, 'bastion', 0);
  for (let guess = minute.random.between(8, 14); guess > 0; guess--) {
    const port = minute.random.between(30_000, 60_000);
    const packets = minute.random.between(18, 26);
    tcp(minute, at, THREATS.bruteForce, port, at.address, 22, packets, packets * 118, 'ACCEPT');
    tcp(minute, at, at.address, 22, THREATS.bruteForce, port, packets - 2, packets * 131, 'ACCEPT');
  }
}

/** A worker pours out what it read from its database: 15 to 25 MB a minute to one address. */
function exfiltration(world: World, minute: Minute): void {
  const at = first(world, 'worker', 0);
  const bytes = minute.random.between(15_000_000, 25_000_000);
  const port = 49_152 + ((minute.start / 60) % 3);
  tcp(minute, at, at.address, port, THREATS.dropSite, 443, Math.ceil(bytes / 1448), bytes, 'ACCEPT');
  const answer = Math.ceil(bytes / 2896);
  tcp(minute, at, THREATS.dropSite, 443, at.address, port, answer, answer * 52, 'ACCEPT');
}

/** A worker reports to its command server every five minutes, to the second. */
function beacon(world: World, minute: Minute): void {
  if ((minute.start / 60) % 5 !== 0) return;
  const at = first(world, 'worker', 1);
  const port = minute.random.between(49_152, 65_000);
  tcp(minute, at, at.address, port, THREATS.commandAndControl, 443, 6, 712, 'ACCEPT');
  tcp(minute, at, THREATS.commandAndControl, 443, at.address, port, 5, 640, 'ACCEPT');
}

/** The rest of the feed knocks now and then; the web servers answer, other interfaces refuse. */
function knownThreats(world: World, minute: Minute): void {
  const { random } = minute;
  if (random.next() > 0.3) return;
  const source = random.pick(THREATS.others);
  if (random.next() < 0.45) {
    const at = first(world, 'web', random.between(0, 4));
    const port = random.between(32_768, 60_000);
    tcp(minute, at, source, port, at.address, 443, 9, 1400, 'ACCEPT');
    tcp(minute, at, at.address, 443, source, port, 12, 9800, 'ACCEPT');
    return;
  }
  const at = random.pick(world.interfaces);
  const port = random.pick([22, 23, 3389, 8443]);
  if (random.next() < 0.8) tcp(minute, at, source, 47_000, at.address, port, 1, 40, 'REJECT');
  else tcp(minute, at, at.address, random.between(32_768, 60_000), source, 8443, 1, 60, 'REJECT');
}
