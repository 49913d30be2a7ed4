import { expect, test } from 'vitest';
import { detectFormat } from '../../src/ingest/format.ts';

const formatOf = (text: string) => detectFormat(Buffer.from(text));
const event = { messageType: 'DATA_MESSAGE', owner: '1', logGroup: 'g', logStream: 's', logEvents: [] };

test('subscription events are recognised, decoded or not, on one line or many', () => {
  expect(formatOf(JSON.stringify(event))).toBe('cloudwatch');
  expect(formatOf(`${JSON.stringify(event)}\n${JSON.stringify(event)}\n`)).toBe('cloudwatch');
  expect(formatOf(JSON.stringify([event]))).toBe('cloudwatch');
  expect(formatOf(JSON.stringify(event, null, 2))).toBe('cloudwatch');
  expect(formatOf('{"awslogs":{"data":"H4sI')).toBe('cloudwatch');
});

test('lines that a forwarder wrapped in JSON are text, wherever they name stream and group', () => {
  const line = '{"logStream":"eni-1-all","logGroup":"flows","message":"2 1 eni-1 - NODATA"}';
  expect(formatOf(`${line}\n${line}\n`)).toBe('text');
  expect(formatOf('{"message":"m","logStream":"s","logGroup":"g"}\n')).toBe('text');
});
