import { describe, expect, it } from 'vitest';
import { linkText } from '../../../src/engine/columns/link.ts';
import type { CompiledRegex, FunctionArgument } from '../../../src/engine/define.ts';
import { compileRegex } from '../../../src/engine/regex/compile-regex.ts';
import { registry } from '../../../src/engine/registry.ts';
import { applyFunction, call, functionNamed, testContext } from './apply.ts';

function regex(source: string): CompiledRegex {
  const compiled = compileRegex(source);
  if ('error' in compiled) throw new Error(compiled.error);
  return compiled.regex;
}

type Case = readonly [name: string, args: readonly FunctionArgument[], expected: unknown];

function cases(title: string, table: readonly Case[]): void {
  describe(title, () => {
    it.each(table.map(([name, args, expected]) => [name, JSON.stringify(args), expected, args] as const))(
      '%s%s is %s',
      (name, _, expected, args) => {
        expect(call(name, ...args)).toBe(expected);
      },
    );
  });
}

cases('math', [
  ['abs', [-1.5], 1.5],
  ['abs', ['-2'], 2],
  ['abs', ['x'], null],
  ['abs', [null], null],
  ['ceil', [-1.5], -1],
  ['floor', [-1.5], -2],
  ['max', [3, 70], 70],
  ['min', [3, 70], 3],
  ['sqrt', [-1], Number.NaN],
  ['cbrt', [8], 2],
  ['pow', [2, 8], 256],
  ['hypot', [3, 4], 5],
  ['exp', [1], Math.E],
  ['expm1', [0.1], 0.10517091807564763],
  ['log', [2], Math.LN2],
  ['log', [0], -Infinity],
  ['log10', [2], 0.3010299956639812],
  ['log1p', [0.1], 0.09531017980432487],
  ['sin', [1], 0.8414709848078965],
  ['cos', [1], 0.5403023058681398],
  ['tan', [1], 1.5574077246549023],
  ['asin', [1], 1.5707963267948966],
  ['acos', [2], Number.NaN],
  ['atan', [1], 0.7853981633974483],
  ['atan2', [0, -1], Math.PI],
  ['sinh', [1], 1.1752011936438014],
  ['cosh', [1], 1.5430806348152437],
  ['tanh', [1], 0.7615941559557649],
  ['toDegrees', [Math.asin(1)], 90],
  ['toRadians', [180], Math.PI],
  ['signum', [-7], -1],
  ['isNaN', ['abc'], true],
  ['isNaN', ['7'], false],
  ['isNaN', [Number.NaN], true],
  ['isNaN', [' '], null],
  ['isNaN', [null], null],
  ['isInfinity', [5 / 0], true],
  ['isInfinity', ['-Infinity'], true],
  ['isInfinity', ['abc'], false],
  ['isInfinity', [''], null],
]);

cases('round', [
  ['round', [1.549, 2], 1.55],
  ['round', [1.005, 2], 1.01],
  ['round', [2.5], 3],
  ['round', [-2.5], -2],
  ['round', [-2.55, 1], -2.5],
  ['round', [-2.551, 1], -2.6],
  ['round', [0.49999999999999994], 0],
  ['round', [1234, -2], 1200],
  ['round', [1250, -2], 1300],
  ['round', [5, -2], 0],
  ['round', [99.995, 2], 100],
  ['round', [1e300, 2], 1e300],
  ['round', [Number.POSITIVE_INFINITY, 2], Number.POSITIVE_INFINITY],
  ['round', ['1.26', '1'], 1.3],
  ['round', [5e-324, 536871200], 5e-324],
  ['round', [1.5, -536871200], 0],
  ['round', [1.5, Number.NaN], Number.NaN],
]);

cases('nulls and emptiness', [
  ['isNull', [null], true],
  ['isNull', [''], false],
  ['isNull', [' '], false],
  ['isEmpty', [null], true],
  ['isEmpty', [''], true],
  ['isEmpty', [' '], false],
  ['isEmpty', ['bob'], false],
  ['isEmpty', [0], false],
  ['isBlank', [null], true],
  ['isBlank', [''], true],
  ['isBlank', [' \t\u00a0'], true],
  ['isBlank', [' bob '], false],
]);

