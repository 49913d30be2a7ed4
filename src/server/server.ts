import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopbackName } from './auth/page-guard.ts';
import { sendJson } from './http/respond.ts';
import { type Route, Routes } from './http/routes.ts';
import { openRooms, type Rooms } from './open-rooms.ts';
import { Upkeep } from './operations/upkeep.ts';
import { RequestHandler } from './request-handler.ts';
import { type RunningServer, SERVE_LIMITS, type ServeLimits, type ServeOptions } from './serve-options.ts';

/** Starts to serve. Rejects with a NoKeysError, or with the system's error when the address cannot be used. */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const limits = { ...SERVE_LIMITS, ...options.limits };
  return await new Serving(options, limits, await openRooms(options, limits)).listen();
}

class Serving {
  readonly #options: ServeOptions;
  readonly #limits: ServeLimits;
  readonly #rooms: Rooms;
  readonly #handler: RequestHandler;
  readonly #upkeep: Upkeep;
  readonly #server: Server;
  readonly #stop = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  #ready = false;
  #ending: Promise<void> | null = null;

  constructor(options: ServeOptions, limits: ServeLimits, rooms: Rooms) {
    this.#options = options;
    this.#limits = limits;
    this.#rooms = rooms;
    const { store, log, host, allowedHosts = [], retention = { maxAge: null, maxBytes: null } } = options;
    this.#handler = new RequestHandler({
      routes: new Routes([...rooms.routes, this.#health()]),
      gate: rooms.gate,
      hosts: {
        loopback: isLoopbackName(host),
        allowed: new Set(allowedHosts.map((name) => name.toLowerCase())),
      },
      metrics: rooms.metrics,
      log,
      stop: this.#stop.signal,
    });
    this.#upkeep = new Upkeep(store, retention, log, limits.upkeep);
    this.#server = createServer(
      {
        headersTimeout: limits.headersTimeout,
        // Bodies have a limit of their own, by what the request is.
        requestTimeout: 0,
        keepAliveTimeout: 65_000,
        connectionsCheckingInterval: 1000,
        maxHeaderSize: 16_384,
      },
      (request, response) => void this.#handler.handle(request, response),
    );
    this.#server.maxConnections = limits.connections;
    this.#server.setTimeout(limits.unread, (socket) => {
      if (this.#handler.worksFor(socket)) socket.setTimeout(limits.unread);
      else socket.destroy();
    });
    this.#server.on('clientError', (failure: NodeJS.ErrnoException, socket) => {
      if (!socket.writable || failure.code === 'ECONNRESET') socket.destroy();
      else this.#handler.endBroken(socket, brokenRequestAnswer(failure));
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
      this.#rooms.receiver.close();
      throw failure;
    }
    const address = this.#server.address() as AddressInfo;
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    const url = `http://${name}:${address.port}`;
    this.#timers.push(setInterval(() => void this.#rooms.sources.check(), 2000));
    this.#timers.push(setInterval(() => this.#rooms.jobs.expire(), 10_000));
    await this.#rooms.sources.check();
    this.#ready = true;
    log.write('info', 'listening', { url, store: store.directory, pid: process.pid });
    return { url, stop: () => (this.#ending ??= this.#end()) };
  }

  async #end(): Promise<void> {
    this.#handler.turnAway();
    this.#ready = false;
    const { log, store } = this.#options;
    log.write('info', 'stopping', { requests: this.#handler.active });
    for (const timer of this.#timers) clearInterval(timer);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    this.#rooms.tails.stop();
    const late = setTimeout(() => {
      log.write('warn', 'cut-off', { requests: this.#handler.active });
      this.#stop.abort();
      this.#server.closeAllConnections();
    }, this.#limits.drain);
    const idle = setInterval(() => this.#server.closeIdleConnections(), 50);
    await this.#rooms.jobs.stop();
    await this.#rooms.sources.stop();
    await closed;
    this.#rooms.receiver.close();
    clearTimeout(late);
    clearInterval(idle);
    await this.#upkeep.stop();
    await store.close();
    log.write('info', 'stopped');
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

/** The answer to a request that is no HTTP, or whose headers are too many or too slow. */
function brokenRequestAnswer(failure: NodeJS.ErrnoException): string {
  const status =
    failure.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : failure.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  return `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
}
