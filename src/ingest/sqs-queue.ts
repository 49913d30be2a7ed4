import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { awsMessage, clientSettings } from './aws-client.ts';
import { InputProblem } from './byte-stream.ts';
import type { QueueSettings } from './s3-settings.ts';

/** A message of a queue. */
export interface QueueMessage {
  readonly body: string;
  /** What deletes it. */
  readonly handle: string;
  readonly id: string;
}

/** As many messages as the service gives and takes at once. */
const MOST_AT_ONCE = 10;
/** Ms for which more messages are fetched before the first ones are worked on. */
const GATHER = 1000;
/** Seconds the service waits for a first message. */
const LONG_POLL = 20;

/** A queue of any service that speaks SQS. */
export class Queue {
  readonly #client: SQSClient;
  readonly #sdk: typeof import('./aws-sqs.ts');
  readonly #url: string;

  private constructor(sdk: typeof import('./aws-sqs.ts'), client: SQSClient, url: string) {
    this.#sdk = sdk;
    this.#client = client;
    this.#url = url;
  }

  /** Nothing is asked of the service yet. */
  static async open(settings: QueueSettings, bucketRegion: string | null): Promise<Queue> {
    const sdk = await import('./aws-sqs.ts');
    const { host, origin } = new URL(settings.queue);
    const ofAws = /(^|\.)amazonaws\.com(\.cn)?$/.test(host);
    const endpoint = settings.endpoint ?? (ofAws ? null : origin);
    const region = settings.region ?? (ofAws ? regionOf(host) : null) ?? bucketRegion;
    const client = new sdk.SQSClient({
      ...clientSettings({ region, endpoint }),
      // Not every service that speaks SQS tells checksums.
      ...(endpoint === null ? {} : { md5: false as const }),
    });
    return new Queue(sdk, client, settings.queue);
  }

  /**
   * Messages that wait, up to `most`; waits some seconds for the first one. Those not deleted come again
   * after the queue's visibility timeout. Rejects with an InputProblem.
   */
  async receive(most: number, signal: AbortSignal): Promise<readonly QueueMessage[]> {
    const messages = (await this.#receive(LONG_POLL, signal)).flatMap(readMessage);
    const until = performance.now() + GATHER;
    let full = messages.length >= MOST_AT_ONCE;
    while (full && messages.length < most && performance.now() < until) {
      const more = await this.#receive(0, signal);
      messages.push(...more.flatMap(readMessage));
      full = more.length >= MOST_AT_ONCE;
    }
    return messages;
  }

  async #receive(wait: number, signal: AbortSignal): Promise<readonly Message[]> {
    const answer = await this.#asked(() =>
      this.#client.send(
        new this.#sdk.ReceiveMessageCommand({
          QueueUrl: this.#url,
          MaxNumberOfMessages: MOST_AT_ONCE,
          WaitTimeSeconds: wait,
        }),
        { abortSignal: signal },
      ),
    );
    return answer.Messages ?? [];
  }

  /** Deletes messages; how many of them the service refused to delete (they come again). */
  async delete(messages: readonly QueueMessage[]): Promise<number> {
    let refused = 0;
    for (let at = 0; at < messages.length; at += MOST_AT_ONCE) {
      const some = messages.slice(at, at + MOST_AT_ONCE);
      const answer = await this.#asked(() =>
        this.#client.send(
          new this.#sdk.DeleteMessageBatchCommand({
            QueueUrl: this.#url,
            Entries: some.map(({ handle }, place) => ({ Id: String(place), ReceiptHandle: handle })),
          }),
        ),
      );
      refused += answer.Failed?.length ?? 0;
    }
    return refused;
  }

  close(): void {
    this.#client.destroy();
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (failure) {
      if (failure instanceof Error && failure.name === 'AbortError') throw failure;
      throw new InputProblem(`queue \`${this.#url}\` cannot be read: ${awsMessage(failure)}`);
    }
  }
}

function regionOf(host: string): string | null {
  return /^sqs\.([a-z0-9-]+)\.amazonaws\.com/.exec(host)?.[1] ?? null;
}

function readMessage({ Body, ReceiptHandle, MessageId }: Message): QueueMessage[] {
  if (ReceiptHandle === undefined) return [];
  return [{ body: Body ?? '', handle: ReceiptHandle, id: MessageId ?? '' }];
}