cases('isNumeric', [
  ['isNumeric', ['1e5'], true],
  ['isNumeric', ['0x1F'], true],
  ['isNumeric', ['0X1g'], false],
  ['isNumeric', ['09'], false],
  ['isNumeric', ['07'], true],
  ['isNumeric', ['0.9'], true],
  ['isNumeric', ['00.9'], true],
  ['isNumeric', ['123L'], true],
  ['isNumeric', ['1.5f'], true],
  ['isNumeric', ['1.5L'], false],
  ['isNumeric', ['-7'], true],
  ['isNumeric', ['+.5'], true],
  ['isNumeric', ['5.'], true],
  ['isNumeric', [' 5'], false],
  ['isNumeric', [''], false],
  ['isNumeric', [null], false],
  ['isNumeric', ['.'], false],
  ['isNumeric', ['1e'], false],
  ['isNumeric', [9], true],
]);

cases('casts', [
  ['num', ['1.50'], 1.5],
  ['num', ['007'], 7],
  ['num', [' 7 '], 7],
  ['num', ['0x10'], null],
  ['num', [true], null],
  ['number', ['5'], 5],
  ['double', ['5'], 5],
  ['toNumber', ['5'], 5],
  ['toLong', ['1.9'], 1],
  ['toLong', [-1.9], -1],
  ['long', ['1700000000000'], 1700000000000],
  ['toLong', ['x'], null],
  ['toLong', [Number.NaN], null],
  ['toInt', ['2147483647'], 2147483647],
  ['toInt', ['2147483648'], null],
  ['int', [-0.5], 0],
  ['toString', [1200], '1200'],
  ['toString', [1e14], '100000000000000'],
  ['toString', [1.5], '1.5'],
  ['toString', [true], 'true'],
  ['toString', [null], null],
  ['fromSeconds', ['1418530010'], 1418530010000],
  ['fromSeconds', ['x'], null],
  ['fromMillis', ['1418530010000'], 1418530010000],
  ['toMillis', [1418530010000.5], 1418530010000],
]);

cases('addresses', [
  ['isPrivateIP', ['10.255.255.255'], true],
  ['isPrivateIP', ['172.16.0.0'], true],
  ['isPrivateIP', ['172.32.0.0'], false],
  ['isPrivateIP', ['192.168.1.1'], true],
  ['isPrivateIP', ['127.0.0.1'], false],
  ['isPrivateIP', ['::1'], null],
  ['isPrivateIP', ['-'], null],
  ['isPrivateIP', [null], null],
  ['isPublicIP', ['10.255.255.255'], false],
  ['isPublicIP', ['8.8.8.8'], true],
  ['isPublicIP', ['224.0.0.1'], false],
  ['isPublicIP', ['127.0.0.1'], false],
  ['isReservedIP', ['192.0.0.0'], true],
  ['isReservedIP', ['198.19.255.255'], true],
  ['isReservedIP', ['198.20.0.0'], false],
  ['isReservedIP', ['255.255.255.255'], true],
  ['isReservedIP', ['10.0.0.1'], true],
  ['isReservedIP', ['0.1.2.3'], true],
  ['isReservedIP', ['1.2.3'], null],
  ['isReservedIP', ['256.1.1.1'], null],
  ['isReservedIP', ['01.1.1.1'], null],
  ['isValidIP', ['127.0.500.1'], false],
  ['isValidIP', ['2001:db8::1'], true],
  ['isValidIP', [null], false],
  ['isValidIPv4', ['127.0.0.1'], true],
  ['isValidIPv4', ['::1'], false],
  ['isValidIPv6', ['::ffff:1.2.3.4'], true],
  ['isValidIPv6', ['fe80::1%eth0'], false],
  ['isValidIPv6', ['1.2.3.4'], false],
  ['ipv4ToNumber', ['192.168.0.1'], 3232235521],
  ['ipv4ToNumber', ['255.255.255.255'], 4294967295],
  ['ipv4ToNumber', ['x'], null],
  ['getCIDRPrefix', ['10.10.1.35', '27'], '10.10.1.32'],
  ['getCIDRPrefix', ['10.10.1.35', 27], '10.10.1.32'],
  ['getCIDRPrefix', ['200.10.1.35', '0'], '0.0.0.0'],
  ['getCIDRPrefix', ['200.10.1.35', '33'], null],
  ['getCIDRPrefix', ['x', '8'], null],
  ['compareCIDRPrefix', ['10.10.1.32', '10.10.1.60', '27'], true],
  ['compareCIDRPrefix', ['10.10.1.32', '10.10.1.64', '27'], false],
  ['compareCIDRPrefix', ['1.2.3.4', '200.2.3.4', '0'], true],
  ['compareCIDRPrefix', ['1.2.3.4', 'x', '8'], false],
  ['compareCIDRPrefix', ['1.2.3.4', '1.2.3.4', 'x'], false],
  ['compareCIDRPrefix', [null, '1.2.3.4', '8'], false],
  ['maskFromCIDR', ['29'], '255.255.255.248'],
  ['maskFromCIDR', ['0'], '0.0.0.0'],
  ['maskFromCIDR', ['32'], '255.255.255.255'],
  ['maskFromCIDR', ['-1'], null],
]);

