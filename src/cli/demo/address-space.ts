import type { Random } from './random.ts';

/**
 * Address blocks of internet providers, with how much of the traffic comes from each. Addresses drawn
 * from them are made up: they only have to look real and be found on a map.
 */
const CLIENT_BLOCKS: readonly (readonly [block: string, weight: number])[] = [
  ['24.0.0.0/12', 9],
  ['73.0.0.0/9', 14],
  ['98.192.0.0/11', 7],
  ['71.160.0.0/12', 6],
  ['70.48.0.0/13', 4],
  ['24.200.0.0/14', 2],
  ['86.0.0.0/11', 6],
  ['81.128.0.0/11', 5],
  ['84.128.0.0/10', 7],
  ['91.0.0.0/10', 5],
  ['90.0.0.0/10', 5],
  ['79.0.0.0/11', 3],
  ['83.32.0.0/12', 3],
  ['217.208.0.0/13', 2],
  ['77.160.0.0/13', 2],
  ['83.0.0.0/12', 2],
  ['177.0.0.0/12', 4],
  ['187.0.0.0/11', 3],
  ['187.128.0.0/11', 2],
  ['181.0.0.0/12', 2],
  ['117.192.0.0/10', 4],
  ['106.192.0.0/11', 3],
  ['126.0.0.0/9', 4],
  ['60.32.0.0/12', 3],
  ['175.192.0.0/11', 3],
  ['1.120.0.0/13', 3],
  ['101.160.0.0/12', 2],
  ['105.112.0.0/12', 1],
  ['105.160.0.0/13', 1],
  ['156.192.0.0/12', 1],
  ['78.160.0.0/12', 2],
  ['36.64.0.0/12', 2],
  ['171.96.0.0/14', 1],
  ['49.144.0.0/14', 1],
  ['116.86.0.0/15', 2],
  ['79.176.0.0/13', 1],
  ['94.200.0.0/14', 1],
  ['190.160.0.0/14', 1],
  ['181.128.0.0/12', 1],
  ['41.248.0.0/14', 1],
  ['85.76.0.0/15', 1],
];

const CLIENT_BLOCKS_V6 = [
  '2600:1700:2a',
  '2601:646',
  '2003:e1',
  '2a01:cb04',
  '2400:4050',
  '2804:14c',
  '2405:201',
  '2a00:23c5',
  '2001:8003',
  '2607:fea8',
  '2a02:8109',
];

/** Where unasked-for traffic tends to come from: the client blocks and some more. */
const NOISE_BLOCKS: readonly (readonly [block: string, weight: number])[] = [
  ...CLIENT_BLOCKS.map(([block, weight]) => [block, weight / 10] as const),
  ['36.96.0.0/12', 9],
  ['223.64.0.0/11', 7],
  ['95.24.0.0/13', 7],
  ['14.160.0.0/12', 6],
  ['113.160.0.0/12', 5],
  ['121.128.0.0/11', 4],
  ['46.118.0.0/15', 3],
  ['88.224.0.0/12', 4],
  ['188.48.0.0/14', 2],
  ['189.0.0.0/11', 5],
  ['49.32.0.0/12', 5],
  ['201.128.0.0/11', 3],
];

/** The text of an IPv4 address given as a number. */
export function ipv4Text(address: number): string {
  return `${(address >>> 24) & 255}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

function addressIn(block: string, random: Random): string {
  const [network = '', length = '32'] = block.split('/');
  const base = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return ipv4Text(base + Math.floor(random.next() * 2 ** (32 - Number(length))));
}

function draw(blocks: readonly (readonly [string, number])[], random: Random): string {
  return addressIn(random.weighted(blocks.map(([item, weight]) => ({ item, weight }))), random);
}

function addressInV6(random: Random): string {
  const part = () => random.between(1, 0xffff).toString(16);
  return `${random.pick(CLIENT_BLOCKS_V6)}:${part()}::${part()}:${part()}`;
}

/** Clients by popularity: drawing with `popular` prefers the first ones, as a Zipf law does. */
export interface Population {
  readonly clients: readonly string[];
  readonly clientsV6: readonly string[];
  readonly noise: readonly string[];
}

/** The made-up inhabitants of the internet. */
export function populate(random: Random): Population {
  return {
    clients: Array.from({ length: 3000 }, () => draw(CLIENT_BLOCKS, random)),
    clientsV6: Array.from({ length: 400 }, () => addressInV6(random)),
    noise: Array.from({ length: 1500 }, () => draw(NOISE_BLOCKS, random)),
  };
}

/** One of the items, the first ones far more often (a continuous form of Zipf's law, exponent about 0.7). */
export function popular<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(items.length * random.next() ** 3.2)]!;
}
