import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { HttpFailure } from '../http/http-failure.ts';

/** Which names the server goes by. */
export interface HostRules {
  /** The server listens on this machine's own address only, so that only names of it can be right. */
  readonly loopback: boolean;
  /** Further names, as of a proxy in front, in lower case. */
  readonly allowed: ReadonlySet<string>;
}

/**
 * Refuses (403) what a page of another site makes a browser send: a name that was bent to this address
 * (DNS rebinding), or a request that comes from another origin. Programs send no Origin and pass. `target`
 * names localhost unless the request names a host there, too.
 */
export function guardAgainstPages(request: IncomingMessage, target: URL, rules: HostRules): void {
  const host = request.headers.host ?? '';
  for (const name of [hostName(host), hostName(target.host)]) {
    if (!rules.loopback || isLoopbackName(name) || rules.allowed.has(name)) continue;
    throw new HttpFailure(403, 'forbidden', `the host \`${name.slice(0, 100)}\` is not this server`, {
      hint: 'use 127.0.0.1 or localhost, or start `weir serve` with --allow-host NAME',
    });
  }
  const { origin } = request.headers;
  if (origin !== undefined && !isSameOrigin(origin, host)) {
    throw new HttpFailure(403, 'forbidden', 'requests from pages of other sites are refused');
  }
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  // A link on another site may lead here; nothing that it leads to changes anything.
  const followsLink =
    request.method === 'GET' &&
    request.headers['sec-fetch-mode'] === 'navigate' &&
    request.headers['sec-fetch-dest'] === 'document';
  if (!followsLink) {
    throw new HttpFailure(403, 'forbidden', 'requests from pages of other sites are refused');
  }
}

function isSameOrigin(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === new URL(`http://${host}`).host || origin === `https://${host}`;
  } catch {
    return false; // `null`, as sandboxed pages say, among others.
  }
}

/** The name in a Host header, without the port and in lower case. */
function hostName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/** Whether a host name or address is this machine's own. */
export function isLoopbackName(name: string): boolean {
  if (name === 'localhost' || name === '::1' || name.endsWith('.localhost')) return true;
  return isIP(name) === 4 && name.startsWith('127.');
}
