import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileSource } from '../../src/ingest/compile-source.ts';
import { DEFAULT_SOURCE, readSourceConfig } from '../../src/ingest/source-config.ts';

function problems(value: unknown): readonly string[] {
  const read = readSourceConfig(value);
  if (!read.ok) return read.problems;
  const compiled = compileSource(read.value, 0);
  return compiled.ok ? [] : compiled.problems;
}

test('an empty definition says nothing', () => {
  expect(readSourceConfig(parse(''))).toEqual({ ok: true, value: DEFAULT_SOURCE });
  expect(readSourceConfig({})).toEqual({ ok: true, value: DEFAULT_SOURCE });
});

test('everything at once', () => {
  const read = readSourceConfig(
    parse(`
category: AWS/VPC
name: flows
host: h1
fields: { team: net, port: 80 }
encoding: latin1
timestamp:
  locator: '\\s(\\d{10,13})\\s\\d{10,13}'
  format: epoch
  timeZone: Europe/Berlin
multiline: off
processingRules:
  - { type: exclude, name: header, regex: version account-id }
  - { type: hash, regex: 'u=(.)', algorithm: SHA-256 }
cutoff: -30d
`),
  );
  expect(read).toMatchObject({
    ok: true,
    value: {
      category: 'AWS/VPC',
      fields: [
        ['team', 'net'],
        ['port', '80'],
      ],
      encoding: 'windows-1252',
      timestamp: { formats: [{ format: 'epoch' }], timeZone: 'Europe/Berlin', automatic: true },
      multiline: { kind: 'off' },
      processingRules: [{ type: 'exclude' }, { type: 'hash', algorithm: 'sha256', name: 'rule 2' }],
      cutoff: '-30d',
    },
  });
  if (read.ok) expect(compileSource(read.value, 0).ok).toBe(true);
});

test.each([
  ['text', /must be an object/],
  [[1], /must be an object/],
  [{ categroy: 'x' }, /unknown key `categroy`/],
  [{ category: ['x'] }, /`category` must be a text, found a list/],
  [{ category: 'x'.repeat(1025) }, /longer than 1024/],
  [{ fields: { _raw: 'x' } }, /`_raw` is built in/],
  [{ fields: { _x: 'x' } }, /starts with `_`/],
  [{ fields: { a: { b: 1 } } }, /field `a` must be a text/],
  [{ fields: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`f${n}`, 'x'])) }, /at most 10/],
  [{ fields: { a: 'x'.repeat(201) } }, /longer than 200/],
  [{ encoding: 'klingon' }, /no known character encoding/],
  [{ timestamp: { format: 5 } }, /`timestamp.format` must be a text/],
  [{ timestamp: { format: 'yyyy-QQ' } }, /letter `Q`/],
  [{ timestamp: { format: 'epoch', locator: '\\d+' } }, /exactly one unnamed capture group, found 0/],
  [{ timestamp: { format: 'epoch', locator: '(?<t>\\d+)' } }, /exactly one unnamed/],
  [{ timestamp: { format: 'epoch', locator: '(\\d+' } }, /malformed at character/],
  [{ timestamp: { timeZone: 'Mars/Olympus' } }, /no known time zone/],
  [{ multiline: 'sometimes' }, /`multiline` must be/],
  [{ multiline: { boundary: '[' } }, /the multiline boundary is malformed/],
  [{ processingRules: {} }, /must be a list/],
  [{ processingRules: [{ type: 'drop', regex: 'x' }] }, /needs a `type`/],
  [{ processingRules: [{ type: 'mask', regex: '(x)', mask: 'a:b' }] }, /may not contain `:`/],
  [{ processingRules: [{ type: 'mask', regex: 'x' }] }, /no capture group/],
  [{ processingRules: [{ type: 'hash', regex: '(x)', algorithm: 'crc' }] }, /`MD5` or `SHA-256`/],
  [{ processingRules: [{ type: 'exclude', name: 'n'.repeat(33), regex: 'x' }] }, /longer than 32/],
  [{ processingRules: Array(101).fill({ type: 'exclude', regex: 'x' }) }, /at most 100/],
  [{ cutoff: 'soon' }, /`cutoff`/],
])('wrong: %j', (value, message) => {
  const all = problems(value);
  expect(all.length).toBeGreaterThan(0);
  expect(all.join('\n')).toMatch(message);
});

test('all mistakes at once', () => {
  expect(problems({ nonsense: 1, category: 5n, multiline: 7 }).length).toBe(3);
});

test('hostile keys are ordinary', () => {
  const read = readSourceConfig(parse('fields: { constructor: x, __proto__: y, toString: z }'));
  expect(read).toMatchObject({ ok: false });
  const plain = readSourceConfig({ fields: JSON.parse('{"constructor":"x","toString":"z"}') });
  expect(plain).toMatchObject({
    ok: true,
    value: {
      fields: [
        ['constructor', 'x'],
        ['toString', 'z'],
      ],
    },
  });
});

test('the cloud product’s JSON form is understood', () => {
  const read = readSourceConfig({
    'api.version': 'v1',
    source: {
      name: 'vpc',
      category: 'AWS/VPC',
      hostName: 'h',
      fields: { _siemForward: true, team: 'x' },
      sourceType: 'HTTP',
      messagePerRequest: false,
      multilineProcessingEnabled: false,
      automaticDateParsing: true,
      timeZone: 'UTC',
      forceTimeZone: false,
      defaultDateFormats: [{ format: 'epoch', locator: '\\s(\\d{10,13})\\s\\d{10,13}' }],
      filters: [{ filterType: 'Exclude', name: 'header', regexp: 'version account-id' }],
      hashAlgorithm: 'MD5',
    },
  });
  expect(read).toMatchObject({
    ok: true,
    value: {
      category: 'AWS/VPC',
      name: null,
      host: 'h',
      fields: [['team', 'x']],
      multiline: { kind: 'off' },
      timestamp: { formats: [{ format: 'epoch' }] },
      processingRules: [{ type: 'exclude', regex: 'version account-id' }],
    },
  });
});
