import type {
  AggregateCall,
  AggregateStage,
  Arg,
  Args,
  Expression,
  ExpressionStage,
  FieldReference,
  OperatorStage,
  Pipeline,
  Stage,
} from '../../grammar/ast.ts';
import { type Diagnostic, error, warning } from '../../grammar/diagnostics.ts';
import { nameList } from '../../grammar/name-list.ts';
import { didYouMean } from '../../grammar/suggest.ts';
import type { OperatorDefinition } from '../define.ts';
import {
  argParts,
  fieldsOf,
  mapArg,
  mapExpression,
  someExpression,
  visitExpression,
} from '../expression/references.ts';
import { builtInFields } from '../operators/built-in-fields.ts';
import type { Registry } from '../registry.ts';
import { checkExpression } from './check-expression.ts';
import { expressionTarget } from './expression-target.ts';
import { FieldNames } from './field-names.ts';
import { fieldSet, hasField, UNKNOWN_FIELD } from './field-set.ts';
import { mayHave, onlyFields, type Shape, withFields } from './shape.ts';

/** A stage as the forward pass leaves it: checked, its defaults filled in, and what comes in and goes out. */
export interface ResolvedStage {
  readonly stage: Stage;
  /** The stages before this one, those of outer pipelines first. */
  readonly earlier: readonly Stage[];
  readonly definition: OperatorDefinition | null;
  readonly target: string | null;
  readonly before: Shape;
  readonly after: Shape;
  readonly pipelines: ReadonlyMap<Pipeline, readonly ResolvedStage[]>;
}

type Resolution = Omit<ResolvedStage, 'earlier'>;

/** Goes through the stages in order: finds what each has to work on and reports all that is wrong. */
export function resolveStages(
  stages: readonly Stage[],
  start: Shape,
  registry: Registry,
  report: (diagnostic: Diagnostic) => void,
  outer: readonly Stage[] = [],
): readonly ResolvedStage[] {
  let before = start;
  let earlier = outer;
  return stages.flatMap((given) => (before.raw ? onMessages(given, registry) : [given]).map(resolve));

  function resolve(given: Stage): ResolvedStage {
    const stage = withPlainCalls(given, registry);
    const resolved = { ...resolveStage(stage, before, registry, report, earlier), earlier };
    checkReserved(resolved, report);
    before = resolved.after;
    earlier = [...earlier, resolved.stage];
    return resolved;
  }
}

/** What stands for the stage where messages come in. */
function onMessages(stage: Stage, registry: Registry): readonly Stage[] {
  if (stage.kind !== 'operator') return [stage];
  return registry.operator(stage.name)?.onMessages?.(stage.args, stage) ?? [stage];
}

/** Names that mean something in the search expression only, while no stage made a field of that name. */
const SCOPE_ONLY = ['_index', '_dataTier'];

function checkReserved(resolved: ResolvedStage, report: (diagnostic: Diagnostic) => void): void {
  const read = fieldsRead(resolved);
  if (read === 'all' || resolved.definition === builtInFields) return;
  for (const name of SCOPE_ONLY) {
    const key = name.toLowerCase();
    if (resolved.before.names.has(key) || !read.some((each) => each.toLowerCase() === key)) continue;
    report(
      error('wrong-place', resolved.stage.span, `\`${name}\` can only stand in the search expression`, {
        help:
          name === '_index' ? 'stages find the name of the index in the field `_view`' : 'leave it out here',
      }),
    );
  }
}

/** The stage with calls that have a form of their own put into the plain one. */
function withPlainCalls(stage: Stage, registry: Registry): Stage {
  if (stage.kind === 'aggregate') return stage;
  const expressions = stage.kind === 'expression' ? [stage.expression] : argParts(stage.args).expressions;
  if (!expressions.some((expression) => hasOwnForm(expression, registry))) return stage;
  const plain = (part: Expression): Expression =>
    part.kind === 'call' ? (registry.function(part.name)?.rewrite?.(part) ?? part) : part;
  if (stage.kind === 'expression') return { ...stage, expression: mapExpression(stage.expression, plain) };
  return { ...stage, args: mapArg(stage.args as Arg, plain, (pipeline) => pipeline) as Args };
}

/** Whether a call in the expression has a form of its own. */
function hasOwnForm(expression: Expression, registry: Registry): boolean {
  return someExpression(
    expression,
    (part) => part.kind === 'call' && registry.function(part.name)?.rewrite !== undefined,
  );
}