cases('hexadecimal and base64', [
  ['decToHex', ['255'], 'FF'],
  ['decToHex', [255], 'FF'],
  ['decToHex', ['-1'], 'FFFFFFFFFFFFFFFF'],
  ['decToHex', ['9223372036854775'], '20C49BA5E353F7'],
  ['decToHex', ['9223372036854775807'], null],
  ['decToHex', ['9223372036854775808'], null],
  ['decToHex', ['1.5'], null],
  ['hexToDec', ['FF'], 255],
  ['hexToDec', ['FFFFFFFFFFFFFFFF'], -1],
  ['hexToDec', ['0000000000000001'], 1],
  ['hexToDec', ['00000000000000001'], null],
  ['hexToDec', ['xyz'], null],
  ['parseHex', ['0x1F'], 31],
  ['parseHex', ['12D230'], 1233456],
  ['parseHex', ['12d230'], 1233456],
  ['hexToAscii', ['4869'], 'Hi'],
  ['hexToAscii', ['48690a'], 'Hi\n'],
  ['hexToAscii', ['486'], null],
  ['hexToAscii', ['zz'], null],
  ['base64Encode', ['hi there'], 'aGkgdGhlcmU='],
  ['base64Encode', ['ü'], 'w7w='],
  ['base64Decode', ['aGkgdGhlcmU='], 'hi there'],
  ['base64Decode', ['aGkgdGhlcmU'], 'hi there'],
  ['base64Decode', ['not base64!'], 'not base64!'],
  ['base64Decode', ['abcde'], 'abcde'],
  ['base64Decode', ['AGEAYg==', 'UTF-16BE'], 'ab'],
  ['base64Decode', ['//5hAA==', 'UTF-16'], 'a'],
  ['base64Decode', ['YQAAAGIAAAA=', 'UTF-32LE'], 'ab'],
  ['base64Decode', ['AAAAYQ==', 'UTF-32'], 'a'],
  ['base64Decode', ['w7w=', 'US-ASCII'], '\ufffd\ufffd'],
  ['base64Decode', [null], null],
]);

