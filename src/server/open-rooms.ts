import { totalmem } from 'node:os';
import { EVENTS_AS_THEY_ARE } from '../ingest/cloudwatch.ts';
import { compileSource } from '../ingest/compile-source.ts';
import { DEFAULT_SOURCE } from '../ingest/source-config.ts';
import type { Store } from '../store/store.ts';
import { storedKeys } from './auth/access-keys.ts';
import { Gate } from './auth/gate.ts';
import { isLoopbackName } from './auth/page-guard.ts';
import { dashboardRoutes } from './dashboards/dashboards-api.ts';
import { StoredDashboards } from './dashboards/stored-dashboards.ts';
import { InFlight } from './http/in-flight.ts';
import type { Route } from './http/routes.ts';
import { Metrics } from './operations/metrics.ts';
import { WatchedDocuments } from './operations/watched-documents.ts';
import { assetRoutes } from './pages/assets.ts';
import { dashboardPages } from './pages/dashboard-pages.ts';
import { searchPages } from './pages/search-page.ts';
import { Committer } from './receiver/committer.ts';
import { HttpSources } from './receiver/http-sources.ts';
import { Receiver } from './receiver/receiver.ts';
import { openRules } from './receiver/running-rules.ts';
import { rulesRoutes } from './rules/rules-api.ts';
import { QueryRunner } from './search/query-runner.ts';
import { SearchJobs } from './search/search-jobs.ts';
import { NoKeysError, type ServeLimits, type ServeOptions } from './serve-options.ts';
import { SourceRunner } from './sources/source-runner.ts';
import { LiveTails } from './tail/live-tails.ts';

/** Everything that a server does, ready to be reached by its routes. */
export interface Rooms {
  readonly gate: Gate;
  readonly metrics: Metrics;
  readonly jobs: SearchJobs;
  readonly tails: LiveTails;
  readonly receiver: Receiver;
  readonly sources: SourceRunner;
  readonly routes: readonly Route[];
}

/** Opens all of it over a store. Throws a NoKeysError for an address beyond this machine without a key. */
export async function openRooms(options: ServeOptions, limits: ServeLimits): Promise<Rooms> {
  const { store, log, now = Date.now } = options;
  const { documents } = store;
  const loopback = isLoopbackName(options.host);
  const keys = await WatchedDocuments.open(documents, ['key'], () => storedKeys(documents));
  if (!loopback && keys.value.length === 0) throw new NoKeysError(options.host);
  const gate = new Gate(keys, loopback);
  const metrics = new Metrics();
  metrics.observe(store);
  const inFlight = new InFlight(limits.inFlight);
  const rules = await openRules(documents, log);
  const runner = new QueryRunner(
    store,
    { atOnce: limits.queriesAtOnce, memoryBudget: memoryBudget(), timeBudget: limits.queryTime },
    metrics,
    options.workers ?? null,
  );
  const tails = new LiveTails({
    lookups: runner.lookups,
    macros: (text) => runner.macros(text),
    metrics,
    log,
    now,
  });
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
      rules: async () => (await rules.current())?.rules ?? null,
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
  return { gate, metrics, jobs, tails, receiver, sources, routes };
}

function metricsRoute(metrics: Metrics, store: Store, inFlight: InFlight): Route {
  return {
    method: 'GET',
    path: '/metrics',
    scope: 'query',
    errors: 'text',
    handle: async ({ response }) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
      response.end(metrics.text(store, inFlight.bytes));
    },
  };
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
