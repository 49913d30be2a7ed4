import type { Scope } from '../auth/caller.ts';
import type { Exchange } from './exchange.ts';

/** How a route says that something went wrong. */
export type ErrorShape = 'search' | 'openapi' | 'text' | 'page';

/** One path of the server. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `:name` stands for one segment: `/api/v1/search/jobs/:id`. */
  readonly path: string;
  /** What a caller's key must be for; null where the request itself proves what it may do, or where there is nothing to protect. */
  readonly scope: Scope | null;
  readonly errors: ErrorShape;
  handle(exchange: Exchange): Promise<void>;
}

/** What a request line leads to. `allowed`: the path is known, the method is not. */
export type Found =
  | { readonly kind: 'route'; readonly route: Route; readonly parameters: ReadonlyMap<string, string> }
  | { readonly kind: 'allowed'; readonly methods: readonly string[]; readonly errors: ErrorShape }
  | { readonly kind: 'nothing' };

/** All routes, found by method and path; fixed segments win over `:name`. */
export class Routes {
  readonly #routes: readonly { readonly route: Route; readonly segments: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, segments: route.path.split('/').slice(1) }));
  }

  find(method: string, path: string): Found {
    const given = path.split('/').slice(1);
    const matches = this.#routes.flatMap(({ route, segments }) => {
      const parameters = matched(segments, given);
      return parameters === null ? [] : [{ route, parameters }];
    });
    const wanted = method === 'HEAD' ? 'GET' : method;
    const found = matches
      .filter(({ route }) => route.method === wanted)
      .toSorted((one, other) => one.parameters.size - other.parameters.size)[0];
    if (found !== undefined) return { kind: 'route', ...found };
    const [first] = matches;
    if (first === undefined) return { kind: 'nothing' };
    return {
      kind: 'allowed',
      methods: [...new Set(matches.map(({ route }) => route.method))],
      errors: first.route.errors,
    };
  }
}

function matched(segments: readonly string[], given: readonly string[]): Map<string, string> | null {
  if (segments.length !== given.length) return null;
  const parameters = new Map<string, string>();
  for (const [position, segment] of segments.entries()) {
    const text = given[position]!;
    if (!segment.startsWith(':')) {
      if (segment !== text) return null;
      continue;
    }
    const decoded = decodedSegment(text);
    if (decoded === null || decoded === '') return null;
    parameters.set(segment.slice(1), decoded);
  }
  return parameters;
}

function decodedSegment(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