cases('texts', [
  ['concat', ['a', null, 4], 'a4'],
  ['concat', [1.5, true], '1.5true'],
  ['contains', ['San Francisco, CA', 'San'], true],
  ['contains', ['abc', 'B'], false],
  ['contains', ['abc', ''], false],
  ['contains', ['', 'abc'], false],
  ['contains', ['', ''], true],
  ['contains', [null, null], true],
  ['length', ['hello'], 5],
  ['length', ['h😀'], 2],
  ['length', [null], 0],
  ['luhn', ['4111-1111-1111-1111'], true],
  ['luhn', ['4111-1111-1111-1112'], false],
  ['luhn', ['no digits'], false],
  ['luhn', [null], false],
  ['substring', ['Sumo Logic', 0, 4], 'Sumo'],
  ['substring', ['Hello world!', 6], 'world!'],
  ['substring', ['abc', 1, 99], 'bc'],
  ['substring', ['abc', 3], ''],
  ['substring', ['abc', 4], null],
  ['substring', ['abc', 2, 1], null],
  ['substring', ['abc', -1], null],
  ['substring', ['a😀b', 1, 2], '😀'],
  ['substring', [null, 0], null],
  ['toLowerCase', ['ÀB'], 'àb'],
  ['toUpperCase', ['straße'], 'STRASSE'],
  ['trim', ['  a b \n'], 'a b'],
  ['urlencode', ['a/b c&d'], 'a%2Fb+c%26d'],
  ['urlencode', ["-_.*~!'()ü"], '-_.*%7E%21%27%28%29%C3%BC'],
  ['urldecode', ['a%2Fb+c%26d'], 'a/b c&d'],
  ['urldecode', ['100%'], '100%'],
  ['tourl', ['https://example.com', 'x', '[', ']'], linkText({ label: '[x]', url: 'https://example.com' })],
  ['tourl', [null, 'x'], 'x'],
]);

cases('replace', [
  ['replace', ['a.b.c', '.', '-'], 'a-b-c'],
  ['replace', ['abc', '', '-'], 'abc'],
  ['replace', ['abc', 'b', '$&'], 'a$&c'],
  ['replace', ['abc', 'x', null], null],
  ['replace', ['/f/12345/x', regex('f/([0-9]+)'), 'id-$1'], '/id-12345/x'],
  ['replace', ['a1b22', regex('\\d+'), '<$0>'], 'a<1>b<22>'],
  ['replace', ['a1', regex('(?<n>\\d)'), '${n}${n}'], 'a11'],
  ['replace', ['a1', regex('\\d'), '\\$1\\\\\\n'], 'a$1\\\n'],
  ['replace', ['abc', regex('x*'), '-'], '-a-b-c-'],
  ['replace', ['abc', regex('z'), '-'], 'abc'],
  ['replace', ['abc', regex('b'), '$2'], null],
]);

it.each([
  [['%d', 3.7], 'got a number with a fraction'],
  [['%d', 'x'], 'got text'],
  [['%s', null], 'got null'],
  [['%s %s', 'a'], 'has no argument'],
  [['%q', 'a'], 'unknown conversion'],
])('format%j ends the query', (args, problem) => {
  expect(() => call('format', ...args)).toThrow(problem);
});

cases('format', [
  ['format', ['$%,.2f', 1234.5], '$1,234.50'],
  ['format', ['%.2f', 1.005], '1.01'],
  ['format', ['%.2f', 0.125], '0.13'],
  ['format', ['%.0f', 2.5], '3'],
  ['format', ['%f', '1'], '1.000000'],
  ['format', ['%d', '42'], '42'],
  ['format', ['%05d', -42], '-0042'],
  ['format', ['%+d', 42], '+42'],
  ['format', ['% d', 42], ' 42'],
  ['format', ['%(d', -42], '(42)'],
  ['format', ['%,d', -1234567], '-1,234,567'],
  ['format', ['%-6d|', 42], '42    |'],
  ['format', ['%x', 255], 'ff'],
  ['format', ['%X', 255], 'FF'],
  ['format', ['%#x', 255], '0xff'],
  ['format', ['%08x', 255], '000000ff'],
  ['format', ['%x', -1], 'ffffffffffffffff'],
  ['format', ['%x', '255'], null],
  ['format', ['%o', 8], '10'],
  ['format', ['%e', 12345.678], '1.234568e+04'],
  ['format', ['%.1E', 0.00099], '9.9E-04'],
  ['format', ['%.1e', 9.99], '1.0e+01'],
  ['format', ['%e', 0], '0.000000e+00'],
  ['format', ['%g', 0.0001], '0.000100000'],
  ['format', ['%g', 1234567], '1.23457e+06'],
  ['format', ['%.3g', 123.4], '123'],
  ['format', ['%g', 0], '0.00000'],
  ['format', ['%5s|%-5s|%.2s', 'ab', 'cd', 'efg'], '   ab|cd   |ef'],
  ['format', ['%S', 'yes'], 'YES'],
  ['format', ['%b %b', true, 'x'], 'true true'],
  ['format', ['%c%c', 'x', 65], 'xA'],
  ['format', ['100%%%n'], '100%\n'],
  ['format', ['%2$s %1$s', 'a', 'b'], 'b a'],
  ['format', ['%s %<s', 'a'], 'a a'],
  ['format', ['%f', Number.POSITIVE_INFINITY], 'Infinity'],
  ['format', ['%.1f %s', 12.34, '%'], '12.3 %'],
  ['format', ['%.2f', 1e22], '10000000000000000000000.00'],
]);

