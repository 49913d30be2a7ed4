import { InputProblem } from '../../ingest/byte-stream.ts';
import { type Receipt, Tally } from '../../ingest/receipt.ts';
import { bucketAndPath } from '../../ingest/s3-path.ts';
import { addTo } from '../../ingest/s3-reader.ts';
import { readS3Settings, type S3Settings } from '../../ingest/s3-settings.ts';
import { S3Source } from '../../ingest/s3-source.ts';
import type { Store } from '../../store/store.ts';
import { CommandFailure, EXIT, runFailed, wrongRequest } from '../failure.ts';
import { interruptSignal } from '../interrupt.ts';
import { withWritableStore } from '../open-store.ts';
import {
  cloudwatchOf,
  type IngestOptions,
  interrupted,
  printReceipt,
  type Reading,
  readingOf,
  rulesOf,
} from './ingest.ts';

/**
 * `weir ingest s3://bucket/path`: all objects that the path stands for, once. Objects that an earlier
 * call for the same bucket, path and category stored are left out.
 */
export async function ingestObjects(addresses: readonly string[], options: IngestOptions): Promise<void> {
  if (options.follow === true)
    throw wrongRequest(
      'a bucket cannot be followed',
      '`weir sources add s3` reads it as long as weir serve runs',
    );
  const reading = await readingOf(options);
  const settings = addresses.map((address) => settingsOf(address, reading.s3));
  const signal = interruptSignal();
  const receipt = await withWritableStore(options, (store) =>
    readAll(store, settings, { options, reading, signal }),
  );
  await printReceipt(receipt, options);
  if (signal.aborted) throw interrupted();
  if (receipt.files.some(({ error }) => error !== null)) throw new CommandFailure(EXIT.failed, '');
}

/** What an address says; a source file may say where the service is. */
function settingsOf(address: string, given: Reading['s3']): S3Settings {
  const found = bucketAndPath(address);
  if (found === null)
    throw wrongRequest(
      `\`${address}\` is no address of objects in a bucket`,
      'write s3://BUCKET/PATH, where `*` is any run of characters; files are ingested by a call of their own',
    );
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const settings = readS3Settings({ ...(endpoint === undefined ? {} : { endpoint }), ...given, ...found });
  if (!settings.ok) throw wrongRequest(settings.problems.join('; '));
  return { ...settings.value, notifications: null };
}

async function readAll(
  store: Store,
  all: readonly S3Settings[],
  { options, reading, signal }: { options: IngestOptions; reading: Reading; signal: AbortSignal },
): Promise<Receipt> {
  const rules = await rulesOf(store);
  const { source, cloudwatch } = reading;
  const total = new Tally();
  let bytesOnDisk = 0;
  for (const s3 of all) {
    const bucket = new S3Source(
      store,
      {
        name: `ingest ${source.given.category ?? ''} ${s3.path}`,
        s3,
        settings: { format: options.format, source, ...cloudwatchOf(cloudwatch), now: Date.now },
        from: -Infinity,
      },
      {
        rules: () => rules,
        now: Date.now,
        write: (level, _event, { object, problem } = {}) => {
          if (level === 'info') return;
          const path = String(object);
          total.files.push({ path, format: null, bytes: 0, read: 0, stored: 0, error: String(problem) });
        },
      },
    );
    try {
      await bucket.scan(signal);
    } catch (failure) {
      if (!signal.aborted && failure instanceof InputProblem) throw runFailed(failure.message);
      if (!signal.aborted) throw failure;
    } finally {
      await bucket.stop();
    }
    const { tally, bytesOnDisk: bytes } = await bucket.reader();
    addTo(total, tally);
    bytesOnDisk += bytes;
  }
  return total.receipt(bytesOnDisk);
}
