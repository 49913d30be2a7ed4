import type { Dashboard } from '../../dashboards/dashboard.ts';
import { readDashboard } from '../../dashboards/read-dashboard.ts';
import { DashboardRequestError, type DashboardResult, runDashboard } from '../../dashboards/run-dashboard.ts';
import { type Batch, concatBatches } from '../../engine/columns/batch.ts';
import { QueryFailure } from '../../engine/define.ts';
import { reasonOf } from '../../engine/reason-of.ts';
import { zoneNamed } from '../../engine/time/zones.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import { prepareQuery } from '../../index.ts';
import { readDocuments } from '../../ingest/stored-documents.ts';
import type { DocumentStore } from '../../lookups/document-store.ts';
import { HttpFailure } from '../http/http-failure.ts';
import type { QueryRunner } from '../search/query-runner.ts';

/** An installed dashboard; the name is `APP/NAME`. */
export interface StoredDashboard {
  readonly name: string;
  readonly dashboard: Dashboard;
}

/** How a dashboard is to be run; everything as text from outside. */
export interface DashboardRequest {
  readonly from: string | null;
  readonly to: string | null;
  readonly timeZone: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly panels: readonly string[];
  readonly signal: AbortSignal;
}

/** Documents of this kind are the installed dashboards. */
const KIND = 'dashboard';

/** The dashboards that are installed in a store, and their runs. */
export class StoredDashboards {
  readonly #documents: DocumentStore;
  readonly #runner: QueryRunner;
  readonly #now: () => number;

  constructor(documents: DocumentStore, runner: QueryRunner, now: () => number) {
    this.#documents = documents;
    this.#runner = runner;
    this.#now = now;
  }

  /** All of them by name; one that cannot be read is left out. */
  async list(): Promise<readonly StoredDashboard[]> {
    return await readDocuments(this.#documents, KIND, (text, name) => ({
      name,
      dashboard: readDashboard(text, name),
    }));
  }

  /** The dashboard of that name. Throws an HttpFailure (404). */
  async find(name: string): Promise<StoredDashboard> {
    // Looked up among the names that there are: a name never becomes a path by itself.
    const known = (await this.#documents.list(KIND)).includes(name);
    const text = known ? await this.#documents.get(KIND, name) : null;
    const dashboard = text === null ? null : readOrNull(text, name);
    if (dashboard !== null) return { name, dashboard };
    throw new HttpFailure(404, 'notfound', `there is no dashboard \`${name.slice(0, 200)}\``, {
      hint: '`weir apps install` brings dashboards',
    });
  }

  /** Runs it; panels that fail are results like others. Throws an HttpFailure (400) when the request makes no sense. */
  async run({ dashboard }: StoredDashboard, request: DashboardRequest): Promise<DashboardResult> {
    const { timeZone, signal } = request;
    if (zoneNamed(timeZone) === null) {
      throw new HttpFailure(400, 'timezone.unknown', `\`${timeZone.slice(0, 100)}\` is no known time zone`);
    }
    try {
      return await runDashboard(dashboard, {
        run: (query, time, parameters) => this.#runPanel(query, parameters, { time, timeZone, signal }),
        explain: explained,
        time: { now: this.#now(), timeZone },
        from: request.from,
        to: request.to,
        parameters: request.parameters,
        panels: request.panels,
      });
    } catch (failure) {
      if (!(failure instanceof DashboardRequestError)) throw failure;
      const hint = failure.hint === null ? {} : { hint: failure.hint };
      throw new HttpFailure(400, 'request.invalid', failure.message, hint);
    }
  }

  async #runPanel(
    query: string,
    parameters: ReadonlyMap<string, string>,
    options: Pick<Parameters<QueryRunner['run']>[1], 'time' | 'timeZone' | 'signal'>,
  ) {
    const { plan, diagnostics } = prepareQuery(query, {
      parameters,
      macros: await this.#runner.macros(query),
    });
    if (plan === null) {
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      throw new QueryFailure('unsupported', renderDiagnostics(query, errors));
    }
    const batches: Batch[] = [];
    const { run } = await this.#runner.run(
      plan,
      { ...options, mayWrite: false, kind: 'dashboard' },
      (batch) => {
        batches.push(batch);
        return true;
      },
    );
    return { batch: concatBatches(batches), warnings: run.warnings() };
  }
}

function explained(failure: unknown): { readonly message: string; readonly hint: string | null } {
  if (failure instanceof QueryFailure) return { message: failure.message, hint: failure.hint };
  return { message: reasonOf(failure), hint: null };
}

function readOrNull(text: string, name: string): Dashboard | null {
  try {
    return readDashboard(text, name);
  } catch {
    return null;
  }
}