cases('hash', [
  ['hash', ['abc'], '900150983cd24fb0d6963f7d28e17f72'],
  ['hash', ['abc', 'sha1'], 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['hash', ['abc', 'sha2_256'], 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['hash', ['abc', 'SHA_256'], 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'hash',
    ['The quick brown fox jumps over the lazy dog', 'murmur3_128'],
    '6c1b07bc7bbc4be347939ac4a93c437a',
  ],
  ['hash', ['', 'murmur3_128'], '00000000000000000000000000000000'],
  ['hash', [4], 'a87ff679a2f3e71d9181a67b7542122c'],
  ['hash', [null], null],
  ['hash', ['abc', 'crc'], null],
]);

cases('places', [
  ['haversine', [0, 0, 0, 1], 111.23],
  ['haversine', [0, 0, 0, 180], 20020.74],
  ['haversine', [0, null, 0, 1], null],
]);

cases('times', [
  ['formatDate', [1704067200000, 'yyyy-MM-dd EEE', 'UTC'], '2024-01-01 Mon'],
  ['formatDate', ['1704067200000', 'yyyy', 'UTC'], '2024'],
  ['formatDate', [1704067200000], '01/01/2024 00:00:00.000 +0000'],
  ['formatDate', [1704067200000, 'HH:mm z', 'america/new_york'], '19:00 EST'],
  ['formatDate', [1704067200000, 'HH', 'Mars/X'], null],
  ['formatDate', [1704067200000, 'b'], null],
  ['formatDate', [null, 'HH'], null],
  ['parseDate', ['20240304050607', 'yyyyMMddHHmmss', 'etc/utc'], 1709528767000],
  ['parseDate', ['3/4/2005 x', 'MM/dd/yyyy'], 1109894400000],
  ['parseDate', ['x 3/4/2005', 'MM/dd/yyyy'], null],
  ['parseDate', [null, 'MM/dd/yyyy'], null],
  ['now', [], 1_700_000_000_000],
  ['queryStartTime', [], 1000],
  ['queryEndTime', [], 901_000],
  ['queryTimeRange', [], 900_000],
]);

describe('row warnings', () => {
  it.each([
    ['isPrivateIP', ['::1'], 'isPrivateIP got no IPv4 address'],
    ['num', ['x'], 'num got text'],
    ['format', ['%x', 'x'], 'format `%x` got text'],
    ['parseDate', ['x', 'yyyy'], 'parseDate got text that does not fit its pattern'],
    ['hash', ['x', 'crc'], 'hash got an algorithm that it does not know'],
  ] as const)('%s', (name, args, warning) => {
    const context = testContext();
    expect(applyFunction(functionNamed(name), [...args], context)).toBeNull();
    expect([...context.rowWarnings]).toEqual([[warning, 1]]);
  });
});

it('open ranges have no start, end or length', () => {
  const context = testContext({ time: { from: -Infinity, to: Infinity } });
  for (const name of ['queryStartTime', 'queryEndTime', 'queryTimeRange']) {
    expect(applyFunction(functionNamed(name), [], context)).toBeNull();
  }
});

describe('every function', () => {
  it.each(registry.functions.map((definition) => [definition.name, definition] as const))(
    '%s has an example and a summary that is a sentence',
    (_, definition) => {
      expect(definition.examples.length).toBeGreaterThan(0);
      expect(definition.summary).toMatch(/^[-A-Z0-9e].*\.$/);
    },
  );
});
