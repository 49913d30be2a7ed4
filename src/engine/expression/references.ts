import type { Arg, Expression, Pipeline, SubqueryTest } from '../../grammar/ast.ts';

/** Calls `visit` for the expression and every expression in it, outermost first. */
export function visitExpression(expression: Expression, visit: (part: Expression) => void): void {
  visit(expression);
  for (const part of partsOf(expression)) visitExpression(part, visit);
}

/** Whether the expression or any expression in it passes. */
export function someExpression(expression: Expression, test: (part: Expression) => boolean): boolean {
  return test(expression) || partsOf(expression).some((part) => someExpression(part, test));
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'regex':
    case 'field':
    case 'subqueryTest':
      return [];
    case 'call':
      return expression.args;
    case 'unary':
      return [expression.of];
    case 'binary':
      return [expression.left, expression.right];
    case 'conditional':
      return [expression.condition, expression.yes, expression.no];
    case 'in':
      return [expression.of, ...expression.list];
  }
}

/** The expression with every part replaced by what `replace` gives for it, innermost first. */
export function mapExpression(expression: Expression, replace: (part: Expression) => Expression): Expression {
  const inner = (part: Expression) => mapExpression(part, replace);
  switch (expression.kind) {
    case 'literal':
    case 'regex':
    case 'field':
    case 'subqueryTest':
      return replace(expression);
    case 'call':
      return replace({ ...expression, args: expression.args.map(inner) });
    case 'unary':
      return replace({ ...expression, of: inner(expression.of) });
    case 'binary':
      return replace({ ...expression, left: inner(expression.left), right: inner(expression.right) });
    case 'conditional':
      return replace({
        ...expression,
        condition: inner(expression.condition),
        yes: inner(expression.yes),
        no: inner(expression.no),
      });
    case 'in':
      return replace({ ...expression, of: inner(expression.of), list: expression.list.map(inner) });
  }
}

/** The parts that an `and` joins. */
export function conjuncts(expression: Expression): readonly Expression[] {
  if (expression.kind !== 'binary' || expression.operator !== 'and') return [expression];
  return [...conjuncts(expression.left), ...conjuncts(expression.right)];
}

/** The names of the fields that the expression reads, as written, each once. A subquery reads what it composes. */
export function fieldsOf(expression: Expression): string[] {
  const names = new Map<string, string>();
  visitExpression(expression, (part) => {
    if (part.kind === 'field') names.set(part.name.toLowerCase(), part.name);
    else if (part.kind === 'subqueryTest') {
      for (const name of part.subquery.compose) names.set(name.text.toLowerCase(), name.text);
    }
  });
  return [...names.values()];
}

const EXPRESSION_KINDS: ReadonlySet<string> = new Set<Expression['kind']>([
  'literal',
  'regex',
  'field',
  'call',
  'unary',
  'binary',
  'conditional',
  'in',
  'subqueryTest',
]);

/** What stands in the arguments of a stage, at any depth of clauses. */
export interface ArgParts {
  readonly expressions: readonly Expression[];
  readonly pipelines: readonly Pipeline[];
}

/** The expressions and nested pipelines that a stage's arguments hold, in order; expressions not taken apart. */
export function argParts(arg: Arg): ArgParts {
  const expressions: Expression[] = [];
  const pipelines: Pipeline[] = [];
  visitArg(arg, (part) => {
    if (part.kind === 'pipeline') pipelines.push(part);
    else expressions.push(part);
  });
  return { expressions, pipelines };
}

function visitArg(arg: Arg, visit: (part: Expression | Pipeline) => void): void {
  if (arg === null || typeof arg === 'boolean') return;
  if (Array.isArray(arg)) {
    for (const item of arg as readonly Arg[]) visitArg(item, visit);
    return;
  }
  if (isPart(arg)) visit(arg);
  else if (!('span' in arg)) for (const inner of Object.values(arg)) visitArg(inner as Arg, visit);
}

function isPart(arg: object): arg is Expression | Pipeline {
  const kind = 'kind' in arg ? arg.kind : null;
  return 'span' in arg && typeof kind === 'string' && (kind === 'pipeline' || EXPRESSION_KINDS.has(kind));
}

/** The argument with its expressions and pipelines replaced, at any depth. */
export function mapArg(
  arg: Arg,
  expression: (part: Expression) => Expression,
  pipeline: (part: Pipeline) => Pipeline,
): Arg {
  if (arg === null || typeof arg === 'boolean') return arg;
  if (Array.isArray(arg)) return (arg as readonly Arg[]).map((item) => mapArg(item, expression, pipeline));
  if (isPart(arg)) return arg.kind === 'pipeline' ? pipeline(arg) : mapExpression(arg, expression);
  if ('span' in arg) return arg;
  return Object.fromEntries(
    Object.entries(arg).map(([clause, inner]) => [clause, mapArg(inner as Arg, expression, pipeline)]),
  );
}

/** The subqueries that stand in an expression. */
export function subqueryTests(expression: Expression): SubqueryTest[] {
  const found: SubqueryTest[] = [];
  visitExpression(expression, (part) => {
    if (part.kind === 'subqueryTest') found.push(part);
  });
  return found;
}
