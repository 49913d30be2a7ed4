import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { totalmem } from 'node:os';
import { QueryFailure } from '../engine/define.ts';
import type { WorkerPool } from '../engine/run/share.ts';
import { EVENTS_AS_THEY_ARE } from '../ingest/cloudwatch.ts';
import { compileSource } from '../ingest/compile-source.ts';
import { DEFAULT_SOURCE } from '../ingest/source-config.ts';
import type { Store } from '../store/store.ts';
import { storedKeys } from './auth/access-keys.ts';
import { ANYONE } from './auth/caller.ts';
import { Gate } from './auth/gate.ts';
import { guardAgainstPages, type HostRules, isLoopbackName } from './auth/page-guard.ts';
import { dashboardRoutes } from './dashboards/dashboards-api.ts';
import { StoredDashboards } from './dashboards/stored-dashboards.ts';
import { answerFailure, asHttpFailure, internalFailure } from './http/answer-failure.ts';
import { discardRest } from './http/discard-rest.ts';
import type { Exchange } from './http/exchange.ts';
import { goingDown, HttpFailure } from './http/http-failure.ts';
import { InFlight } from './http/in-flight.ts';
import { sendJson, setSecurityHeaders } from './http/respond.ts';
import { type ErrorShape, type Found, type Route, Routes } from './http/routes.ts';
import type { Log } from './operations/log.ts';
import { Throttled } from './operations/log.ts';
import { Metrics } from './operations/metrics.ts';
import { type Retention, UPKEEP_TIMES, Upkeep, type UpkeepTimes } from './operations/upkeep.ts';
import { WatchedDocuments } from './operations/watched-documents.ts';
import { assetRoutes } from './pages/assets.ts';
import { dashboardPages } from './pages/dashboard-pages.ts';
import { searchPages } from './pages/search-page.ts';
import { Committer } from './receiver/committer.ts';
import { HttpSources } from './receiver/http-sources.ts';
import { RECEIVER_LIMITS, Receiver, type ReceiverLimits } from './receiver/receiver.ts';
import { openRules } from './receiver/running-rules.ts';
import { rulesRoutes } from './rules/rules-api.ts';
import { QueryRunner } from './search/query-runner.ts';
import { JOB_LIMITS, type JobLimits, SearchJobs } from './search/search-jobs.ts';
import type { SourceOpeners } from './sources/running-source.ts';
import { SourceRunner } from './sources/source-runner.ts';
import { LiveTails } from './tail/live-tails.ts';

/** How to serve a store. Only the store, the address and the log must be given. */
export interface ServeOptions {
  /** Open for writing; the server closes it when it stops. */
  readonly store: Store;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
  /** Further names that a Host header may have while the server is on a loopback address. */
  readonly allowedHosts?: readonly string[];
  readonly retention?: Retention;
  readonly workers?: WorkerPool;
  readonly sources?: SourceOpeners;
  readonly now?: () => number;
  readonly limits?: Partial<ServeLimits>;
}

/** What the server gives to those who ask much of it. */
export interface ServeLimits extends ReceiverLimits {
  /** Bytes of bodies in memory at a time. */
  readonly inFlight: number;
  readonly connections: number;
  /** Milliseconds that headers may take. */
  readonly headersTimeout: number;
  /** Milliseconds that a query may take. */
  readonly queryTime: number;
  readonly queriesAtOnce: number;
  /** Milliseconds that running requests get when the server stops. */
  readonly drain: number;
  readonly jobs: JobLimits;
  readonly upkeep: UpkeepTimes;
}

export const SERVE_LIMITS: ServeLimits = {
  ...RECEIVER_LIMITS,
  inFlight: 512 << 20,
  connections: 2000,
  headersTimeout: 15_000,
  queryTime: 600_000,
  queriesAtOnce: 4,
  drain: 20_000,
  jobs: JOB_LIMITS,
  upkeep: UPKEEP_TIMES,
};

/** A server at work. */
export interface RunningServer {
  /** `http://127.0.0.1:8350` */
  readonly url: string;
  /** Stops taking requests, lets running ones end, closes the store. */
  stop(): Promise<void>;
}

