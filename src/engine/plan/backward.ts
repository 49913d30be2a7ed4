import type { Pipeline } from '../../grammar/ast.ts';
import type { OperatorDefinition } from '../define.ts';
import { type FieldSet, fieldSet, NO_FIELDS, UNKNOWN_FIELD, unite, without } from './field-set.ts';
import { fieldsRead, type ResolvedStage } from './forward.ts';
import type { PlannedStage } from './plan.ts';

/** The stages planned, and the fields that the first of them needs to get. */
export interface Pruned {
  readonly stages: readonly PlannedStage[];
  readonly needed: FieldSet;
}

/** Goes through the stages from the last to the first: finds what each must give and may leave out. */
export function pruneStages(resolved: readonly ResolvedStage[], result: FieldSet): Pruned {
  let needed = result;
  let rowsWanted: number | null = null;
  const stages: PlannedStage[] = [];
  for (const each of [...resolved].reverse()) {
    stages.unshift({
      stage: each.stage,
      definition: each.definition,
      target: each.target,
      raw: each.before.raw,
      needed,
      groupedBy: each.before.groupedBy,
      fieldsBefore: each.before.raw || each.before.open ? null : each.before.names.values(),
      stagesBefore: each.earlier,
      slicedBy: null,
      ordered: true,
      rowsWanted,
      pipelines: prunePipelines(each),
    });
    needed = neededBefore(each, needed);
    rowsWanted = wantedBefore(each, rowsWanted);
  }
  return { stages: withSlices(stages, null), needed };
}

function prunePipelines(resolved: ResolvedStage): ReadonlyMap<Pipeline, readonly PlannedStage[]> {
  return new Map(
    [...resolved.pipelines].map(([pipeline, stages]) => [pipeline, pruneStages(stages, 'all').stages]),
  );
}

function neededBefore(resolved: ResolvedStage, needed: FieldSet): FieldSet {
  const read = fieldSet(fieldsRead(resolved));
  const { stage, definition, target } = resolved;
  switch (stage.kind) {
    case 'aggregate':
      return read;
    case 'expression':
      return unite(target === null ? needed : without(needed, fieldSet([target])), read);
    case 'operator': {
      if (definition === null) return unite(needed, read);
      if (definition.fields === 'replaces') return read;
      if (definition.keepsEarlier?.(stage.args, resolved.earlier) === true) return unite(needed, read);
      return unite(
        without(passedOn(resolved, definition, needed), fieldSet(definition.writes(stage.args))),
        read,
      );
    }
  }
}

/** Of the fields that are needed after a stage, those that it passes on (`fields` stops the others). */
function passedOn(
  { stage, before }: ResolvedStage,
  definition: OperatorDefinition,
  needed: FieldSet,
): FieldSet {
  if (definition.passes === undefined || stage.kind !== 'operator') return needed;
  const passing = (name: string) => definition.passes?.(stage.args, name, before.raw) ?? true;
  if (needed !== 'all') return new Set([...needed].filter(passing));
  return passing(UNKNOWN_FIELD) || passing(`_${UNKNOWN_FIELD}`) ? 'all' : NO_FIELDS;
}

/** How many rows of a stage's input are enough, when its output needs `wanted`; null for all. */
function wantedBefore(resolved: ResolvedStage, wanted: number | null): number | null {
  const { stage, definition } = resolved;
  if (stage.kind === 'aggregate') return null;
  if (stage.kind === 'expression') return null;
  if (stage.name === 'limit') {
    const count = (stage.args.count as { readonly count: number }).count;
    return wanted === null ? count : Math.min(wanted, count);
  }
  return definition?.order === 'keeps' && definition.changesRowCount !== true ? wanted : null;
}

/** Tells every stage which stage before it made time slices. */
function withSlices(stages: readonly PlannedStage[], start: PlannedStage | null): readonly PlannedStage[] {
  let slicedBy = start;
  return stages.map((planned) => {
    const pipelines = new Map(
      [...planned.pipelines].map(([pipeline, nested]) => [pipeline, withSlices(nested, slicedBy)] as const),
    );
    const withSlice = { ...planned, slicedBy, pipelines };
    if (planned.definition?.sliceWidth !== undefined) slicedBy = withSlice;
    return withSlice;
  });
}
