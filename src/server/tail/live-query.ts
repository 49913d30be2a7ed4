import { type Batch, selectRows } from '../../engine/columns/batch.ts';
import { QueryFailure } from '../../engine/define.ts';
import type { Plan, PlannedStage } from '../../engine/plan/plan.ts';
import { registry } from '../../engine/registry.ts';
import { arranged } from '../../engine/run/arranged.ts';
import type { Chain } from '../../engine/run/chain.ts';
import { Notes, runContext } from '../../engine/run/options.ts';
import { prepareStages } from '../../engine/run/prepare.ts';
import { startStages } from '../../engine/run/start-stages.ts';
import { compileScope, type ScopeFilter } from '../../engine/scope/compile.ts';
import type { LookupTables } from '../../engine/source.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Macro } from '../../grammar/parameters.ts';
import type { Span } from '../../grammar/span.ts';
import { prepareQuery } from '../../index.ts';

/** A query over messages as they arrive, or what is wrong with it. */
export type PreparedLiveQuery =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Checks that a query can run without an end: no stage may wait for the last message. */
export function prepareLiveQuery(
  text: string,
  macros: ReadonlyMap<string, Macro> = new Map(),
): PreparedLiveQuery {
  const { plan, diagnostics } = prepareQuery(text, { macros });
  const problems = [
    ...diagnostics.filter(({ severity }) => severity === 'error'),
    ...(plan === null ? [] : liveProblems(plan)),
  ];
  return plan === null || problems.length > 0 ? { ok: false, diagnostics: problems } : { ok: true, plan };
}

function liveProblems(plan: Plan): readonly Diagnostic[] {
  const problems = plan.stages.filter((stage) => !isLive(stage)).map(({ stage }) => notLive(stage.span));
  if (plan.subqueries) problems.push(notLive(plan.query.span));
  return problems;
}

function isLive({ stage, definition }: PlannedStage): boolean {
  switch (stage.kind) {
    case 'aggregate':
      return false;
    case 'expression':
      return true;
    case 'operator':
      return definition !== null && (definition.live ?? definition.split === 'anywhere');
  }
}

function notLive(span: Span): Diagnostic {
  return error('not-allowed', span, 'this needs all messages, and a live query never has them all', {
    help: 'leave it out, or run the query over a time range',
  });
}

/** A query at work on the messages that arrive. */
export class LiveQuery {
  readonly #filter: ScopeFilter;
  readonly #chain: Chain;
  readonly #plan: Plan;

  private constructor(plan: Plan, chain: Chain) {
    this.#filter = compileScope(plan.scan.filter);
    this.#chain = chain;
    this.#plan = plan;
  }

  /** Starts the stages of a plan that `prepareLiveQuery` gave. */
  static async start(
    plan: Plan,
    options: {
      readonly lookups: LookupTables;
      readonly timeZone: string;
      readonly signal: AbortSignal;
      readonly now: () => number;
    },
  ): Promise<LiveQuery> {
    const time = { from: options.now(), to: Infinity };
    const context = runContext(options, time, new Notes());
    const noOther = async () => {
      throw new QueryFailure('unsupported', 'a live query cannot run another query');
    };
    const { stages, query } = plan;
    const prepared = await prepareStages(stages, query, context, options.lookups, noOther, registry);
    const chain = startStages(plan.stages, { registry, context, prepared, after: () => {} });
    return new LiveQuery(plan, chain);
  }

  /** What becomes of a batch of new messages; the batches are only valid during the call of `take`. */
  push(batch: Batch, take: (batch: Batch) => void): void {
    const rows = this.#filter(batch);
    if (rows?.length === 0) return;
    const fitting = rows === null ? batch : selectRows(batch, rows);
    this.#chain.push(fitting, { push: (out) => out.length > 0 && take(arranged(out, this.#plan)) });
  }
}