/** An address beyond this machine needs at least one key. */
export class NoKeysError extends Error {
  readonly hint: string;
  constructor(host: string) {
    super(`\`--host ${host}\` is open to other machines, and the store has no access keys`);
    this.name = 'NoKeysError';
    this.hint =
      'make one with `weir keys add NAME --scope query`, and put a proxy with TLS in front: keys and messages are sent in the clear';
  }
}

/** Starts to serve. Rejects with a NoKeysError, or with the system's error when the address cannot be used. */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const serving = await Serving.open(options);
  return await serving.listen();
}

class Serving {
  readonly #options: ServeOptions;
  readonly #limits: ServeLimits;
  readonly #routes: Routes;
  readonly #gate: Gate;
  readonly #hosts: HostRules;
  readonly #metrics: Metrics;
  readonly #jobs: SearchJobs;
  readonly #tails: LiveTails;
  readonly #upkeep: Upkeep;
  readonly #runner: SourceRunner;
  readonly #receiver: Receiver;
  readonly #server: Server;
  readonly #stop = new AbortController();
  readonly #throttled = new Throttled();
  readonly #timers: NodeJS.Timeout[] = [];
  #stopping = false;
  #ready = false;
  #active = 0;

  private constructor(
    options: ServeOptions,
    parts: {
      readonly limits: ServeLimits;
      readonly routes: readonly Route[];
      readonly gate: Gate;
      readonly hosts: HostRules;
      readonly metrics: Metrics;
      readonly jobs: SearchJobs;
      readonly tails: LiveTails;
      readonly runner: SourceRunner;
      readonly receiver: Receiver;
    },
  ) {
    this.#options = options;
    this.#limits = parts.limits;
    this.#gate = parts.gate;
    this.#hosts = parts.hosts;
    this.#metrics = parts.metrics;
    this.#jobs = parts.jobs;
    this.#tails = parts.tails;
    this.#runner = parts.runner;
    this.#receiver = parts.receiver;
    this.#routes = new Routes([...parts.routes, this.#health()]);
    const { store, log, retention = { maxAge: null, maxBytes: null } } = options;
    this.#upkeep = new Upkeep(store, retention, log, parts.limits.upkeep);
    this.#server = createServer(
      {
        headersTimeout: parts.limits.headersTimeout,
        // Bodies have a limit of their own, by what the request is.
        requestTimeout: 0,
        keepAliveTimeout: 65_000,
        connectionsCheckingInterval: 1000,
        maxHeaderSize: 16_384,
      },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxConnections = parts.limits.connections;
    this.#server.on('clientError', (failure: NodeJS.ErrnoException, socket) =>
      refuseBrokenRequest(failure, socket),
    );
  }

  static async open(options: ServeOptions): Promise<Serving> {
    const { store, log, now = Date.now } = options;
    const { documents } = store;
    const limits = { ...SERVE_LIMITS, ...options.limits };
    const loopback = isLoopbackName(options.host);
    const keys = await WatchedDocuments.open(documents, ['key'], () => storedKeys(documents));
    if (!loopback && keys.value.length === 0) throw new NoKeysError(options.host);
    const gate = new Gate(keys, loopback);
    const metrics = new Metrics();
    const inFlight = new InFlight(limits.inFlight);
    const rules = await openRules(documents, log);
    const runner = new QueryRunner(
      store,
      { atOnce: limits.queriesAtOnce, memoryBudget: memoryBudget(), timeBudget: limits.queryTime },
      metrics,
      options.workers ?? null,
    );
    const tails = new LiveTails({ lookups: runner.lookups, metrics, log, now });
    const receiver = new Receiver(
      {
        store,
        sources: await HttpSources.open(documents, log),
        rules,
        gate,
        committer: new Committer(store),
        tails,
        inFlight,
        metrics,
        log,
        limits,
        now,
      },
      { source: defaultSource(), cloudwatch: EVENTS_AS_THEY_ARE },
    );
    const jobs = new SearchJobs({ runner, inFlight, log, limits: limits.jobs, now });
    const dashboards = new StoredDashboards(documents, runner, now);
    const receive = (path: string): Route => ({
      method: 'POST',
      path,
      scope: null,
      errors: 'search',
      handle: (exchange) => receiver.receive(exchange),
    });
    const sources = new SourceRunner(
      {
        store,
        log,
        now,
        rules: () => rules.current(),
        stored(source, batches, bytes, messages) {
          metrics.messages.add([source], messages ?? batches.reduce((sum, batch) => sum + batch.length, 0));
          metrics.bytes.add([source], bytes);
          tails.publish(batches);
        },
      },
      options.sources ?? new Map(),
    );
    const routes: readonly Route[] = [
      receive('/receiver/v1/http/:code'),
      receive('/receiver/v1/http'),
      ...jobs.routes(),
      ...rulesRoutes({ documents, inFlight, now, changed: () => rules.refresh() }),
      ...dashboardRoutes(dashboards, inFlight),
      ...tails.routes(),
      ...dashboardPages(dashboards, now),
      ...searchPages(runner, now),
      ...assetRoutes(),
      metricsRoute(metrics, store, inFlight),
    ];
    const hosts = {
      loopback,
      allowed: new Set((options.allowedHosts ?? []).map((name) => name.toLowerCase())),
    };
    return new Serving(options, {
      limits,
      routes,
      gate,
      hosts,
      metrics,
      jobs,
      tails,
      runner: sources,
      receiver,
    });
  }

  async listen(): Promise<RunningServer> {
    const { host, port, log, store } = this.#options;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(port, host, () => {
          this.#server.off('error', reject);
          resolve();
        });
      });
    } catch (failure) {
      await this.#upkeep.stop();
      throw failure;
    }
    const address = this.#server.address() as AddressInfo;
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    const url = `http://${name}:${address.port}`;
    this.#timers.push(setInterval(() => void this.#runner.check(), 2000));
    this.#timers.push(setInterval(() => this.#jobs.expire(), 10_000));
    await this.#runner.check();
    this.#ready = true;
    log.write('info', 'listening', { url, store: store.directory, pid: process.pid });
    return { url, stop: () => this.#end() };
  }

  async #end(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#ready = false;
    const { log, store } = this.#options;
    log.write('info', 'stopping', { requests: this.#active });
    for (const timer of this.#timers) clearInterval(timer);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    this.#tails.stop();
    const late = setTimeout(() => {
      log.write('warn', 'cut-off', { requests: this.#active });
      this.#stop.abort();
      this.#server.closeAllConnections();
    }, this.#limits.drain);
    const idle = setInterval(() => this.#server.closeIdleConnections(), 50);
    await this.#jobs.stop();
    await this.#runner.stop();
    await closed;
    this.#receiver.close();
    clearTimeout(late);
    clearInterval(idle);
    await this.#upkeep.stop();
    await store.close();
    log.write('info', 'stopped');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#active++;
    let found: Found = { kind: 'nothing' };
    setSecurityHeaders(response);
    // A connection that breaks while an answer is written is the client's loss only.
    response.on('error', () => {});
    try {
      const url = requestUrl(request);
      found = url === null ? found : this.#routes.find(request.method ?? 'GET', url.pathname);
      await this.#answer(request, response, found, url);
    } catch (thrown) {
      const failure = asHttpFailure(thrown);
      if (failure === null) this.#tellBug(request, thrown);
      answerFailure({ response }, failure ?? internalFailure(), shapeOf(found, request));
    } finally {
      this.#active--;
      this.#note(request, response, found);
      discardRest(request, response);
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    found: Found,
    url: URL | null,
  ): Promise<void> {
    if (this.#stopping) throw goingDown();
    if (url === null)
      throw new HttpFailure(400, 'request.invalid', 'the address of the request cannot be read');
    // Who may not see anything does not learn which paths there are, either.
    const scope = found.kind === 'route' ? found.route.scope : 'query';
    let caller = ANYONE;
    if (scope !== null) {
      guardAgainstPages(request, this.#hosts);
      caller = await this.#gate.enter(request, scope);
    }
    switch (found.kind) {
      case 'nothing':
        throw new HttpFailure(404, 'notfound', `there is nothing at \`${url.pathname.slice(0, 200)}\``);
      case 'allowed':
        throw new HttpFailure(405, 'method.unsupported', `the path takes ${found.methods.join(', ')}`, {
          headers: { allow: found.methods.join(', ') },
        });
      case 'route': {
        let signal: AbortSignal | null = null;
        const signalOf = () => this.#signalOf(response);
        const exchange: Exchange = {
          request,
          response,
          path: url.pathname,
          query: url.searchParams,
          parameters: found.parameters,
          caller,
          // Made when it is first wanted: most requests are over before anybody looks at it.
          get signal() {
            signal ??= signalOf();
            return signal;
          },
        };
        await found.route.handle(exchange);
      }
    }
  }

  /** Aborted when the client goes before it has its answer, or the server's patience ends. */
  #signalOf(response: ServerResponse): AbortSignal {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    return AbortSignal.any([gone.signal, this.#stop.signal]);
  }

  #note(request: IncomingMessage, response: ServerResponse, found: Found): void {
    const route = found.kind === 'route' ? found.route.path : '(none)';
    const { statusCode: status } = response;
    this.#metrics.requests.add([route, String(status)]);
    if (status < 400) return;
    const held = this.#throttled.pass(`${route} ${status}`);
    if (held === null) return;
    this.#options.log.write(status >= 500 ? 'error' : 'warn', 'request-refused', {
      method: request.method,
      route,
      status,
      from: request.socket.remoteAddress,
      ...(held > 0 ? { likeIt: held } : {}),
    });
  }

  #tellBug(request: IncomingMessage, thrown: unknown): void {
    if (thrown instanceof QueryFailure) return;
    this.#options.log.write('error', 'bug', {
      method: request.method,
      problem: thrown instanceof Error ? thrown.stack : String(thrown),
    });
  }

  #health(): Route {
    return {
      method: 'GET',
      path: '/healthz',
      scope: null,
      errors: 'text',
      handle: async (exchange) => {
        const { store } = this.#options;
        const status = !this.#ready ? 'starting' : store.failure === null ? 'ok' : 'read-only';
        sendJson(exchange, status === 'ok' ? 200 : 503, { status });
      },
    };
  }
}

