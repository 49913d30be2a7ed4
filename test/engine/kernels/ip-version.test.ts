import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ipVersion } from '../../../src/engine/kernels/ip-version.ts';

const part = fc.oneof(
  fc.constantFrom('', '0', '00', '01', '1', '255', '256', 'ff', 'FFFF', '12345', 'g'),
  fc.nat(300).map(String),
);
const mark = fc.constantFrom('.', ':', '::', '');
const text = fc
  .array(fc.tuple(part, mark), { maxLength: 10 })
  .map((pieces) => pieces.map(([number, after]) => number + after).join(''));

test('tells what Node tells of any text without a zone', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), text, fc.string()), (ip) => {
      fc.pre(!ip.includes('%'));
      expect([ip, ipVersion(ip)]).toEqual([ip, isIP(ip)]);
    }),
    { numRuns: 3000 },
  );
});

test('an address with a zone is none', () => {
  expect(ipVersion('fe80::1%eth0')).toBe(0);
});
