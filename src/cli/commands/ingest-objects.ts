import { InputProblem } from '../../ingest/byte-stream.ts';
import type { CompiledSource } from '../../ingest/compile-source.ts';
import { type Receipt, Tally } from '../../ingest/receipt.ts';
import { bucketAndPath } from '../../ingest/s3-path.ts';
import { addTo } from '../../ingest/s3-reader.ts';
import type { S3Settings } from '../../ingest/s3-settings.ts';
import { S3Source } from '../../ingest/s3-source.ts';
import type { Store } from '../../store/store.ts';
import { CommandFailure, EXIT, runFailed, wrongRequest } from '../failure.ts';
import { interruptSignal } from '../interrupt.ts';
import { withWritableStore } from '../open-store.ts';
import { type IngestOptions, printReceipt, rulesOf, sourceOf } from './ingest.ts';

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
  const settings = addresses.map(settingsOf);
  const source = await sourceOf(options);
  const signal = interruptSignal();
  const receipt = await withWritableStore(options, (store) =>
    readAll(store, settings, { options, source, signal }),
  );
  await printReceipt(receipt, options);
  if (signal.aborted) throw new CommandFailure(EXIT.interrupted, '');
  if (receipt.files.some(({ error }) => error !== null)) throw new CommandFailure(EXIT.failed, '');
}

function settingsOf(address: string): S3Settings {
  const found = bucketAndPath(address);
  if (found === null)
    throw wrongRequest(
      `\`${address}\` is no address of objects in a bucket`,
      'write s3://BUCKET/PATH, where `*` is any run of characters; files are ingested by a call of their own',
    );
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL ?? null;
  return {
    ...found,
    region: null,
    endpoint,
    forcePathStyle: endpoint !== null,
    scanInterval: 1000,
    start: 'all',
    notifications: null,
  };
}

async function readAll(
  store: Store,
  all: readonly S3Settings[],
  { options, source, signal }: { options: IngestOptions; source: CompiledSource; signal: AbortSignal },
): Promise<Receipt> {
  const rules = await rulesOf(store);
  const total = new Tally();
  let bytesOnDisk = 0;
  for (const s3 of all) {
    const reading = new S3Source(
      store,
      {
        name: `ingest ${source.given.category ?? ''} ${s3.path}`,
        s3,
        settings: { format: options.format, source, now: Date.now },
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
      await reading.scan(signal);
    } catch (failure) {
      if (!signal.aborted && failure instanceof InputProblem) throw runFailed(failure.message);
      if (!signal.aborted) throw failure;
    } finally {
      await reading.stop();
    }
    const { tally, bytesOnDisk: bytes } = await reading.reader();
    addTo(total, tally);
    bytesOnDisk += bytes;
  }
  return total.receipt(bytesOnDisk);
}
