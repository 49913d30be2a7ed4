import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FILE_LIMITS } from '../../src/ingest/byte-stream.ts';
import {
  type CloudWatchOptions,
  cidrBlock,
  EVENTS_AS_THEY_ARE,
  listSetting,
} from '../../src/ingest/cloudwatch.ts';
import { firehoseRecords } from '../../src/ingest/cloudwatch-event.ts';
import { describedInterfaces, inventoryOf } from '../../src/ingest/interface-inventory.ts';
import { PayloadUnpacker } from '../../src/ingest/payload-unpacker.ts';
import { addsUp, collect, column, settingsOf, texts, times } from './collected.ts';

const record = (source: string, destination: string, eni = 'eni-1') =>
  `2 123456789012 ${eni} ${source} ${destination} 443 49152 6 10 840 1700000000 1700000060 ACCEPT OK`;

function payload(messages: readonly string[], more: object = {}) {
  return {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: 'group',
    logStream: 'eni-1-all',
    subscriptionFilters: ['f'],
    logEvents: messages.map((message, n) => ({ id: String(n), timestamp: 1600000000000 + n, message })),
    ...more,
  };
}

const encoded = (value: unknown) =>
  JSON.stringify({ awslogs: { data: gzipSync(JSON.stringify(value)).toString('base64') } });

function forwarded(options: Partial<CloudWatchOptions>, value: unknown) {
  return collect(encoded(value), { ...settingsOf(), cloudwatch: { ...EVENTS_AS_THEY_ARE, ...options } });
}

describe('event files', () => {
  test('messages as they are, with stream, group and time', async () => {
    const result = await collect(encoded(payload(['hello', record('a', 'b'), '{"a": 1}'])));
    expect(texts(result)).toEqual(['hello', record('a', 'b'), '{"a": 1}']);
    expect(column(result.rows, '_sourceName')).toEqual(Array(3).fill('eni-1-all'));
    expect(column(result.rows, '_sourceHost')).toEqual(Array(3).fill('group'));
    expect(times(result)).toEqual([
      '2020-09-13T12:26:40.000Z',
      '2023-11-14T22:13:20.000Z',
      '2020-09-13T12:26:40.002Z',
    ]);
  });

  test('what the user says wins over stream and group', async () => {
    const result = await collect(
      encoded(payload(['x'])),
      settingsOf({ name: 'n', host: 'h', category: 'c' }),
    );
    expect(column(result.rows, '_sourceName')).toEqual(['n']);
    expect(column(result.rows, '_sourceHost')).toEqual(['h']);
    expect(column(result.rows, '_sourceCategory')).toEqual(['c']);
  });

  test.each([
    ['lines', [payload(['a']), payload(['b'])].map((one) => JSON.stringify(one)).join('\n')],
    ['without anything between', [payload(['a']), payload(['b'])].map((one) => JSON.stringify(one)).join('')],
    ['printed over many lines', JSON.stringify(payload(['a', 'b']), null, 2)],
    ['encoded, several', `${encoded(payload(['a']))}\n\n${encoded(payload(['b']))}\n`],
    ['encoded, printed', JSON.stringify(JSON.parse(encoded(payload(['a', 'b']))), null, 4)],
    ['in an array', `[${encoded(payload(['a']))}, ${JSON.stringify(payload(['b']))}]`],
    [
      'with the events first',
      JSON.stringify(Object.fromEntries(Object.entries(payload(['a', 'b'])).reverse())),
    ],
    ['mixed', `${encoded(payload(['a']))}${JSON.stringify(payload(['b']))}`],
  ])('%s', async (_name, text) => {
    const result = await collect(text);
    expect(texts(result)).toEqual(['a', 'b']);
    expect(result.tally.read).toBe(2);
  });

  test('gzip of several members inside the event', async () => {
    const json = JSON.stringify(payload(['a']));
    const data = Buffer.concat([gzipSync(json.slice(0, 40)), gzipSync(json.slice(40))]).toString('base64');
    expect(texts(await collect(JSON.stringify({ awslogs: { data } })))).toEqual(['a']);
  });

  test('control messages and empty ones are counted', async () => {
    const control = payload(['x'], { messageType: 'CONTROL_MESSAGE', logGroup: '', logStream: '' });
    const result = await collect(`${encoded(control)}\n${encoded(payload(['', '\n', 'y\n']))}`);
    expect(texts(result)).toEqual(['y']);
    expect([...result.tally.skipped]).toEqual([
      ['control-message', 1],
      ['empty', 2],
    ]);
    expect(addsUp(result.tally)).toBe(true);
  });

  test('what is no event is a message, and takes none with it', async () => {
    const lines = [
      encoded(payload(['a'])),
      '{"awslogs":{"data":"AAAA"}}',
      'just text',
      '{"awslogs":{"data":"H4sIAAAAAAAA"}}',
      '{ broken',
      encoded(payload(['b'])),
      '[1,2]',
      '{"messageType":"DATA_MESSAGE","logEvents":5}',
    ];
    const result = await collect(lines.join('\n'));
    expect(texts(result).toSorted()).toEqual(
      lines.map((line, n) => (n === 0 ? 'a' : n === 5 ? 'b' : line)).toSorted(),
    );
    expect(result.tally.flagged.get('not-an-event')).toBe(6);
    expect(addsUp(result.tally)).toBe(true);
  });

  test('nesting without end is text', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const asValue = JSON.stringify(payload(['x'])).replace('"x"', deep);
    expect(texts(await collect(asValue))).toEqual([asValue]);
    expect(texts(await forwarded({ format: 'VPC-RAW' }, payload([deep])))).toEqual([deep]);
  });

  test('events without a time or with an odd message', async () => {
    const value = payload([], {
      logEvents: [{ message: 'x' }, { timestamp: 'soon', message: { a: 1 } }, 5, null],
    });
    const result = await collect(JSON.stringify(value));
    expect(texts(result)).toEqual(['x', '{"a":1}']);
    expect(times(result)).toEqual(['receipt', 'receipt']);
    expect(result.tally.skipped.get('empty')).toBe(2);
  });
});

