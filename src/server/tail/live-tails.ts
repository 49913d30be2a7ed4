import type { ServerResponse } from 'node:http';
import type { Batch } from '../../engine/columns/batch.ts';
import type { LookupTables } from '../../engine/source.ts';
import { zoneNamed } from '../../engine/time/zones.ts';
import type { Macro } from '../../grammar/parameters.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import type { TailLine } from '../api.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpFailure, tooBusy } from '../http/http-failure.ts';
import type { Route } from '../http/routes.ts';
import { type Log, logBug } from '../operations/log.ts';
import type { Metrics } from '../operations/metrics.ts';
import { LiveQuery, prepareLiveQuery } from './live-query.ts';
import { rowObject } from './row-object.ts';

/** How many live readers there may be, and how much each may get. */
const MOST_TAILS = 10;
const MESSAGES_A_SECOND = 1000;
/** A reader with this many bytes still to take is too slow: messages are skipped until it has caught up. */
const MOST_BEHIND = 1 << 20;
/** Milliseconds between empty lines, by which either side sees that the other is still there. */
const HEARTBEAT = 15_000;

/** The readers of messages as they arrive. */
export class LiveTails {
  readonly #tails = new Set<Tail>();
  readonly #lookups: LookupTables;
  readonly #macros: (text: string) => Promise<ReadonlyMap<string, Macro>>;
  readonly #metrics: Metrics;
  readonly #log: Log;
  readonly #now: () => number;

  constructor(parts: {
    readonly lookups: LookupTables;
    /** The macros that a query may use. */
    macros(text: string): Promise<ReadonlyMap<string, Macro>>;
    readonly metrics: Metrics;
    readonly log: Log;
    readonly now: () => number;
  }) {
    this.#lookups = parts.lookups;
    this.#macros = (text) => parts.macros(text);
    this.#metrics = parts.metrics;
    this.#log = parts.log;
    this.#now = parts.now;
  }

  routes(): readonly Route[] {
    const handle = (exchange: Exchange) => this.#follow(exchange);
    return [{ method: 'GET', path: '/api/v1/tail', scope: 'query', errors: 'search', handle }];
  }

  /** Whether there is a reader. */
  get any(): boolean {
    return this.#tails.size > 0;
  }

  /** Shows new messages to the readers. They are safe in the store by now. */
  publish(batches: readonly Batch[]): void {
    for (const tail of this.#tails) {
      try {
        for (const batch of batches) tail.push(batch);
      } catch (thrown) {
        logBug(this.#log, thrown);
        tail.end();
      }
    }
  }

  /** Ends all readers. */
  stop(): void {
    for (const tail of this.#tails) tail.end();
  }

  async #follow({ query, request, response, signal }: Exchange): Promise<void> {
    const text = query.get('query') ?? '';
    if (text.trim() === '') throw new HttpFailure(400, 'tail.no.query', 'the request has no `query`');
    const timeZone = query.get('timeZone') ?? 'UTC';
    if (zoneNamed(timeZone) === null) {
      throw new HttpFailure(
        400,
        'tail.unknown.timezone',
        `\`${timeZone.slice(0, 100)}\` is no known time zone`,
      );
    }
    const prepared = prepareLiveQuery(text, await this.#macros(text));
    if (!prepared.ok) {
      throw new HttpFailure(400, 'tail.parse.error', renderDiagnostics(text, prepared.diagnostics));
    }
    if (this.#tails.size >= MOST_TAILS) throw tooBusy(`there are ${MOST_TAILS} live readers already`, 10);
    const live = await LiveQuery.start(prepared.plan, {
      lookups: this.#lookups,
      timeZone,
      signal,
      now: this.#now,
    });
    // Whoever reads with a pager may take a break.
    request.socket.setTimeout(0);
    response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
    response.flushHeaders();
    const tail = new Tail(live, response, (messages) => this.#metrics.tailSkipped.add([], messages));
    this.#tails.add(tail);
    this.#metrics.tails = this.#tails.size;
    try {
      await tail.closed(signal);
    } finally {
      this.#tails.delete(tail);
      this.#metrics.tails = this.#tails.size;
    }
  }
}

/** One reader. */
class Tail {
  readonly #live: LiveQuery;
  readonly #response: ServerResponse;
  readonly #onSkipped: (messages: number) => void;
  #skipped = 0;
  /** How many messages may be sent at once; grows with time. */
  #allowance = MESSAGES_A_SECOND;
  #allowedAt = performance.now();

  constructor(live: LiveQuery, response: ServerResponse, onSkipped: (messages: number) => void) {
    this.#live = live;
    this.#response = response;
    this.#onSkipped = onSkipped;
    response.on('error', () => {}); // the reader is gone: `close` follows
  }

  push(batch: Batch): void {
    this.#refill();
    this.#live.push(batch, (out) => {
      const room = this.#response.writableLength < MOST_BEHIND ? Math.floor(this.#allowance) : 0;
      const shown = Math.min(room, out.length);
      if (shown > 0) this.#tellSkipped();
      for (let row = 0; row < shown; row++) this.#line({ kind: 'message', fields: rowObject(out, row) });
      this.#allowance -= shown;
      this.#skip(out.length - shown);
    });
  }

  end(): void {
    this.#response.end();
  }

  /** Resolves when either side has ended it. */
  async closed(signal: AbortSignal): Promise<void> {
    const heartbeat = setInterval(() => {
      if (!this.#response.writableNeedDrain && !this.#response.writableEnded) this.#response.write('\n');
    }, HEARTBEAT);
    const notices = setInterval(() => {
      if (this.#response.writableLength < MOST_BEHIND) this.#tellSkipped();
    }, 1000);
    await new Promise<void>((resolve) => {
      this.#response.on('close', resolve);
      signal.addEventListener('abort', () => this.#response.end(), { once: true });
    });
    clearInterval(heartbeat);
    clearInterval(notices);
  }

  #refill(): void {
    const now = performance.now();
    const earned = ((now - this.#allowedAt) / 1000) * MESSAGES_A_SECOND;
    this.#allowance = Math.min(2 * MESSAGES_A_SECOND, this.#allowance + earned);
    this.#allowedAt = now;
  }

  #skip(messages: number): void {
    if (messages === 0) return;
    this.#skipped += messages;
    this.#onSkipped(messages);
  }

  #tellSkipped(): void {
    if (this.#skipped === 0) return;
    this.#line({ kind: 'skipped', messages: this.#skipped });
    this.#skipped = 0;
  }

  #line(line: TailLine): void {
    if (this.#response.writableEnded) return;
    this.#response.write(`${JSON.stringify(line)}\n`);
  }
}
