/**
 * The IPv4 address in `bytes[start, end)` as an unsigned 32-bit number, or -1: four decimal numbers
 * of 0 to 255 with dots between, without leading zeros.
 */
export function ipv4FromBytes(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 7 || end - start > 15) return -1;
  let address = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0x2e) {
      if (digits === 0 || ++dots > 3) return -1;
      address = address * 256 + part;
      part = 0;
      digits = 0;
    } else {
      const digit = byte - 0x30;
      if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return -1;
      part = part * 10 + digit;
      digits++;
      if (part > 255) return -1;
    }
  }
  return dots === 3 && digits > 0 ? address * 256 + part : -1;
}

const scratch = new Uint8Array(16);

/** `ipv4FromBytes` for a text. */
export function ipv4FromText(text: string): number {
  if (text.length > 15) return -1;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return -1;
    scratch[at] = unit;
  }
  return ipv4FromBytes(scratch, 0, text.length);
}

/** The dotted form of an unsigned 32-bit number. */
export function ipv4Text(address: number): string {
  return `${Math.floor(address / 0x1000000)}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The mask whose top `length` bits are set, as an unsigned 32-bit number. */
export function maskOfLength(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** A network: its first address and its mask, unsigned. */
interface Network {
  readonly address: number;
  readonly mask: number;
}

function network(text: string): Network {
  const [address, length] = text.split('/') as [string, string];
  return { address: ipv4FromText(address), mask: maskOfLength(Number(length)) };
}

/** RFC 1918. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(network);

/** RFC 5735, section 4: special use, the private blocks among them. */
const RESERVED = [
  ...PRIVATE,
  ...[
    '0.0.0.0/8',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ].map(network),
];

/** The networks by first byte, so that most addresses meet an empty list. */
function byFirstByte(networks: readonly Network[]): readonly (readonly Network[])[] {
  return Array.from({ length: 256 }, (_, byte) =>
    networks.filter(({ address, mask }) => {
      const low = Math.max(Math.floor(address / 0x1000000), 0);
      const high = Math.floor((address + (0xffffffff - mask)) / 0x1000000);
      return byte >= low && byte <= high;
    }),
  );
}

const PRIVATE_BY_BYTE = byFirstByte(PRIVATE);
const RESERVED_BY_BYTE = byFirstByte(RESERVED);

function within(networks: readonly (readonly Network[])[], address: number): boolean {
  for (const { address: first, mask } of networks[address >>> 24] as readonly Network[]) {
    if (((address & mask) ^ first) === 0) return true;
  }
  return false;
}

/** Whether the address is private (RFC 1918). */
export function isPrivateIPv4(address: number): boolean {
  return within(PRIVATE_BY_BYTE, address);
}

/** Whether the address is for special use (RFC 5735), the private blocks included. */
export function isReservedIPv4(address: number): boolean {
  return within(RESERVED_BY_BYTE, address);
}

/** The prefix length that a text stands for, 0 to 32, or -1. */
export function prefixLength(text: string): number {
  if (!/^\s*\d{1,2}\s*$/.test(text)) return -1;
  const length = Number(text);
  return length <= 32 ? length : -1;
}