function resolveStage(
  stage: Stage,
  before: Shape,
  registry: Registry,
  report: (diagnostic: Diagnostic) => void,
  earlier: readonly Stage[],
): Resolution {
  switch (stage.kind) {
    case 'operator':
      return resolveOperator(stage, before, registry, report, earlier);
    case 'aggregate':
      return resolveAggregate(stage, before, registry, report);
    case 'expression':
      return resolveExpression(stage, before, registry, report);
  }
}

const NO_PIPELINES: ReadonlyMap<Pipeline, readonly ResolvedStage[]> = new Map();

function resolveExpression(
  stage: ExpressionStage,
  before: Shape,
  registry: Registry,
  report: (diagnostic: Diagnostic) => void,
): Resolution {
  checkExpression(stage.expression, registry).forEach(report);
  visitExpression(stage.expression, (part) => {
    if (part.kind === 'field') checkField(part, before, report);
  });
  const target = expressionTarget(stage, registry, report);
  const after = target === null ? before : withFields(before, [target]);
  return { stage, definition: null, target, before, after, pipelines: NO_PIPELINES };
}

function resolveOperator(
  given: OperatorStage,
  before: Shape,
  registry: Registry,
  report: (diagnostic: Diagnostic) => void,
  earlier: readonly Stage[],
): Resolution {
  const definition = registry.operator(given.name);
  if (definition === null) {
    const names = registry.operators.map((each) => each.name);
    const more = didYouMean(given.name, names, given.nameSpan);
    report(error('unknown-operator', given.nameSpan, `operator \`${given.name}\` is not known`, more));
    return { stage: given, definition, target: null, before, after: before, pipelines: NO_PIPELINES };
  }
  const stage = given.name === 'sort' ? withSortKey(given, before, report) : given;
  checkPlace(definition, stage, before, report);
  const { expressions, pipelines } = argParts(stage.args);
  const read = fieldSet(definition.reads(stage.args));
  for (const expression of expressions) {
    checkExpression(expression, registry).forEach(report);
    visitExpression(expression, (part) => {
      if (part.kind !== 'field' || pipelines.length > 0 || !hasField(read, part.name)) return;
      checkField(part, before, report);
    });
  }
  definition.check?.(stage.args, stage).forEach(report);
  definition.checkPlace?.(stage.args, stage, earlier).forEach(report);
  const nested = new Map(
    pipelines.map(
      (pipeline) => [pipeline, resolveStages(pipeline.stages, before, registry, report, earlier)] as const,
    ),
  );
  return {
    stage,
    definition,
    target: null,
    before,
    after: shapeAfter(definition, stage, before),
    pipelines: nested,
  };
}

function shapeAfter(definition: OperatorDefinition, stage: OperatorStage, before: Shape): Shape {
  const written = definition.writes(stage.args);
  const becomesAggregate = definition.stands === 'raw-to-aggregate' || definition.makesAggregate === true;
  if (definition.fields === 'replaces') {
    return { ...onlyFields(before, written, false), groupedBy: [], outputs: [] };
  }
  const raw = before.raw && !becomesAggregate;
  if (definition.passes === undefined) return withFields({ ...before, raw }, written);
  const passing = (name: string) => definition.passes?.(stage.args, name, before.raw) ?? true;
  const names = FieldNames.of(before.names.values().filter(passing));
  const open = before.open && passing(UNKNOWN_FIELD);
  const after = withFields({ ...before, names, open, raw }, written);
  // Messages may have any field: one that the stage reads and passes on may well be there.
  const read = before.open && !open ? definition.reads(stage.args) : [];
  return read === 'all' ? after : withFields(after, read.filter(passing));
}

function checkPlace(
  definition: OperatorDefinition,
  stage: OperatorStage,
  before: Shape,
  report: (diagnostic: Diagnostic) => void,
): void {
  const stands = definition.stands ?? 'both';
  if (stands === 'aggregate' && before.raw) {
    report(
      error('wrong-place', stage.nameSpan, `\`${stage.name}\` works on aggregate rows, found messages`, {
        help: 'put it after an aggregate such as `count by field`',
      }),
    );
  } else if ((stands === 'raw' || stands === 'raw-to-aggregate') && !before.raw) {
    report(
      error('wrong-place', stage.nameSpan, `\`${stage.name}\` works on messages, found aggregate rows`, {
        help: 'put it before the first aggregate',
      }),
    );
  }
}

