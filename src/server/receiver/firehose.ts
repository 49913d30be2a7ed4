import type { IncomingMessage } from 'node:http';
import { firehoseRecords } from '../../ingest/cloudwatch-event.ts';
import { parsedJson } from '../../ingest/json-values.ts';
import { PayloadUnpacker } from '../../ingest/payload-unpacker.ts';
import type { FirehoseAnswer } from '../api.ts';
import { header } from '../http/exchange.ts';
import { HttpFailure } from '../http/http-failure.ts';
import { Content, LIMITS_INSIDE } from './content.ts';

/** A Firehose delivery: its id and its records, one after the other. */
export interface FirehoseDelivery {
  readonly requestId: string;
  readonly content: Content;
}

const NEWLINE = Buffer.from('\n');

/**
 * The delivery that a body is, or null when it is something else. Throws an HttpFailure (400) when the
 * headers say that it is one and it cannot be read, and an InputProblem when its records unpack to too much.
 */
export function firehoseDelivery(request: IncomingMessage, body: Content): FirehoseDelivery | null {
  const announced = isFirehose(request);
  const head = Buffer.from(body.head(400)).toString('latin1');
  const looksLikeOne = /^\s*\{\s*"(?:requestId|timestamp|records)"\s*:/.test(head);
  if (!announced && !looksLikeOne) return null;
  const found = firehoseRecords(parsedJson(body.whole.toString('utf8')), new PayloadUnpacker(LIMITS_INSIDE));
  if (found === null) {
    if (!announced) return null;
    throw new HttpFailure(
      400,
      'body.damaged',
      'the body is no Firehose delivery with `requestId` and `records`',
    );
  }
  const last = found.records.length - 1;
  // Nothing follows the last record: it may be a file of its own, to which a line end would be damage.
  const pieces = found.records.flatMap((record, at) =>
    at === last || record.length === 0 || record.at(-1) === 10 ? [record] : [record, NEWLINE],
  );
  return { requestId: found.requestId, content: new Content(pieces) };
}

/** Whether the headers say that Firehose sends the request. */
export function isFirehose(request: IncomingMessage): boolean {
  return (
    header(request, 'x-amz-firehose-request-id') !== null ||
    header(request, 'x-amz-firehose-protocol-version') !== null
  );
}

/** What Firehose must be answered, whatever became of the delivery. */
export function firehoseAnswer(requestId: string, now: number, errorMessage: string | null): FirehoseAnswer {
  return { requestId, timestamp: now, ...(errorMessage === null ? {} : { errorMessage }) };
}