describe('as the Lambda forwards them', () => {
  const flows = [record('10.0.0.1', '10.0.0.2'), record('10.0.0.1', '8.8.8.8')];

  test('Others, VPC-JSON and VPC-RAW', async () => {
    expect(texts(await forwarded({ format: 'Others' }, payload(['x\n', '{"a":1}'])))).toEqual([
      '{"timestamp":1600000000000,"message":"x"}',
      '{"timestamp":1600000000001,"message":{"a":1}}',
    ]);
    expect(texts(await forwarded({ format: 'VPC-JSON' }, payload(flows)))).toEqual(
      flows.map((message) => JSON.stringify({ message })),
    );
    expect(texts(await forwarded({ format: 'VPC-JSON', includeLogInfo: true }, payload(['x'])))).toEqual([
      '{"message":"x","logStream":"eni-1-all","logGroup":"group"}',
    ]);
    expect(texts(await forwarded({ format: 'VPC-RAW', includeLogInfo: true }, payload(flows)))).toEqual(
      flows,
    );
  });

  test('request ids are cut off and stay for later records', async () => {
    const id = '11111111-2222-3333-4444-555555555555';
    const lines = ['START RequestId: abc-1 Version', `2021-01-01T00:00:00.000Z ${id} INFO hello`, 'later'];
    const result = await forwarded({ format: 'Others' }, payload(lines));
    expect(texts(result).map((text) => JSON.parse(String(text)))).toMatchObject([
      { message: lines[0], requestID: 'abc-1' },
      { message: 'hello', requestID: id },
      { message: 'later', requestID: id },
    ]);
  });

  test('falsy messages are left out', async () => {
    const result = await forwarded({ format: 'Others' }, payload(['null', '0', 'false', ' ', '""', '"x"']));
    expect(texts(result)).toEqual(['{"timestamp":1600000000005,"message":"x"}']);
    expect(result.tally.skipped.get('empty')).toBe(5);
  });

  test('prefixes are texts, both ends must have one', async () => {
    const kept = async (prefix: string, options: Partial<CloudWatchOptions> = { format: 'VPC-RAW' }) =>
      texts(await forwarded({ ...options, internalPrefixes: listSetting(prefix) }, payload(flows))).length;
    expect(await kept('10.0.')).toBe(1);
    expect(await kept('10.0.0.0/16')).toBe(2);
    expect(await kept('10.0.0.1, 10.0.0.2,')).toBe(1);
    expect(await kept('10., 8.')).toBe(0);
    expect(await kept('')).toBe(2);
    expect(await kept('10.0.', { format: 'Others' })).toBe(2);
  });

  test('short, JSON and NODATA records are kept by the prefix filter', async () => {
    const lines = ['2 x', '{"a":1}', '2 1 eni - - - - - - - 1700000000 1700000060 - NODATA'];
    const result = await forwarded({ format: 'VPC-RAW', internalPrefixes: ['10.'] }, payload(lines));
    expect(texts(result)).toEqual(lines);
  });

  test('real blocks, IPv6 included', async () => {
    const lines = [
      record('10.1.0.1', '10.1.255.9'),
      record('10.1.0.1', '10.2.0.1'),
      record('fd00::1', 'fd00:0::2'),
    ];
    const options = { format: 'VPC-RAW', internalBlocks: ['10.1.0.0/16', 'fd00::/8'] } as const;
    expect(texts(await forwarded(options, payload(lines)))).toEqual([lines[1]]);
    expect(cidrBlock('10.0.0.0/33')).toBe(null);
    expect(cidrBlock('10.0.0.1')).toEqual({ address: '10.0.0.1', bits: 32, family: 'ipv4' });
    expect(cidrBlock('x/8')).toBe(null);
  });

  test('streams by prefix, in any letter case', async () => {
    const none = await forwarded({ streamPrefixes: ['other'] }, payload(['x']));
    expect(texts(none)).toEqual([]);
    expect([...none.tally.skipped]).toEqual([['stream-prefix', 1]]);
    expect(texts(await forwarded({ streamPrefixes: ['no', 'ENI-1'] }, payload(['x'])))).toEqual(['x']);
  });

  test('metadata in a message regroups it', async () => {
    const message = JSON.stringify({
      a: 1,
      _sumo_metadata: { category: 'c', sourceName: 'n', sourceHost: 'h', sourceFieldsOverride: 'k=v,x=y=z' },
    });
    const result = await forwarded({ format: 'Others' }, payload([message, 'plain']));
    expect(JSON.parse(String(texts(result)[0]))).toEqual({ timestamp: 1600000000000, message: { a: 1 } });
    expect(column(result.rows, '_sourceCategory')).toEqual(['c', null]);
    expect(column(result.rows, '_sourceName')).toEqual(['n', 'eni-1-all']);
    expect(column(result.rows, 'k')).toEqual(['v', null]);
    expect(column(result.rows, 'x')).toEqual(['y=z', null]);
  });

  test('security groups from a saved inventory, with the documented direction', async () => {
    const described = describedInterfaces({
      NetworkInterfaces: [
        {
          NetworkInterfaceId: 'eni-1',
          SubnetId: 's1',
          VpcId: 'v',
          PrivateIpAddress: '10.0.0.1',
          PrivateIpAddresses: [{ PrivateIpAddress: '10.0.0.1' }, { PrivateIpAddress: '10.0.0.9' }],
          Ipv6Addresses: [{ Ipv6Address: 'fd00::1' }],
          Groups: [{ GroupId: 'sg-1' }, { GroupId: 'sg-2' }],
        },
        { NetworkInterfaceId: 'eni-2', SubnetId: 's1', PrivateIpAddress: '10.0.0.2' },
        { NetworkInterfaceId: 'eni-3', SubnetId: 's2', PrivateIpAddress: '10.0.1.3' },
      ],
    });
    const interfaces = inventoryOf('eu-west-1', described ?? []);
    const lines = [
      record('10.0.0.1', '10.0.0.2'),
      record('10.0.1.3', '10.0.0.9'),
      record('10.0.0.1', '8.8.8.8'),
      record('9.9.9.9', 'fd00::1'),
      record('-', '-'),
      record('10.0.0.1', '8.8.8.8', 'eni-unknown'),
    ];
    const result = await forwarded({ format: 'VPC-JSON', interfaces }, payload(lines));
    const values = texts(result).map((text) => JSON.parse(String(text)));
    expect(values.map((value) => value.direction)).toEqual([
      'internal',
      'inbound',
      'outbound',
      'inbound',
      undefined,
      undefined,
    ]);
    expect(Object.keys(values[0])).toEqual([
      'message',
      'security-group-ids',
      'direction',
      'subnet-id',
      'vpc-id',
      'aws-region',
    ]);
    expect(values[0]['security-group-ids']).toEqual(['sg-1', 'sg-2']);
    expect(values[5]).toEqual({ message: lines[5] });
  });
});

