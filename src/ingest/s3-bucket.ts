import type { GetObjectCommandInput, GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { reasonOf } from '../engine/reason-of.ts';
import { awsMessage, clientSettings } from './aws-client.ts';
import { type ByteStream, InputProblem } from './byte-stream.ts';
import type { S3Settings } from './s3-settings.ts';

/** An object as a listing tells of it. */
export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  /** Epoch ms. */
  readonly modified: number;
}

/** An object that is being read: what the service really gives, which a listing or a notification may not know yet. */
export interface OpenedObject {
  readonly etag: string;
  /** Null in a bucket without versions. */
  readonly versionId: string | null;
  readonly size: number;
  /** Epoch ms. */
  readonly modified: number;
  /** The bytes, to be read once to the end or not at all (then `discard`). */
  readonly body: ByteStream;
  discard(): void;
}

/** The object is not there (any more). */
export class ObjectGone extends Error {
  constructor(key: string) {
    super(`there is no object \`${key}\``);
    this.name = 'ObjectGone';
  }
}

/** How often a broken connection is taken up where it broke, for one object. */
const RESUMES = 3;

/** A bucket of any service that speaks S3. */
export class Bucket {
  readonly #client: S3Client;
  readonly #sdk: typeof import('./aws-s3.ts');
  readonly #bucket: string;

  private constructor(sdk: typeof import('./aws-s3.ts'), client: S3Client, bucket: string) {
    this.#sdk = sdk;
    this.#client = client;
    this.#bucket = bucket;
  }

  /** Credentials come from where AWS's own tools find them. Nothing is asked of the service yet. */
  static async open(settings: S3Settings): Promise<Bucket> {
    const sdk = await import('./aws-s3.ts');
    const client = new sdk.S3Client({
      ...clientSettings(settings),
      forcePathStyle: settings.forcePathStyle,
      followRegionRedirects: true,
      // Not every service that speaks S3 knows AWS's later checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: settings.endpoint === null ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED',
    });
    return new Bucket(sdk, client, settings.bucket);
  }

  /** All objects whose key begins with `prefix`, page by page in order of their keys. Rejects with an InputProblem. */
  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<readonly ListedObject[]> {
    let token: string | undefined;
    do {
      const page = await this.#asked(`bucket \`${this.#bucket}\``, () =>
        this.#client.send(
          new this.#sdk.ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          { abortSignal: signal },
        ),
      );
      yield (page.Contents ?? []).flatMap(({ Key, ETag, Size, LastModified }) =>
        Key === undefined ? [] : [listed(Key, ETag, Size, LastModified)],
      );
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /** Opens an object. Rejects with ObjectGone when it is not there, with an InputProblem for any other reason. */
  async read(key: string, versionId: string | null, signal: AbortSignal): Promise<OpenedObject> {
    const request = {
      Bucket: this.#bucket,
      Key: key,
      ...(versionId === null ? {} : { VersionId: versionId }),
    };
    const answer = await this.#get(key, request, signal);
    const { etag, size, modified } = listed(key, answer.ETag, answer.ContentLength, answer.LastModified);
    return {
      etag,
      versionId: answer.VersionId === 'null' ? null : (answer.VersionId ?? null),
      size,
      modified,
      body: this.#bytes(answer, size, (from) =>
        this.#get(
          key,
          { ...request, Range: `bytes=${from}-`, ...(answer.ETag ? { IfMatch: answer.ETag } : {}) },
          signal,
        ),
      ),
      discard: () => destroy(answer),
    };
  }

  close(): void {
    this.#client.destroy();
  }

  #get(key: string, request: GetObjectCommandInput, signal: AbortSignal): Promise<GetObjectCommandOutput> {
    return this.#asked(`object \`${key}\``, () =>
      this.#client.send(new this.#sdk.GetObjectCommand(request), { abortSignal: signal }),
    );
  }

  /** The bytes of an answer; where the connection breaks, the rest is asked for again. */
  async *#bytes(
    first: GetObjectCommandOutput,
    size: number,
    from: (at: number) => Promise<GetObjectCommandOutput>,
  ): AsyncGenerator<Uint8Array> {
    let at = 0;
    let answer = first;
    for (let resumes = 0; ; resumes++) {
      try {
        for await (const chunk of bodyOf(answer)) {
          at += chunk.length;
          yield chunk;
        }
        if (at >= size) return;
        throw new InputProblem(`it ended after ${at} of ${size} bytes`);
      } catch (failure) {
        if (resumes >= RESUMES || isAbort(failure)) throw asProblem(failure);
      } finally {
        destroy(answer);
      }
      answer = await from(at);
      if (answer.ContentRange === undefined)
        throw new InputProblem(`the connection broke after ${at} of ${size} bytes`);
    }
  }

  async #asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (failure) {
      if (isAbort(failure)) throw failure;
      const name = failure instanceof Error ? failure.name : '';
      if (name === 'NoSuchKey' || name === 'NoSuchVersion') throw new ObjectGone(what);
      throw new InputProblem(`${what} of the S3 service cannot be read: ${awsMessage(failure)}`);
    }
  }
}

/** An object's properties; one without an ETag is told apart by its size and time. */
function listed(
  key: string,
  tag: string | undefined,
  size = 0,
  changed: Date | undefined = undefined,
): ListedObject {
  const modified = changed?.getTime() ?? 0;
  return { key, etag: plainTag(tag) || `${size} bytes of ${modified}`, size, modified };
}

function bodyOf({ Body }: GetObjectCommandOutput): ByteStream {
  if (Body === undefined) return emptyStream();
  return Body as unknown as ByteStream;
}

async function* emptyStream(): AsyncGenerator<Uint8Array> {}

function destroy({ Body }: GetObjectCommandOutput): void {
  if (Body !== undefined && 'destroy' in Body) Body.destroy();
}

/** ETags come in quotation marks from listings and without them from notifications. */
function plainTag(etag: string | undefined): string {
  return (etag ?? '').replace(/^W\//, '').replaceAll('"', '');
}

function isAbort(failure: unknown): boolean {
  return failure instanceof Error && failure.name === 'AbortError';
}

function asProblem(failure: unknown): Error {
  if (failure instanceof InputProblem || isAbort(failure)) return failure as Error;
  return new InputProblem(`the connection broke: ${reasonOf(failure)}`);
}
