import { once } from '../engine/once.ts';
import type { LookupTable } from '../engine/source.ts';
import { parseAddress, parseNetwork } from './address.ts';
import { addressTable } from './address-table.ts';
import { dependencyFile } from './bundled-file.ts';
import type { CsvFile } from './csv.ts';
import { mmdbTable } from './mmdb-table.ts';
import { indexNetworks } from './network-index.ts';
import { valueAtPath } from './value-at-path.ts';

/** What a network lookup offers; the number is text, as in logs. */
const ASN_COLUMNS = [
  'ip',
  'asn',
  'organization',
  'registering_organization',
  'carrier_organization',
] as const;

/** To be shown wherever results of the bundled network data are shown (CC BY 4.0 asks for it). */
export const ASN_ATTRIBUTION =
  'AS numbers by RouteViews, NRO and DB-IP (https://db-ip.com), CC BY 4.0, merged by ip-location-db';

const PACKAGE = '@ip-location-db/asn';

/** The network data that comes with weir, read when first asked; null when the data package is missing. */
export function bundledAsnTable(): LookupTable | null {
  const v4 = once(() => readRangesV4(dependencyFile(PACKAGE, 'asn-ipv4-num.csv')));
  const v6 = once(() => readRangesV6(dependencyFile(PACKAGE, 'asn-ipv6.csv')));
  if (v4() === null) return null;
  return addressTable('asn://default', ASN_COLUMNS, (text) => {
    const address = parseAddress(text);
    if (address === null) return null;
    const found = address.family === 4 ? v4()?.find(address.number) : v6()?.find(address.number);
    return found === undefined || found === null ? null : asnRow(text, found[0], found[1]);
  });
}

/** Network data of a user in MaxMind's file format. */
export function asnTableFromMmdb(name: string, bytes: Uint8Array): LookupTable {
  return mmdbTable(name, ASN_COLUMNS, bytes, (address, record) => {
    const number = valueAtPath(record, ['autonomous_system_number']);
    const organization = valueAtPath(record, ['autonomous_system_organization']);
    if (number === undefined && organization === undefined) return null;
    return asnRow(
      address,
      number === undefined ? null : String(number),
      typeof organization === 'string' ? organization : null,
    );
  });
}

/** Network data of a user as CSV: a `network` column (CIDR), `asn` and `organization`. */
export function asnTableFromCsv(name: string, file: CsvFile): LookupTable {
  const at = (column: string) => file.columns.findIndex((each) => each.toLowerCase() === column);
  const index = indexNetworks(file.rows.map((row) => parseNetwork(row[at('network')] ?? '')));
  return addressTable(name, ASN_COLUMNS, (address) => {
    const row = file.rows[index.find(address)];
    if (row === undefined) return null;
    const organization = row[at('organization')] ?? null;
    return [
      address,
      row[at('asn')] ?? null,
      organization,
      row[at('registering_organization')] ?? organization,
      row[at('carrier_organization')] ?? organization,
    ];
  });
}

function asnRow(ip: string, asn: string | null, organization: string | null): readonly (string | null)[] {
  return [ip, asn, organization, organization, organization];
}

type Found = readonly [asn: string, organization: string | null];

/** Sorted ranges of addresses with the number and name of the network that each belongs to. */
interface Ranges<N> {
  find(address: N): Found | null;
}

const COMMA = 44;
const NEWLINE = 10;

/**
 * Reads lines `first,last,number,name` with addresses as decimal numbers, sorted. Half a million
 * lines are read in well under a second since only positions are kept; names are decoded on a hit.
 */
function readRangesV4(bytes: Buffer | null): Ranges<number> | null {
  if (bytes === null) return null;
  let lines = 0;
  for (const byte of bytes) if (byte === NEWLINE) lines++;
  const firsts = new Uint32Array(lines + 1);
  const lasts = new Uint32Array(lines + 1);
  const texts = new Uint32Array(lines + 1);
  let row = 0;
  let at = 0;
  const number = () => {
    let value = 0;
    while (at < bytes.length && bytes[at] !== COMMA) value = value * 10 + bytes[at++]! - 48;
    at++;
    return value;
  };
  while (at < bytes.length) {
    firsts[row] = number();
    lasts[row] = number();
    texts[row++] = at;
    const end = bytes.indexOf(NEWLINE, at);
    at = end < 0 ? bytes.length : end + 1;
  }
  return {
    find(address) {
      const found = lastAtMost(row, (middle) => firsts[middle]! <= address);
      return found < 0 || address > lasts[found]! ? null : readFound(bytes, texts[found]!);
    },
  };
}

/** The same lines with addresses as IPv6 text. */
function readRangesV6(bytes: Buffer | null): Ranges<bigint> | null {
  if (bytes === null) return null;
  const firsts: bigint[] = [];
  const lasts: bigint[] = [];
  const texts: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes.indexOf(COMMA, at);
    const second = bytes.indexOf(COMMA, first + 1);
    const from = parseAddress(bytes.toString('latin1', at, first));
    const to = parseAddress(bytes.toString('latin1', first + 1, second));
    if (from?.family === 6 && to?.family === 6) {
      firsts.push(from.number);
      lasts.push(to.number);
      texts.push(second + 1);
    }
    const end = bytes.indexOf(NEWLINE, second);
    at = end < 0 ? bytes.length : end + 1;
  }
  return {
    find(address) {
      const found = lastAtMost(firsts.length, (middle) => firsts[middle]! <= address);
      return found < 0 || address > lasts[found]! ? null : readFound(bytes, texts[found]!);
    },
  };
}

/** The last of `count` positions for which `holds` is true, given that it is true up to some position; -1 for none. */
function lastAtMost(count: number, holds: (position: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function readFound(bytes: Buffer, start: number): Found {
  const end = bytes.indexOf(NEWLINE, start);
  const line = bytes.toString('utf8', start, end < 0 ? bytes.length : end).trimEnd();
  const comma = line.indexOf(',');
  const name = line.slice(comma + 1);
  const plain = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
  return [line.slice(0, comma), plain === '' ? null : plain];
}
