import { type Column, type ConstantColumn, constantColumn, FALSE } from '../columns/column.ts';
import { textOf } from '../columns/value.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { ipv4FromBytes, ipv4FromText, maskOfLength, prefixLength } from '../kernels/ipv4.ts';
import { testText, truth } from '../kernels/test-text.ts';

/** `compareCIDRPrefix(ip1, ip2, length)`. */
export const compareCIDRPrefix = defineFunction({
  name: 'compareCIDRPrefix',
  summary: 'True when two IPv4 addresses lie in the same network of a prefix length.',
  description:
    'The length is a text or a number from 0 to 32. An address or a length that is not valid gives false, and so does null.',
  parameters: [
    { name: 'ip1', type: 'string' },
    { name: 'ip2', type: 'string' },
    { name: 'length', type: 'string' },
  ],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([ip1, ip2, length]) => {
    if (ip1 === null || ip2 === null || length === null) return false;
    const first = ipv4FromText(ip1 as string);
    const second = ipv4FromText(ip2 as string);
    const bits = prefixLength(length as string);
    return first >= 0 && second >= 0 && bits >= 0 && ((first ^ second) & maskOfLength(bits)) === 0;
  },
  kernel: ([ip1, ip2, length], rows) => {
    if (ip1 === undefined || ip2 === undefined || length === undefined) return null;
    if (length.kind !== 'constant') return null;
    if (ip2.kind === 'constant') return compareWith(ip2, length, ip1, rows);
    if (ip1.kind === 'constant') return compareWith(ip1, length, ip2, rows);
    return null;
  },
  examples: [
    exampleOf('compareCIDRPrefix("10.10.1.32", "10.10.1.60", "27")', 'true'),
    exampleOf('compareCIDRPrefix("10.10.1.32", "10.10.2.60", "27")', 'false'),
  ],
});

/** Remembered per network, because a test remembers its answers per dictionary. */
const tests = new Map<string, ReturnType<typeof testText>>();
const REMEMBERED_TESTS = 500;

function compareWith(
  network: ConstantColumn,
  length: ConstantColumn,
  ip: Column,
  rows: number,
): Column | null {
  if (network.value === null || length.value === null) return constantColumn(false, rows);
  const key = `${textOf(network.value)}/${textOf(length.value)}`;
  let test = tests.get(key);
  if (test === undefined) {
    test = testText(networkTest(textOf(network.value), textOf(length.value)), FALSE);
    if (tests.size < REMEMBERED_TESTS) tests.set(key, test);
  }
  return test(ip);
}

function networkTest(
  network: string,
  length: string,
): (bytes: Uint8Array, start: number, end: number) => number {
  const address = ipv4FromText(network);
  const bits = prefixLength(length);
  if (address < 0 || bits < 0) return () => truth(false);
  const mask = maskOfLength(bits);
  return (bytes, start, end) => {
    const found = ipv4FromBytes(bytes, start, end);
    return truth(found >= 0 && ((found ^ address) & mask) === 0);
  };
}