function metricsRoute(metrics: Metrics, store: Store, inFlight: InFlight): Route {
  return {
    method: 'GET',
    path: '/metrics',
    scope: 'query',
    errors: 'text',
    handle: async ({ response }) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
      response.end(await metrics.text(store, inFlight.bytes));
    },
  };
}

function requestUrl(request: IncomingMessage): URL | null {
  const target = request.url ?? '/';
  // A path that begins with two slashes would be read as a host.
  return URL.parse(`http://localhost${target.startsWith('/') ? target : `/${target}`}`);
}

/** Before a route is known, the path tells what kind of client asks. */
function shapeOf(found: Found, request: IncomingMessage): ErrorShape {
  if (found.kind === 'route') return found.route.errors;
  if (found.kind === 'allowed') return found.errors;
  const path = request.url ?? '';
  if (path.startsWith('/api/') || path.startsWith('/receiver/')) return 'search';
  return (request.headers.accept ?? '').includes('text/html') ? 'page' : 'text';
}

/** A request that is no HTTP, or whose headers are too many or too slow. */
function refuseBrokenRequest(failure: NodeJS.ErrnoException, socket: import('node:stream').Duplex): void {
  if (!socket.writable || failure.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    failure.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : failure.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function defaultSource() {
  const compiled = compileSource(DEFAULT_SOURCE);
  if (!compiled.ok) throw new Error(compiled.problems.join('; '));
  return compiled.value;
}

/** Half of the memory that this process may have. */
function memoryBudget(): number {
  const constrained = process.constrainedMemory();
  const total = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor(total / 2);
}
