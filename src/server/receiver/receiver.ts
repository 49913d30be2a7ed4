import { setImmediate, setTimeout } from 'node:timers/promises';
import { type Batch, keepBatch } from '../../engine/columns/batch.ts';
import { acquireKernels, releaseKernels } from '../../engine/kernels/wasm/memory.ts';
import type { Origin } from '../../ingest/message-block.ts';
import { Tally } from '../../ingest/receipt.ts';
import type { LateFields } from '../../store/late-fields.ts';
import type { Store } from '../../store/store.ts';
import { basicCredentials, credentialPair } from '../auth/basic.ts';
import type { Gate } from '../auth/gate.ts';
import { answerFailure, asHttpFailure, internalFailure } from '../http/answer-failure.ts';
import { type Exchange, header } from '../http/exchange.ts';
import { HttpFailure } from '../http/http-failure.ts';
import type { InFlight } from '../http/in-flight.ts';
import { requestId } from '../http/request-id.ts';
import { sendJson, sendNothing } from '../http/respond.ts';
import { type Log, logBug } from '../operations/log.ts';
import type { Metrics } from '../operations/metrics.ts';
import { Slots } from '../operations/slots.ts';
import type { LiveTails } from '../tail/live-tails.ts';
import type { Committer } from './committer.ts';
import { type Content, hold, readContent, refuseMetrics } from './content.ts';
import { firehoseAnswer, firehoseDelivery, isFirehose } from './firehose.ts';
import type { HttpSource, HttpSources } from './http-sources.ts';
import { readMessages } from './read-messages.ts';
import { requestOrigin } from './request-origin.ts';
import type { RunningArrival, RunningRules } from './running-rules.ts';

/** How large and how slow a request may be. */
export interface ReceiverLimits {
  readonly maxBytes: number;
  readonly maxUnpacked: number;
  /** Milliseconds. */
  readonly timeout: number;
}

export const RECEIVER_LIMITS: ReceiverLimits = {
  maxBytes: 64 << 20,
  maxUnpacked: 256 << 20,
  timeout: 30_000,
};

/** What the receiver works with. */
export interface ReceiverParts {
  readonly store: Store;
  readonly sources: HttpSources;
  readonly rules: RunningRules;
  readonly gate: Gate;
  readonly committer: Committer;
  readonly tails: LiveTails;
  readonly inFlight: InFlight;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly limits: ReceiverLimits;
  now(): number;
}

/** The source of senders that bring a key in place of a source's code: the request says what its messages are. */
const KEY_SOURCE = '(access key)';
const MAX_BATCH_ID = 200;
/** Reading a body of more bytes takes milliseconds. */
const LARGE = 1 << 16;
/** Milliseconds that a body waits for queries, at most. */
const MOST_WAY = 20;
const NEVER = new AbortController().signal;
/** Kinds of messages that were left out on purpose and belong into the ledger. */
const LEDGER_REASONS = ['excluded', 'not-included', 'stream-prefix', 'internal-traffic', 'before-cutoff'];

/** What became of a body. */
interface Received {
  readonly tally: Tally;
  /** The messages for those who watched when they were read, in arrays of their own. */
  readonly live: readonly Batch[];
  /** What these still lack. */
  readonly late: LateFields | null;
}

