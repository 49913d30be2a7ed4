import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** What goes wrong with one request; null: it passes. */
export type Fault = (request: { readonly method: string; readonly url: string }) => FaultKind | null;

/** `refuse`: answered with this status. `cut`: the body ends after this many bytes, with the connection. */
export type FaultKind =
  | { readonly kind: 'refuse'; readonly status: number }
  | { readonly kind: 'cut'; readonly bytes: number };

export const BUCKET = 'logs';

interface S3rver {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}
const S3rver = createRequire(import.meta.url)('@20minutes/s3rver') as new (options: object) => S3rver;

/**
 * An S3 server with one bucket, on loopback, behind a proxy that counts requests, makes faults, cuts
 * listings into pages (the server's own continuation tokens need a cipher that OpenSSL gave up) and
 * keeps versions (which the server does not have).
 */
export class S3TestServer {
  /** Requests that passed or were spoiled, as `GET /logs/key`. */
  readonly requests: string[] = [];
  fault: Fault = () => null;
  /** At most this many keys a page. */
  pageSize = 1000;
  /** Whether objects have versions from now on. */
  versioned = false;
  readonly #versions = new Map<string, Version[]>();
  #made = 0;
  readonly #server: S3rver;
  readonly #folder: string;
  readonly #proxy: ReturnType<typeof createServer>;
  readonly #behind: AddressInfo;
  readonly #client: S3Client;

  private constructor(server: S3rver, folder: string, behind: AddressInfo) {
    this.#server = server;
    this.#folder = folder;
    this.#behind = behind;
    this.#proxy = createServer((incoming, answer) => this.#pass(incoming, answer));
    this.#client = new S3Client({
      endpoint: `http://127.0.0.1:${behind.port}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: CREDENTIALS,
    });
  }

  static async start(): Promise<S3TestServer> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-s3-'));
    const server = new S3rver({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory: folder,
      configureBuckets: [{ name: BUCKET }],
    });
    const started = new S3TestServer(server, folder, await server.run());
    await new Promise<void>((resolve) => started.#proxy.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ACCESS_KEY_ID = CREDENTIALS.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = CREDENTIALS.secretAccessKey;
    return started;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#proxy.address() as AddressInfo).port}`;
  }

  /** Keeps an object; its version, or null without versions. */
  async put(key: string, body: string | Uint8Array): Promise<string | null> {
    const id = this.versioned ? `version-${++this.#made}` : null;
    if (id !== null) {
      const bytes = Buffer.from(body);
      this.#versions.set(key, [...(this.#versions.get(key) ?? []), { id, bytes, made: new Date() }]);
    }
    await this.#client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
    return id;
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));
  }

  /** How many requests asked for objects, not for listings. */
  get reads(): number {
    return this.requests.filter((one) => !one.includes('list-type=2')).length;
  }

  async stop(): Promise<void> {
    this.#proxy.closeAllConnections();
    this.#proxy.close();
    this.#client.destroy();
    await this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method = '', headers } = incoming;
    const url = this.#paged(incoming.url ?? '/');
    this.requests.push(`${method} ${url}`);
    const fault = this.fault({ method, url });
    if (fault?.kind === 'refuse') {
      answer.writeHead(fault.status).end();
      return;
    }
    const { port } = this.#behind;
    const { searchParams, pathname } = new URL(url, this.endpoint);
    const versions = this.#versions.get(decodeURIComponent(pathname.slice(BUCKET.length + 2))) ?? [];
    const wanted = searchParams.get('versionId');
    if (wanted !== null) {
      answerVersion(
        versions.find(({ id }) => id === wanted),
        answer,
      );
      return;
    }
    // Without a signature the test server lets everyone in; the one that came is for the proxy's address.
    const { authorization: _, ...others } = headers;
    const passed = request({ host: '127.0.0.1', port, method, path: url, headers: others }, (response) => {
      const newest = versions.at(-1);
      if (newest !== undefined) response.headers['x-amz-version-id'] = newest.id;
      if (searchParams.has('list-type') && response.statusCode === 200) {
        void collected(response).then((listing) => answer.end(pageOf(listing, this.pageSize)));
        return;
      }
      answer.writeHead(response.statusCode ?? 500, response.headers);
      if (fault === null) response.pipe(answer);
      else cutAfter(response, answer, fault.bytes);
    });
    passed.on('error', () => answer.destroy());
    incoming.pipe(passed);
  }

  /** The request with its continuation token as what it stands for: the last key of the page before. */
  #paged(url: string): string {
    return url.replace('continuation-token=', 'start-after=');
  }
}

interface Version {
  readonly id: string;
  readonly bytes: Buffer;
  readonly made: Date;
}

function answerVersion(version: Version | undefined, answer: ServerResponse): void {
  if (version === undefined) {
    answer.writeHead(404, { 'content-type': 'application/xml' });
    answer.end(
      '<?xml version="1.0"?><Error><Code>NoSuchVersion</Code><Message>no such version</Message></Error>',
    );
    return;
  }
  answer.writeHead(200, {
    etag: `"${createHash('md5').update(version.bytes).digest('hex')}"`,
    'content-length': version.bytes.length,
    'last-modified': version.made.toUTCString(),
    'x-amz-version-id': version.id,
  });
  answer.end(version.bytes);
}

/** The first `size` keys of a listing, with a token when there are more. */
function pageOf(listing: string, size: number): string {
  const entries = listing.match(/<Contents>.*?<\/Contents>/gs) ?? [];
  if (entries.length <= size) return listing;
  const key = /<Key>(.*?)<\/Key>/s.exec(entries[size - 1] ?? '')?.[1] ?? '';
  const page = entries.slice(0, size).join('');
  return listing
    .replace(/<Contents>.*<\/Contents>/s, () => page)
    .replace('<IsTruncated>false</IsTruncated>', '<IsTruncated>true</IsTruncated>')
    .replace(
      '</ListBucketResult>',
      () => `<NextContinuationToken>${key}</NextContinuationToken></ListBucketResult>`,
    );
}

async function collected(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return text;
}

function cutAfter(response: IncomingMessage, answer: ServerResponse, bytes: number): void {
  let left = bytes;
  response.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    answer.write(part, () => {
      if (left <= 0) answer.destroy();
    });
  });
  response.on('end', () => answer.end());
}

const CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