test('Firehose requests give their records', () => {
  const unpacker = new PayloadUnpacker(FILE_LIMITS);
  const body = {
    requestId: 'r',
    timestamp: 1,
    records: [
      { data: gzipSync('{"a":1}').toString('base64') },
      { data: Buffer.from('plain').toString('base64') },
    ],
  };
  expect(firehoseRecords(body, unpacker)?.records.map(String)).toEqual(['{"a":1}', 'plain']);
  expect(firehoseRecords({ requestId: 'r', records: [{}] }, unpacker)).toBe(null);
  expect(firehoseRecords({ records: [] }, unpacker)).toBe(null);
  expect(firehoseRecords(null, unpacker)).toBe(null);
});

test('payloads of one stream may unpack to so much together', () => {
  const packed = gzipSync(Buffer.alloc(1000));
  const unpacker = new PayloadUnpacker({ maxBytes: 2500, maxRatio: 1000, ratioFrom: 2500 });
  expect(unpacker.unpack(packed)?.length).toBe(1000);
  expect(unpacker.unpack(Buffer.from('not packed'))?.toString()).toBe('not packed');
  expect(unpacker.unpack(packed.subarray(0, 10))).toBe(null);
  expect(unpacker.unpack(packed)?.length).toBe(1000);
  expect(() => unpacker.unpack(packed)).toThrow('the events in it unpack to more than 2,500 bytes');
  const sparing = new PayloadUnpacker({ maxBytes: 1 << 20, maxRatio: 2, ratioFrom: 900 });
  expect(() => sparing.unpack(packed)).toThrow('more than 2 times their size');
});
