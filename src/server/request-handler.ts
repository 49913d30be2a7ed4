import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { QueryFailure } from '../engine/define.ts';
import { ANYONE } from './auth/caller.ts';
import type { Gate } from './auth/gate.ts';
import { guardAgainstPages, type HostRules } from './auth/page-guard.ts';
import { answerFailure, asHttpFailure, internalFailure } from './http/answer-failure.ts';
import { discardRest, PATIENCE } from './http/discard-rest.ts';
import type { Exchange } from './http/exchange.ts';
import { goingDown, HttpFailure } from './http/http-failure.ts';
import { nameRequest, requestId } from './http/request-id.ts';
import { setSecurityHeaders } from './http/respond.ts';
import type { ErrorShape, Found, Routes } from './http/routes.ts';
import { type Log, logBug, Throttled } from './operations/log.ts';
import type { Metrics } from './operations/metrics.ts';

/** Answers requests: finds the route, lets in who may, and says what went wrong. Never rejects. */
export class RequestHandler {
  readonly #routes: Routes;
  readonly #gate: Gate;
  readonly #hosts: HostRules;
  readonly #metrics: Metrics;
  readonly #log: Log;
  /** Aborted when requests that still run must end. */
  readonly #stop: AbortSignal;
  readonly #throttled = new Throttled();
  #stopping = false;
  #active = 0;
  /** The newest request of a connection, and its answer. */
  readonly #newest = new WeakMap<Duplex, { request: IncomingMessage; response: ServerResponse }>();
  /** Connections that end with the answer to their newest request. */
  readonly #ending = new WeakSet<Duplex>();

  constructor(parts: {
    readonly routes: Routes;
    readonly gate: Gate;
    readonly hosts: HostRules;
    readonly metrics: Metrics;
    readonly log: Log;
    readonly stop: AbortSignal;
  }) {
    this.#routes = parts.routes;
    this.#gate = parts.gate;
    this.#hosts = parts.hosts;
    this.#metrics = parts.metrics;
    this.#log = parts.log;
    this.#stop = parts.stop;
  }

  /** Requests that are being answered. */
  get active(): number {
    return this.#active;
  }

  /** From now on requests are turned away; those that run go on. */
  turnAway(): void {
    this.#stopping = true;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    this.#active++;
    this.#newest.set(request.socket, { request, response });
    nameRequest(request, response);
    let found: Found = { kind: 'nothing' };
    setSecurityHeaders(response);
    // A connection that breaks while an answer is written is the client's loss only.
    response.on('error', () => {});
    try {
      const url = requestUrl(request);
      if (url !== null) found = this.#routes.find(request.method ?? 'GET', joinedPath(url));
      await this.#answer(request, response, found, url);
    } catch (thrown) {
      const failure = asHttpFailure(thrown);
      if (failure === null) this.#tellBug(request, response, thrown);
      answerFailure({ response }, failure ?? internalFailure(), shapeOf(found, request));
    } finally {
      this.#active--;
      this.#metrics.answered.observe((performance.now() - started) / 1000);
      this.#note(request, response, found);
      discardRest(request, response);
    }
  }

  /** Whether a request of a connection is being worked on, and no answer lies there unread. */
  worksFor(socket: Socket): boolean {
    const newest = this.#newest.get(socket);
    return newest !== undefined && !newest.response.writableFinished && socket.writableLength === 0;
  }

  /**
   * Ends a connection on which something came that is no HTTP. Requests before it get their answers
   * first: an error in their midst would be taken for one of them.
   */
  endBroken(socket: Duplex, answer: string): void {
    const newest = this.#newest.get(socket);
    if (newest === undefined || newest.response.writableFinished) {
      endSoon(socket, answer);
      return;
    }
    const { request, response } = newest;
    // Whole, or behind others on the connection.
    const waits = request.complete || response.socket === null;
    if (!waits) endSoon(socket, answer);
    else if (!this.#ending.has(socket)) {
      this.#ending.add(socket);
      response.once('finish', () => endSoon(socket, ''));
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
      guardAgainstPages(request, url, this.#hosts);
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
    return AbortSignal.any([gone.signal, this.#stop]);
  }

  #note(request: IncomingMessage, response: ServerResponse, found: Found): void {
    const route = found.kind === 'route' ? found.route.path : '(none)';
    const { statusCode: status } = response;
    this.#metrics.requests.add([route, String(status)]);
    if (status < 400) return;
    const held = this.#throttled.pass(`${route} ${status}`);
    if (held === null) return;
    this.#log.write(status >= 500 ? 'error' : 'warn', 'request-refused', {
      request: requestId(response),
      method: request.method,
      route,
      status,
      from: request.socket.remoteAddress,
      ...(held > 0 ? { likeIt: held } : {}),
    });
  }

  #tellBug(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    if (thrown instanceof QueryFailure) return;
    logBug(this.#log, thrown, { request: requestId(response), method: request.method });
  }
}

/** Says the last on a connection. Its other side gets a moment to read that and end its own half, which it may never do. */
function endSoon(socket: Duplex, last: string): void {
  if (socket.writableEnded) return;
  socket.end(last);
  const timer = setTimeout(() => socket.destroy(), PATIENCE);
  socket.once('close', () => clearTimeout(timer));
}

/** The target of a request: a path, or a whole address as it is sent to proxies; null when it is neither. */
function requestUrl(request: IncomingMessage): URL | null {
  const target = request.url ?? '/';
  if (/^https?:\/\//i.test(target)) return URL.parse(target);
  // A path that begins with two slashes would be read as a host.
  return URL.parse(`http://localhost/${target.replace(/^\/+/, '')}`);
}

/** Clients that join a base address and a path may put two slashes between them. */
function joinedPath({ pathname }: URL): string {
  return pathname.replace(/\/{2,}/g, '/');
}

/** Before a route is known, the path tells what kind of client asks. */
function shapeOf(found: Found, request: IncomingMessage): ErrorShape {
  if (found.kind === 'route') return found.route.errors;
  if (found.kind === 'allowed') return found.errors;
  const path = request.url ?? '';
  if (path.startsWith('/api/') || path.startsWith('/receiver/')) return 'search';
  return (request.headers.accept ?? '').includes('text/html') ? 'page' : 'text';
}
