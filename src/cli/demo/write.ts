import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { DEFAULT_HEADER, type Entry, jsonLine, recordLine } from './flow.ts';
import { buildWorld, type FlowPlan, generateFlows } from './generate.ts';
import { ACCOUNTS, type Delivery } from './network.ts';

/** What was written. The folders `s3` and `cloudwatch` each hold one way of delivery. */
export interface WrittenFlows {
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
  readonly folders: { readonly s3: string; readonly cloudwatch: string };
}

export interface WriteOptions extends FlowPlan {
  /** Minutes of records per file. AWS writes a file every 5; fewer files are handier. */
  readonly minutesPerFile: number;
  /** Whether the S3 files are gzip, as AWS delivers them. */
  readonly gzip: boolean;
  /** Told after each time window how far the work is, from 0 to 1. */
  readonly progress?: (done: number) => void;
}

const compress = promisify(gzip);
const deliveryOf = new Map<string, Delivery>(ACCOUNTS.map(({ id, delivery }) => [id, delivery]));

/**
 * Writes the plan's records below `directory`: `s3/AWSLogs/<account>/…` with a header line in each
 * file, and `cloudwatch/<log group>/…` as JSON lines. Holds one file's time window at a time.
 */
export async function writeFlows(directory: string, options: WriteOptions): Promise<WrittenFlows> {
  const world = buildWorld(options.seed);
  const subnetOf = new Map(
    world.interfaces.flatMap((at) => [
      [at.address, at.subnet],
      [at.addressV6, at.subnet],
    ]),
  );
  const folders = { s3: join(directory, 's3'), cloudwatch: join(directory, 'cloudwatch') };
  const span = options.minutesPerFile * 60_000;
  const total = options.days * 86_400_000;
  let files = 0;
  let lines = 0;
  let bytes = 0;
  let pending = new Map<string, string[]>();
  let window: number | null = null;

  const flush = async () => {
    const writes = [...pending].map(async ([path, texts]) => {
      lines += texts.length;
      files++;
      const text = `${texts.join('\n')}\n`;
      const content = path.endsWith('.gz') ? await compress(text, { level: 6 }) : Buffer.from(text);
      bytes += content.length;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    });
    pending = new Map();
    await Promise.all(writes);
  };
  const add = (path: string, line: string, header: string | null) => {
    let texts = pending.get(path);
    if (texts === undefined) {
      texts = header === null ? [] : [header];
      pending.set(path, texts);
    }
    texts.push(line);
  };

  for (const { start, entries } of generateFlows(options, world)) {
    const current = Math.floor(start / span) * span;
    if (window !== null && current !== window) {
      await flush();
      options.progress?.(1 - (options.end - start) / total);
    }
    window = current;
    for (const entry of entries) {
      if (deliveryOf.get(entry.at.account) === 's3') {
        add(join(folders.s3, bucketKey(entry, current, options.gzip)), recordLine(entry), DEFAULT_HEADER);
      } else {
        add(join(folders.cloudwatch, streamPath(entry, current)), jsonLine(entry, subnetOf), null);
      }
    }
  }
  await flush();
  options.progress?.(1);
  return { files, lines, bytes, folders };
}

/** `20260131T1500Z` */
function stamp(time: number): string {
  return `${new Date(time).toISOString().replace(/[-:]/g, '').slice(0, 13)}Z`;
}

/** Where AWS puts a file of the record's account and time window. */
function bucketKey({ at }: Entry, window: number, zipped: boolean): string {
  const day = new Date(window).toISOString().slice(0, 10).replaceAll('-', '/');
  const name = `${at.account}_vpcflowlogs_${at.region}_fl-0${at.vpc.slice(5, 21)}_${stamp(window)}_${at.vpc.slice(-8)}.log`;
  return `AWSLogs/${at.account}/vpcflowlogs/${at.region}/${day}/${name}${zipped ? '.gz' : ''}`;
}

function streamPath({ at }: Entry, window: number): string {
  return join(at.vpc, `${stamp(window)}.json`);
}
