/** An IP address as a number: 32 bits of `v4`, or 128 bits of `v6`. */
export type Address =
  | { readonly family: 4; readonly number: number }
  | { readonly family: 6; readonly number: bigint };

/** The addresses `[first, last]`, both of one family. */
export interface AddressRange {
  readonly first: Address;
  readonly last: Address;
}

/** Reads an IPv4 or IPv6 address, null for any other text. IPv4-mapped IPv6 (`::ffff:1.2.3.4`) counts as IPv4. */
export function parseAddress(text: string): Address | null {
  if (text.includes(':')) return parseV6(text);
  const number = parseV4(text);
  return number === null ? null : { family: 4, number };
}

/** Dotted decimal with four parts of 0 to 255, without leading zeros. */
function parseV4(text: string): number | null {
  let number = 0;
  let part = 0;
  let digits = 0;
  let parts = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 46 : text.charCodeAt(at);
    if (code === 46) {
      if (digits === 0 || ++parts > 4) return null;
      number = number * 256 + part;
      part = 0;
      digits = 0;
      continue;
    }
    if (code < 48 || code > 57 || (digits > 0 && part === 0)) return null;
    part = part * 10 + (code - 48);
    if (++digits > 3 || part > 255) return null;
  }
  return parts === 4 ? number : null;
}

function parseV6(text: string): Address | null {
  let full = text;
  const dot = text.indexOf('.');
  if (dot >= 0) {
    const start = text.lastIndexOf(':') + 1;
    const v4 = parseV4(text.slice(start));
    if (v4 === null) return null;
    full = `${text.slice(0, start)}${Math.floor(v4 / 65536).toString(16)}:${(v4 % 65536).toString(16)}`;
  }
  const halves = full.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = tail === undefined ? 0 : 8 - head.length - tail.length;
  const parts =
    tail === undefined ? head : [...head, ...new Array<string>(Math.max(missing, 0)).fill('0'), ...tail];
  if (parts.length !== 8 || (tail !== undefined && missing < 1)) return null;
  let number = 0n;
  for (const part of parts) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
    number = (number << 16n) | BigInt(Number.parseInt(part, 16));
  }
  if (number >> 32n === 0xffffn) return { family: 4, number: Number(number & 0xffffffffn) };
  return { family: 6, number };
}

/** The text by which an address file knows the address: dotted decimal also for IPv4-mapped IPv6. */
export function plainText(address: Address, text: string): string {
  if (address.family === 6 || !text.includes(':')) return text;
  const { number } = address;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address; null for any other text. Host bits are cleared. */
export function parseNetwork(text: string): AddressRange | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  if (slash < 0) return { first: address, last: address };
  const lengthText = text.slice(slash + 1);
  const length = /^\d{1,3}$/.test(lengthText) ? Number(lengthText) : -1;
  if (length < 0 || length > (address.family === 4 ? 32 : 128)) return null;
  if (address.family === 4) {
    const size = 2 ** (32 - length);
    const first = Math.floor(address.number / size) * size;
    return { first: { family: 4, number: first }, last: { family: 4, number: first + size - 1 } };
  }
  const bits = BigInt(128 - length);
  const first = (address.number >> bits) << bits;
  return { first: { family: 6, number: first }, last: { family: 6, number: first + (1n << bits) - 1n } };
}
