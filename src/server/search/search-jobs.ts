import { randomBytes } from 'node:crypto';
import type { SearchJobCreated } from '../api.ts';
import type { Caller } from '../auth/caller.ts';
import { type Exchange, parameter } from '../http/exchange.ts';
import { HttpFailure, tooBusy } from '../http/http-failure.ts';
import type { InFlight } from '../http/in-flight.ts';
import { readJson } from '../http/read-body.ts';
import { sendJson } from '../http/respond.ts';
import type { Route } from '../http/routes.ts';
import { type Log, logBug } from '../operations/log.ts';
import { jobRefused, readJobRequest } from './job-request.ts';
import type { QueryRunner } from './query-runner.ts';
import { SearchJob } from './search-job.ts';

/** How many jobs there may be, and how long one is kept that nobody asks for. */
export interface JobLimits {
  readonly perCaller: number;
  readonly kept: number;
  /** Milliseconds. */
  readonly idle: number;
}

export const JOB_LIMITS: JobLimits = { perCaller: 10, kept: 200, idle: 300_000 };

const MOST_PER_PAGE = 10_000;

/** The search jobs of a server, and the API for them. */
export class SearchJobs {
  readonly #jobs = new Map<string, SearchJob>();
  readonly #runner: QueryRunner;
  readonly #inFlight: InFlight;
  readonly #log: Log;
  readonly #limits: JobLimits;
  readonly #now: () => number;
  readonly #running = new Set<Promise<void>>();

  constructor(parts: {
    readonly runner: QueryRunner;
    readonly inFlight: InFlight;
    readonly log: Log;
    readonly limits: JobLimits;
    readonly now: () => number;
  }) {
    this.#runner = parts.runner;
    this.#inFlight = parts.inFlight;
    this.#log = parts.log;
    this.#limits = parts.limits;
    this.#now = parts.now;
  }

  routes(): readonly Route[] {
    const base = '/api/v1/search/jobs';
    const route = (
      method: Route['method'],
      path: string,
      handle: (exchange: Exchange) => Promise<void>,
    ): Route => ({ method, path, scope: 'query', errors: 'search', handle });
    return [
      route('POST', base, (exchange) => this.#create(exchange)),
      route('GET', `${base}/:id`, async (exchange) => sendJson(exchange, 200, this.#job(exchange).status())),
      route('GET', `${base}/:id/messages`, (exchange) => this.#messages(exchange)),
      route('GET', `${base}/:id/records`, (exchange) => this.#records(exchange)),
      route('DELETE', `${base}/:id`, (exchange) => this.#remove(exchange)),
    ];
  }

  /** Forgets jobs that nobody has asked for in a while. */
  expire(): void {
    for (const job of this.#jobs.values()) {
      if (this.#now() - job.asked < this.#limits.idle) continue;
      job.cancel();
      this.#jobs.delete(job.id);
    }
  }

  /** Cancels every job; resolves when the last one has stopped. */
  async stop(): Promise<void> {
    for (const job of this.#jobs.values()) job.cancel();
    await Promise.all(this.#running);
    this.#jobs.clear();
  }

  async #create(exchange: Exchange): Promise<void> {
    const body = await readJson(exchange.request, this.#inFlight);
    const request = await readJobRequest(body, (text) => this.#runner.macros(text));
    const { caller } = exchange;
    this.expire();
    this.#refuseTooMany(caller);
    const id = randomBytes(8).toString('hex').toUpperCase();
    const job = new SearchJob(id, caller.accessId, request, this.#now());
    this.#jobs.set(id, job);
    const running = job
      .run(this.#runner, caller.admin, (thrown) => logBug(this.#log, thrown))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    const href = `http://${exchange.request.headers.host ?? 'localhost'}/api/v1/search/jobs/${id}`;
    const created: SearchJobCreated = { id, link: { rel: 'self', href } };
    sendJson(exchange, 202, created, { location: href });
  }

  #refuseTooMany(caller: Caller): void {
    const own = [...this.#jobs.values()].filter((job) => job.owner === caller.accessId && !job.finished);
    if (own.length >= this.#limits.perCaller) {
      throw tooBusy(`${this.#limits.perCaller} search jobs of this key run already`, 5);
    }
    if (this.#jobs.size < this.#limits.kept) return;
    // A job that is done and was not asked for the longest makes room.
    const [oldest] = [...this.#jobs.values()]
      .filter((job) => job.finished)
      .toSorted((one, other) => one.asked - other.asked);
    if (oldest === undefined) throw tooBusy(`${this.#limits.kept} search jobs are active`, 5);
    this.#jobs.delete(oldest.id);
  }

  /** The job that the path names. Throws an HttpFailure (404) when the caller has none of that id. */
  #job(exchange: Exchange): SearchJob {
    const job = this.#jobs.get(parameter(exchange, 'id'));
    if (job === undefined || job.owner !== exchange.caller.accessId) {
      throw new HttpFailure(404, 'searchjob.jobid.invalid', 'there is no such search job');
    }
    job.asked = this.#now();
    return job;
  }

  async #messages(exchange: Exchange): Promise<void> {
    const job = this.#job(exchange);
    const { offset, limit } = page(exchange.query);
    sendJson(exchange, 200, job.messages(offset, limit));
  }

  async #records(exchange: Exchange): Promise<void> {
    const job = this.#job(exchange);
    const { offset, limit } = page(exchange.query);
    if (!job.aggregates) {
      throw jobRefused(
        'no.records.not.an.aggregation.query',
        'the query is no aggregation, so it has no records; ask for its messages',
      );
    }
    sendJson(exchange, 200, job.records(offset, limit));
  }

  async #remove(exchange: Exchange): Promise<void> {
    const job = this.#job(exchange);
    job.cancel();
    this.#jobs.delete(job.id);
    sendJson(exchange, 200, { id: job.id });
  }
}

function page(query: URLSearchParams): { readonly offset: number; readonly limit: number } {
  const read = (name: 'offset' | 'limit'): number => {
    const text = query.get(name)?.trim() ?? '';
    const value = Number(text);
    if (text === '' || !Number.isSafeInteger(value)) {
      throw jobRefused(`${name}.missing`, `\`${name}\` must be a whole number`);
    }
    if (value < 0) throw jobRefused(`${name}.negative`, `\`${name}\` is negative`);
    return value;
  };
  const offset = read('offset');
  const limit = read('limit');
  if (limit === 0) throw jobRefused('limit.zero', '`limit` is zero');
  return { offset, limit: Math.min(limit, MOST_PER_PAGE) };
}
