import type { Plan, PlannedStage } from '../engine/plan/plan.ts';
import { planQuery, subqueriesOf } from '../engine/plan/plan-query.ts';
import { registry } from '../engine/registry.ts';
import { Notes, runContext } from '../engine/run/options.ts';
import { ALL_TIME } from '../engine/source.ts';
import { DAY, MINUTE } from '../engine/time/civil.ts';
import { type Diagnostic, error, warning } from '../grammar/diagnostics.ts';
import type { Macro } from '../grammar/parameters.ts';
import type { Span } from '../grammar/span.ts';
import { parseQuery } from '../language.ts';

/** How a view's query is run: over which stretches of time, and what its rows are. */
export interface ViewPlan {
  readonly plan: Plan;
  /** Milliseconds: the view advances in whole slices of this width, which start at multiples of it. */
  readonly width: number;
  /** Whether the query makes time slices itself, so that the view can begin before it was made. */
  readonly sliced: boolean;
  /** Whether each slice needs a run of its own, because rows of several slices would mix. */
  readonly slicewise: boolean;
}

/** A view's query looked at in the light of the language; null with errors. Spans lie in its text. */
export interface CheckedView {
  readonly view: ViewPlan | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Aggregates whose results can be put together again: sums of sums, greatest of greatest. */
const ADDITIVE: ReadonlySet<string> = new Set(['count', 'sum', 'min', 'max']);

/** Parses and checks the query of a view: all that is wrong at once. */
export function checkView(text: string, macros: ReadonlyMap<string, Macro>): CheckedView {
  const parsed = parseQuery(text, { macros });
  const diagnostics: Diagnostic[] = [...parsed.diagnostics];
  const { plan, diagnostics: found } = planQuery(parsed.partial, registry);
  diagnostics.push(...found, ...checkStages(plan));
  const sliced = plan.stages.find(({ definition }) => definition?.sliceWidth !== undefined);
  const width = sliced === undefined ? MINUTE : widthOf(sliced);
  if (sliced !== undefined && (width === null || width > DAY)) {
    diagnostics.push(
      error('bad-value', sliced.stage.span, 'the slices of a view have a fixed width of at most a day', {
        help: 'as in `timeslice 1h`; wider ones can be made of them at query time',
      }),
    );
  }
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  if (failed || width === null) return { view: null, diagnostics };
  const view = { plan, width, sliced: sliced !== undefined, slicewise: isSlicewise(plan, sliced) };
  return { view, diagnostics };
}

function widthOf({ stage, definition }: PlannedStage): number | null {
  if (stage.kind !== 'operator') return null;
  // A width that depends on the range of the query is no fixed one.
  const width = definition?.sliceWidth?.(stage.args, runContext({}, ALL_TIME, new Notes())) ?? null;
  return width !== null && Number.isFinite(width) && width > 0 ? width : null;
}

function checkStages(plan: Plan): readonly Diagnostic[] {
  const subqueries = subqueriesOf(plan.query).map(({ span }) =>
    error('not-allowed', span, 'a view cannot search with a subquery'),
  );
  const first = plan.stages.findIndex(({ raw }) => !raw);
  const onMessages = first < 0 ? plan.stages : plan.stages.slice(0, first);
  return [...subqueries, ...onMessages.flatMap(checkStage)];
}

/** Messages are looked at one by one: what mixes them would depend on how much is run at a time. */
function checkStage({ stage, definition }: PlannedStage): readonly Diagnostic[] {
  switch (stage.kind) {
    case 'expression':
      return [];
    case 'aggregate':
      return stage.calls
        .filter(({ name }) => !ADDITIVE.has(name))
        .map(({ name, nameSpan }) => notAdditive(name, nameSpan));
    case 'operator': {
      const alone = definition?.split === 'anywhere' || definition?.looksUpEachRow === true;
      if (definition === null || (alone && stage.name !== 'json auto' && stage.name !== 'auto parse'))
        return [];
      return [
        error('not-allowed', stage.nameSpan, `\`${stage.name}\` is not allowed here in a view`, {
          help: 'before the first aggregate a view takes values out of messages, filters and looks up',
        }),
      ];
    }
  }
}

function notAdditive(name: string, span: Span): Diagnostic {
  return warning('bad-value', span, `results of \`${name}\` cannot be put together again at query time`, {
    help: 'keep sums and counts, and divide them in the query',
  });
}

/** Whether rows of several slices would mix: a row does not say of which slice it is, or a later stage looks at several. */
function isSlicewise(plan: Plan, sliced: PlannedStage | undefined): boolean {
  if (plan.raw) return false;
  if (sliced === undefined || plan.columns?.every((name) => name.toLowerCase() !== '_timeslice')) return true;
  const aggregate = plan.stages.findIndex(({ stage }) => stage.kind === 'aggregate');
  if (aggregate < 0) return true;
  return plan.stages
    .slice(aggregate + 1)
    .some(
      ({ stage, definition }) =>
        stage.kind === 'aggregate' || (definition !== null && definition.split !== 'anywhere'),
    );
}
