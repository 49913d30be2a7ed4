import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DAY = 86_400;

/** Seconds: the newest record starts just before this moment. */
export const END = Date.UTC(2025, 2, 15, 9, 37, 20) / 1000;

/** Files with everything that a run reads, and the moments that lie on the edges of ranges, seconds. */
export interface Material {
  readonly logs: readonly string[];
  readonly threats: string;
  readonly locations: string;
  readonly organizations: string;
}

/** Marsaglia's xorshift, 32 bits: a whole number below `limit`. */
function generator(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}

const ACCOUNTS = ['123456789010', '123456789011', '210987654321', 'unknown'];
const INTERFACES = Array.from({ length: 9 }, (_, at) => `eni-0a${at}b${at}c4d5e6f708${at}9`);
const PROTOCOLS = ['6', '6', '6', '6', '17', '17', '1', '47', '58', '146', '254'];
const HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
/** Public addresses, half of them in the feed or with a location. */
const PEERS = Array.from({ length: 24 }, (_, at) => `52.9${at % 3}.${at * 7}.${at * 5 + 3}`);
const INSIDE = Array.from(
  { length: 14 },
  (_, at) => [`10.${at}.0.${at + 4}`, `172.31.${at}.9`, `192.168.${at}.77`][at % 3]!,
);
/** Neither public nor private: loopback, link-local, documentation, benchmark, multicast, and edges of blocks. */
const SPECIAL = [
  '127.0.0.1',
  '169.254.10.10',
  '192.0.2.55',
  '198.18.0.1',
  '198.51.100.4',
  '203.0.113.9',
  '224.0.0.251',
  '255.255.255.255',
  '0.0.0.0',
  '100.64.0.1',
  '172.15.255.255',
  '172.32.0.0',
  '11.0.0.0',
  '9.255.255.255',
  '192.169.0.0',
  '223.255.255.255',
];
const SIX = ['2001:db8::17', 'fe80::1', '2a05:d018::dead:beef', '::1'];

/**
 * Writes flow logs of both forms over four and a half days, and small tables: `ports` is how many ports
 * occur, `headers` whether header lines are among the records.
 */
export function writeMaterial(
  folder: string,
  { seed, records, ports, headers }: { seed: number; records: number; ports: number; headers: boolean },
): Material {
  mkdirSync(folder, { recursive: true });
  const random = generator(seed);
  const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
  const port = () => (random(3) === 0 ? String(1 + random(ports)) : pick(['443', '80', '22', '53', '3389']));
  const address = () => pick([PEERS, PEERS, INSIDE, INSIDE, INSIDE, SPECIAL][random(6)]!);

  /** With `small`, without byte counts of ten digits: their place cannot be told from that of a time. */
  function record(small: boolean): string {
    const start = END - 1 - (random(5) === 0 ? random(600) : random(4.5 * DAY));
    const head = `2 ${pick(ACCOUNTS)} ${pick(INTERFACES)}`;
    if (random(40) === 0) {
      return `${head} - - - - - - - ${start} ${start + 60} - ${random(3) === 0 ? 'SKIPDATA' : 'NODATA'}`;
    }
    const six = random(20) === 0;
    const [from, to] = six ? [pick(SIX), pick(SIX)] : [address(), address()];
    const packets = 1 + random(90);
    const bytes = !small && random(60) === 0 ? 3_000_000_000 + random(1e9) : packets * (40 + random(1400));
    const action = random(50) === 0 ? pick(['accept', 'Accept', '-']) : random(3) === 0 ? 'REJECT' : 'ACCEPT';
    return `${head} ${from} ${to} ${port()} ${port()} ${pick(PROTOCOLS)} ${packets} ${bytes} ${start} ${start + random(600)} ${action} OK`;
  }

  /** Lines that are not quite records, made from one. */
  function odd(line: string): string {
    const words = line.split(' ');
    switch (random(headers ? 8 : 7)) {
      case 0:
        return words.slice(0, 13).join(' ');
      case 1:
        return `${line} ${pick(['extra', 'ACCEPT', ''])}`;
      case 2:
        return line.replace(' ', '  ');
      case 3:
        return [...words.slice(0, 8), '-', '-', ...words.slice(10)].join(' ');
      case 4:
        return [...words.slice(0, 6), '-', ...words.slice(7)].join(' ');
      case 5:
        return words.slice(3).join(' ');
      case 6:
        return `note ${line}`;
      default:
        return HEADER;
    }
  }

  const plain: string[] = [];
  const wrapped: string[] = [];
  while (plain.length + wrapped.length < records) {
    const line = random(25) === 0 ? odd(record(true)) : record(false);
    const into = random(2) === 0 ? plain : wrapped;
    // White space before JSON is part of the message in a file of text, but not in one of JSON.
    const text = into === wrapped ? wrap(line, random) : random(200) === 0 ? ` ${wrap(line, random)}` : line;
    for (let copies = random(30) === 0 ? 3 : 1; copies > 0; copies--) into.push(text);
  }
  // The edges of the range that the queries ask for.
  for (const second of [END - DAY - 1, END - DAY, END - DAY + 1, END - 1, END, END + 1]) {
    plain.push(
      `2 ${ACCOUNTS[0]} ${INTERFACES[0]} 52.90.0.3 10.0.0.4 5555 443 6 7 700 ${second} ${second + 9} ACCEPT OK`,
    );
  }

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const half = plain.length >> 1;
  return {
    logs: [
      file('plain-1.log', `${plain.slice(0, half).join('\n')}\n`),
      file('plain-2.log', plain.slice(half).join('\n')),
      file('wrapped.log', `${wrapped.join('\n')}\n`),
    ],
    threats: file('threats.csv', threats()),
    locations: file('locations.csv', locations()),
    organizations: file('organizations.csv', organizations()),
  };
}

