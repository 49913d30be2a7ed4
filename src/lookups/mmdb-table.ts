import { Reader } from 'maxmind';
import type { Value } from '../engine/columns/value.ts';
import type { LookupTable } from '../engine/source.ts';
import { parseAddress, plainText } from './address.ts';
import { addressTable } from './address-table.ts';

/**
 * A table over a file in MaxMind's format. `rowOf` makes the row of an address from what the file has of
 * it, which may be nothing.
 */
export function mmdbTable(
  name: string,
  columns: readonly string[],
  bytes: Uint8Array,
  rowOf: (address: string, record: unknown) => readonly Value[] | null,
): LookupTable {
  const reader = mmdbReader(bytes);
  const only4 = reader.metadata.ipVersion === 4;
  return addressTable(name, columns, (text) => {
    const address = parseAddress(text);
    if (address === null || (only4 && address.family === 6)) return null;
    return rowOf(text, reader.get(plainText(address, text)));
  });
}

/** A reader of a file in MaxMind's format. */
export function mmdbReader(bytes: Uint8Array): Reader<never> {
  return new Reader<never>(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
