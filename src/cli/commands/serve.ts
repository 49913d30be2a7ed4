import { DAY } from '../../engine/time/civil.ts';
import { jsonLog } from '../../server/operations/log.ts';
import { NoKeysError } from '../../server/serve-options.ts';
import { startServer } from '../../server/server.ts';
import type { SourceOpener } from '../../server/sources/running-source.ts';
import { openStore } from '../../store/store.ts';
import { runFailed, wrongRequest } from '../failure.ts';
import { storeDirectory } from '../store-directory.ts';
import { workerPool } from '../worker-pool.ts';

export interface ServeCommandOptions {
  readonly store?: string;
  readonly host: string;
  readonly port: number;
  readonly allowHost: readonly string[];
  readonly retainDays?: number;
  /** Bytes. */
  readonly retainBytes?: number;
}

/** `weir serve`: HTTP sources, APIs and pages over a store, until it is told to stop. Logs go to stderr, one JSON object a line. */
export async function serve(options: ServeCommandOptions): Promise<void> {
  const log = jsonLog((line) => process.stderr.write(line));
  const stopped = stopRequested();
  const store = await openStore(storeDirectory(options), { mode: 'write' });
  try {
    const server = await startServer({
      store,
      host: options.host,
      port: options.port,
      log,
      allowedHosts: options.allowHost,
      retention: {
        maxAge: options.retainDays === undefined ? null : options.retainDays * DAY,
        maxBytes: options.retainBytes ?? null,
      },
      workers: workerPool(),
      sources: new Map([['s3', openBucketSource]]),
    });
    await stopped;
    await server.stop();
  } catch (failure) {
    throw explained(failure, options);
  } finally {
    await store.close();
  }
}

/** A source that reads a bucket; its code is loaded only where there is one. */
const openBucketSource: SourceOpener = async (stored, host) => {
  const { S3Source } = await import('../../ingest/s3-source.ts');
  return S3Source.of(host.store, stored, {
    rules: () => host.rules(),
    now: () => host.now(),
    write: (level, event, details) => host.log.write(level, event, details),
    stored: (batches, messages, bytes) => host.stored(stored.name, batches, bytes, messages),
  });
};

/** Resolves at Ctrl-C or a polite kill; a second one ends the process at once. What was acknowledged is safe in either case. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const ask = () => {
      if (asked) process.exit(130);
      asked = true;
      resolve();
    };
    process.on('SIGINT', ask);
    process.on('SIGTERM', ask);
  });
}

function explained(failure: unknown, { host, port }: ServeCommandOptions): unknown {
  if (failure instanceof NoKeysError) return wrongRequest(failure.message, failure.hint);
  const code = failure instanceof Error && 'code' in failure ? failure.code : null;
  switch (code) {
    case 'EADDRINUSE':
      return runFailed(`port ${port} of ${host} is in use by another program`, 'choose another with --port');
    case 'EACCES':
      return runFailed(
        `port ${port} may not be used`,
        'ports below 1024 belong to the administrator; choose another with --port',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EINVAL':
      return runFailed(
        `\`${host}\` is no address of this machine`,
        'use 127.0.0.1, or an address that the machine has',
      );
    default:
      return failure;
  }
}