/** The line as the CloudWatch forwarder sends it, its keys in any order and some of them missing. */
function wrap(line: string, random: (limit: number) => number): string {
  const stream: [string, unknown][] = [
    ['logStream', `${line.split(' ')[2]}-all`],
    ['logGroup', 'vpc/flow logs'],
    ['direction', random(2) === 0 ? 'inbound' : 'outbound'],
    ['vpc-id', 'vpc-1'],
    ['aws-region', 'eu-west-1'],
  ];
  const kept = stream.filter(() => random(6) > 0);
  const message: [string, unknown] = ['message', line];
  const at = random(kept.length + 1);
  const pairs = [...kept.slice(0, at), message, ...kept.slice(at)];
  switch (random(60)) {
    case 0:
      return JSON.stringify(Object.fromEntries(kept)); // no message at all
    case 1:
      return `{"message":null,"note":"${line}"}`;
    case 2:
      return `{"message":{"inner":"${line}"}}`;
    case 3:
      return `{"message":"${line}", broken`;
    case 4:
      return JSON.stringify(Object.fromEntries(pairs)).replaceAll('-', '\\u002d');
    default:
      return JSON.stringify(Object.fromEntries(pairs));
  }
}

const csvText = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Indicators of all levels and types; labels with slashes and quotes, lists that are empty or missing. */
function threats(): string {
  const lines = ['threat,type,actor,threatlevel,raw'];
  PEERS.forEach((threat, at) => {
    if (at % 2 === 1) return;
    const raw: Record<string, unknown> = { indicator: threat, last_updated: 1_690_000_000 + at * 86_401 };
    if (at % 3 === 0) raw.malware_families = ['Alpha', 'Beta Gamma'].slice(0, at % 4);
    if (at % 5 !== 0) raw.labels = [{ name: 'Kill Chain/C2' }, { name: `Type/"Bot" ${at}` }].slice(at % 2);
    if (at % 7 === 4) delete raw.last_updated;
    const level = ['high', 'medium', 'high', 'low', 'unverified'][at % 5]!;
    const type = at === 4 ? 'url' : 'ip_address';
    lines.push([threat, type, `ACTOR ${at}`, level, csvText(JSON.stringify(raw))].join(','));
  });
  for (const threat of ['198.51.100.4', '10.0.0.4', '2001:db8::17']) {
    const raw = { last_updated: 1_690_000_000, labels: [{ name: 'a/b/c' }] };
    lines.push([threat, 'ip_address', 'INSIDER', 'high', csvText(JSON.stringify(raw))].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** Networks within networks: the narrowest one that holds an address counts. */
function locations(): string {
  const rows = [
    '52.90.0.0/16,39.04372,-77.48749,US,United States,Virginia,Ashburn,20149',
    '52.91.0.0/16,53.34980,-6.26031,IE,Ireland,Leinster,Dublin,D02',
    '52.91.7.0/24,-33.86785,151.20732,AU,Australia,New South Wales,Sydney,2000',
    '11.0.0.0/8,0,0,ZZ,Null Island,North,Middle,00000',
    '2001:db8::/32,1.5,2.5,XX,Six,R,C,1',
  ];
  return `network,latitude,longitude,country_code,country_name,region,city,postal_code\n${rows.join('\n')}\n`;
}

function organizations(): string {
  const rows = [
    '52.0.0.0/8,64500,Wide Net',
    '52.91.0.0/16,64501,"Narrow, Inc."',
    '9.0.0.0/8,64502,Nine',
    '2001:db8::/32,64503,Six',
  ];
  return `network,asn,organization\n${rows.join('\n')}\n`;
}