function resolveAggregate(
  given: AggregateStage,
  before: Shape,
  registry: Registry,
  report: (diagnostic: Diagnostic) => void,
): Resolution {
  const calls = given.calls.map((call) => withImpliedArgument(call, before, registry));
  const stage = { ...given, calls };
  const keys = given.by.map((name) => before.names.get(name.text.toLowerCase()) ?? name.text);
  const outputs: string[] = [];
  const seen = new Set<string>();
  for (const call of calls) {
    const definition = registry.aggregate(call.name);
    if (definition === null) {
      const names = registry.aggregates.map((each) => each.name);
      const more = didYouMean(call.name, names, call.nameSpan);
      report(error('unknown-aggregate', call.nameSpan, `aggregate \`${call.name}\` is not known`, more));
      continue;
    }
    definition.check?.(call).forEach(report);
    for (const arg of call.args) if (arg.kind === 'field') checkField(arg, before, report);
    for (const name of outputNames(call, registry)) {
      if (seen.has(name.toLowerCase())) {
        report(
          error('duplicate-name', call.span, `two outputs of this stage are named \`${name}\``, {
            help: `give one a name of its own: \`${call.name}(…) as name\``,
          }),
        );
      }
      seen.add(name.toLowerCase());
      outputs.push(name);
    }
  }
  for (const name of given.by)
    checkField({ kind: 'field', name: name.text, span: name.span }, before, report);
  const after: Shape = { ...onlyFields(before, [...keys, ...outputs], false), groupedBy: keys, outputs };
  return { stage, definition: null, target: null, before, after, pipelines: NO_PIPELINES };
}

/** The names of what an aggregate call gives. */
export function outputNames(call: AggregateCall, registry: Registry): readonly string[] {
  const names = registry.aggregate(call.name)?.outputs(call) ?? [];
  return call.alias !== null && names.length === 1 ? [call.alias.text] : names;
}

/** `median` after an aggregate with one output takes that output as its argument. */
function withImpliedArgument(call: AggregateCall, before: Shape, registry: Registry): AggregateCall {
  const definition = registry.aggregate(call.name);
  const [output, second] = before.outputs;
  if (definition?.impliedArgument !== true || call.args.length > 0) return call;
  if (output === undefined || second !== undefined) return call;
  return { ...call, args: [{ kind: 'field', name: output, span: call.span }] };
}

/** `sort` without a key sorts by the only output of the aggregate before it, else by `_count`. */
function withSortKey(
  stage: OperatorStage,
  before: Shape,
  report: (diagnostic: Diagnostic) => void,
): OperatorStage {
  if (stage.args.keys !== null && stage.args.keys !== undefined) return stage;
  const [output, second] = before.outputs;
  const name = output !== undefined && second === undefined ? output : before.names.get('_count');
  if (name === undefined) {
    report(
      error('wrong-arguments', stage.span, '`sort` needs a field to sort by, found none', {
        help: 'write `sort by field`',
      }),
    );
    return stage;
  }
  const field: FieldReference = { kind: 'field', name, span: stage.nameSpan };
  return { ...stage, args: { ...stage.args, keys: [{ sign: null, field, direction: null }] } };
}

function checkField(field: FieldReference, before: Shape, report: (diagnostic: Diagnostic) => void): void {
  if (mayHave(before, field.name)) return;
  const names = before.names.values();
  const there = names.length === 0 ? 'none' : nameList(names);
  report(
    warning('unknown-field', field.span, `no stage before makes the field \`${field.name}\`: it is null`, {
      notes: [`fields here: ${there}`],
      ...didYouMean(field.name, names, field.span),
    }),
  );
}

/** The fields that a stage reads itself; all where pipelines nest in it. */
export function fieldsRead({ stage, definition, pipelines }: ResolvedStage): readonly string[] | 'all' {
  return pipelines.size > 0 ? 'all' : fieldsReadBy(stage, definition);
}

/** The fields that a stage reads by its own clauses. */
export function fieldsReadBy(stage: Stage, definition: OperatorDefinition | null): readonly string[] | 'all' {
  switch (stage.kind) {
    case 'expression':
      return fieldsOf(stage.expression);
    case 'aggregate':
      return [
        ...stage.by.map((name) => name.text),
        ...stage.calls.flatMap((call) => call.args.flatMap(fieldsOf)),
      ];
    case 'operator':
      return definition?.reads(stage.args) ?? [];
  }
}
