import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress, parseNetwork } from '../../src/lookups/address.ts';
import { indexNetworks } from '../../src/lookups/network-index.ts';

test('addresses of both families are read, everything else is not', () => {
  expect(parseAddress('255.255.255.255')).toEqual({ family: 4, number: 4294967295 });
  expect(parseAddress('0.0.0.0')).toEqual({ family: 4, number: 0 });
  expect(parseAddress('::')).toEqual({ family: 6, number: 0n });
  expect(parseAddress('2001:DB8::1')).toEqual({ family: 6, number: 0x20010db8000000000000000000000001n });
  expect(parseAddress('1:2:3:4:5:6:7:8')).toEqual({ family: 6, number: 0x00010002000300040005000600070008n });
  expect(parseAddress('::ffff:1.2.3.4')).toEqual({ family: 4, number: 0x01020304 });
  for (const text of [
    '',
    '-',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4 ',
    ':',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::g',
    '1:2:3:4:5:6:7::8:9',
  ]) {
    expect(parseAddress(text), text).toBeNull();
  }
});

test('networks clear their host bits', () => {
  expect(parseNetwork('10.1.2.3/8')).toEqual(parseNetwork('10.0.0.0/8'));
  expect(parseNetwork('0.0.0.0/0')?.last).toEqual({ family: 4, number: 4294967295 });
  expect(parseNetwork('::/0')?.last).toEqual({ family: 6, number: (1n << 128n) - 1n });
  for (const text of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '::/129', 'x/8'])
    expect(parseNetwork(text)).toBeNull();
});

const network = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 8 }))
  .map(([host, bits]) => `10.0.0.${host}/${24 + bits}`);

test('law: the smallest containing network wins, the last of equal ones', () => {
  fc.assert(
    fc.property(fc.array(network, { maxLength: 25 }), (networks) => {
      const ranges = networks.map(parseNetwork);
      const index = indexNetworks(ranges);
      for (let host = 0; host < 256; host++) {
        const address = 0x0a000000 + host;
        let best = -1;
        let bestSize = Infinity;
        ranges.forEach((range, row) => {
          if (range === null || range.first.family !== 4 || range.last.family !== 4) return;
          const size = range.last.number - range.first.number;
          if (address < range.first.number || address > range.last.number || size > bestSize) return;
          best = row;
          bestSize = size;
        });
        expect(index.find(`10.0.0.${host}`)).toBe(best);
      }
    }),
  );
});

test('both families live in one index', () => {
  const index = indexNetworks(
    ['10.0.0.0/8', '2001:db8::/32', '2001:db8:1::/48', null].map((text) =>
      text === null ? null : parseNetwork(text),
    ),
  );
  expect(index.find('10.255.255.255')).toBe(0);
  expect(index.find('2001:db8::')).toBe(1);
  expect(index.find('2001:db8:1:ffff::')).toBe(2);
  expect(index.find('2001:db8:2::')).toBe(1);
  expect(index.find('2001:db9::')).toBe(-1);
});