/** Takes messages over HTTP: 200 once they are durable, and anything else means that none of them is stored. */
export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #keySource: HttpSource;
  readonly #turns = new Slots(1);
  readonly #kernels = acquireKernels();

  constructor(parts: ReceiverParts, keySource: Omit<HttpSource, 'name'>) {
    this.#parts = parts;
    this.#keySource = { name: KEY_SOURCE, ...keySource };
  }

  /** `POST /receiver/v1/http/:code`, or without a code where a key of scope `ingest` stands in for it. */
  async receive(exchange: Exchange): Promise<void> {
    const { inFlight, metrics, store } = this.#parts;
    const held = { bytes: 0 };
    const progress: { source: string; requestId: string | null } = {
      source: '',
      requestId: isFirehose(exchange.request) ? header(exchange.request, 'x-amz-firehose-request-id') : null,
    };
    try {
      await this.#receive(exchange, held, progress);
    } catch (thrown) {
      const failure = asHttpFailure(thrown) ?? this.#bug(exchange, thrown);
      metrics.refused.add([failure.code]);
      store.ledger.add({
        what: 'refused',
        why: `HTTP ${failure.status}: ${failure.code}`,
        where: progress.source,
        bytes: held.bytes,
      });
      if (progress.requestId === null) return answerFailure(exchange, failure, 'search');
      const answer = firehoseAnswer(progress.requestId, this.#parts.now(), failure.message);
      sendJson(exchange, failure.status, answer, failure.headers);
    } finally {
      inFlight.give(held.bytes);
    }
  }

  /** No more requests come. */
  close(): void {
    releaseKernels(this.#kernels);
  }

  #bug({ response }: Exchange, thrown: unknown): HttpFailure {
    logBug(this.#parts.log, thrown, { request: requestId(response) });
    return internalFailure();
  }

  async #receive(
    exchange: Exchange,
    held: { bytes: number },
    progress: { source: string; requestId: string | null },
  ): Promise<void> {
    const { request } = exchange;
    const { inFlight, limits, metrics, now, tails } = this.#parts;
    const started = performance.now();
    const source = await this.#sourceOf(exchange);
    progress.source = source.name;
    refuseMetrics(request);
    const batchId = givenBatchId(exchange);
    const { origin, left } = requestOrigin(request, source.source);
    if (source === this.#keySource && origin.category === null) {
      throw new HttpFailure(
        400,
        'category.missing',
        'the header X-Sumo-Category must say what the messages are',
      );
    }
    const content = await readContent(request, { ...limits, inFlight }, held);
    const delivery = firehoseDelivery(request, content);
    progress.requestId = delivery?.requestId ?? progress.requestId;
    if (delivery !== null) hold(delivery.content.length, inFlight, held);
    const body = delivery?.content ?? content;
    const id = batchId ?? (delivery === null ? null : `firehose ${delivery.requestId}`);
    const { tally, live, late } = await this.#store(body, origin, source, id);
    metrics.acknowledged.observe((performance.now() - started) / 1000);
    metrics.messages.add([source.name], tally.stored);
    metrics.bytes.add([source.name], content.length);
    this.#note(source, tally, left);
    if (delivery === null) sendNothing(exchange, 200);
    else sendJson(exchange, 200, firehoseAnswer(delivery.requestId, now(), null));
    if (live.length > 0) tails.publish(late === null ? live : live.map((batch) => late.complete(batch)));
  }

  /**
   * Reads the messages of a body and stores them. One body is read at a time, first come, first served,
   * and after a large one other work gets a turn: acknowledgements that are due must not wait for it.
   */
  async #store(body: Content, origin: Origin, source: HttpSource, id: string | null): Promise<Received> {
    const { rules, committer, store, metrics, now, tails } = this.#parts;
    const batchId = id === null ? null : `${source.name} ${id}`;
    if (batchId !== null && store.hasBatch(batchId)) {
      metrics.repeated.add();
      await store.append([], { batchId }); // it may still be on its way to the disk
      return { tally: new Tally(), live: [], late: null };
    }
    // A source that asks EC2 about its records waits for answers: others need not wait with it.
    const alone = source.cloudwatch.interfaces === null;
    metrics.waiting++;
    const done = alone ? await this.#turns.take(NEVER) : () => {};
    metrics.waiting--;
    const started = performance.now();
    const kernels = alone ? this.#kernels : null;
    let stored: Promise<void>;
    let received: Received;
    try {
      const arrival = await rules.current();
      const late = arrival === null ? null : lateFor(body, arrival);
      const atOnce = late === null ? (arrival?.rules ?? null) : null;
      const { batches, tally } = await readMessages(body, origin, source, atOnce, now, kernels);
      // Live readers see the messages once they are safe, when the next body lies where they lay.
      received = { tally, live: tails.any ? batches.map(keepBatch) : [], late };
      const copied = Promise.withResolvers<void>();
      stored = committer.commit(batches, { batchId, late, onCopied: copied.resolve });
      await Promise.race([copied.promise, stored]);
      if (body.length > LARGE) await this.#giveWay(performance.now() - started);
    } finally {
      done();
    }
    await stored;
    return received;
  }

  /** Lets other work have its turn after a body that took so many ms: answers that are due, and queries as long as the body took. */
  async #giveWay(spent: number): Promise<void> {
    if (this.#parts.metrics.queriesRunning === 0) await setImmediate();
    else await setTimeout(Math.min(spent, MOST_WAY));
  }

  /** Whose request it is: by the code in the path, a code or key that Firehose brings, or a key. Throws an HttpFailure (401). */
  async #sourceOf({ request, parameters }: Exchange): Promise<HttpSource> {
    const { sources, gate } = this.#parts;
    const firehoseKey = header(request, 'x-amz-firehose-access-key');
    const code = parameters.get('code') ?? firehoseKey;
    const source = code === null ? null : await sources.withCode(code);
    if (source !== null) return source;
    const pair =
      basicCredentials(header(request, 'authorization')) ??
      (firehoseKey === null ? null : credentialPair(firehoseKey));
    if (parameters.has('code') || pair === null) {
      throw new HttpFailure(401, 'unauthorized', 'no source has this address', {
        hint: '`weir sources add http NAME --category C` makes one',
      });
    }
    await gate.open(pair, 'ingest');
    return this.#keySource;
  }

  /** Writes down what a rule left out; nothing disappears without a trace. */
  #note(source: HttpSource, tally: Tally, left: readonly string[]): void {
    const { store, metrics } = this.#parts;
    for (const [reason, messages] of tally.skipped) {
      metrics.dropped.add([reason], messages);
      if (!LEDGER_REASONS.includes(reason)) continue;
      store.ledger.add({ what: 'dropped', why: reason, where: source.name, messages });
    }
    if (left.length > 0) {
      store.ledger.add({
        what: 'dropped',
        why: 'fields that cannot be set',
        where: source.name,
      });
    }
  }
}

/** Large bodies are acknowledged before their messages go through the rules, whose text is kept with them meanwhile. */
function lateFor(body: Content, { late }: RunningArrival): LateFields | null {
  return late !== null && body.length > LARGE && late.text.length * 8 < body.length ? late : null;
}

/** The sender's name for its batch, under which it is stored once only. */
function givenBatchId({ request }: Exchange): string | null {
  const id = header(request, 'x-weir-batch');
  if (id === null || id.length <= MAX_BATCH_ID) return id;
  throw new HttpFailure(400, 'batch.invalid', `the batch id has more than ${MAX_BATCH_ID} characters`);
}
