import type { BinaryOperator, Call, Expression, RegexLiteral } from '../../grammar/ast.ts';
import { type Batch, EMPTY_SCHEMA, newBatch, selectRows } from '../columns/batch.ts';
import { type Column, valueAt } from '../columns/column.ts';
import { type FunctionDefinition, QueryFailure } from '../define.ts';
import { composeRows, rowsInBoth, rowsTrue } from '../kernels/rows.ts';
import { type ByteRegex, compileRegex } from '../regex/compile-regex.ts';
import { arithmeticNode, negativeNode } from './arithmetic.ts';
import { type Argument, callNode } from './call.ts';
import { compareNode, nullTestNode } from './compare.ts';
import { booleansOf, conditionalNode, logicNode, notNode, truthOf } from './logic.ts';
import { globNode, regexNode } from './matches.ts';
import { containsNode, inNode } from './membership.ts';
import { constantNode, Drops, type Environment, fieldNode, isConstant, type Node } from './node.ts';
import { conjuncts } from './references.ts';

/** The expression as a function from a batch to a column of as many rows. Rows it would drop are null. */
export function compileExpression(expression: Expression, env: Environment): (batch: Batch) => Column {
  const node = compileNode(expression, env);
  return (batch) => node.evaluate(batch, new Drops());
}

/** An expression and the rows that stay: some functions take rows out wherever they stand. */
export interface RowsExpression {
  /** The batch without the dropped rows, and the value of each row that stays. */
  evaluate(batch: Batch): { readonly batch: Batch; readonly column: Column };
}

/** The expression as a stage needs it: dropped rows are gone from batch and column. */
export function compileRowsExpression(expression: Expression, env: Environment): RowsExpression {
  const node = compileNode(expression, env);
  return {
    evaluate(batch) {
      const drops = new Drops();
      const column = node.evaluate(batch, drops);
      if (drops.rows === null) return { batch, column };
      const rows = rowsTrue(
        drops.rows.map((dropped) => 1 - dropped),
        batch.length,
      );
      if (rows === null) return { batch, column };
      const both = selectRows({ ...batch, columns: [...batch.columns, column] }, rows);
      return {
        batch: newBatch(batch.schema, both.columns.slice(0, -1), rows.length),
        column: both.columns.at(-1)!,
      };
    },
  };
}

/** The condition as a filter: the rows where it is true, ascending; null when that is every row. */
export function compileFilter(
  expression: Expression,
  env: Environment,
): (batch: Batch) => Uint32Array | null {
  const nodes = conjuncts(expression).map((part) => compileNode(part, env));
  return (batch) => {
    let rows: Uint32Array | null = null;
    let rest = batch;
    let found: Uint32Array | null = null;
    for (const node of nodes) {
      const next = rowsOf(node, rest, env);
      found = found === null || next === null ? (found ?? next) : rowsInBoth(found, next);
      if (found === null) continue;
      if (found.length === 0) return found;
      // Most rows stay: gathering the rest would cost more than testing them all again.
      if (found.length * 2 > rest.length) continue;
      rest = selectRows(rest, found);
      rows = composeRows(rows, found);
      found = null;
    }
    return composeRows(rows, found);
  };
}

function rowsOf(node: Node, batch: Batch, env: Environment): Uint32Array | null {
  if (isConstant(node)) {
    return truthOf(node.constant) === true ? null : new Uint32Array(0);
  }
  const drops = new Drops();
  const truth = node.evaluate(batch, drops);
  if (drops.rows === null && truth.kind === 'constant' && truth.value === true) return null;
  const { values } = booleansOf(truth, env);
  if (drops.rows === null) return rowsTrue(values, batch.length);
  const kept = values.map((value, row) => (drops.rows?.[row] === 1 ? 0 : value));
  return rowsTrue(kept, batch.length);
}

/** Compiles an expression; what does not depend on rows is worked out here. */
function compileNode(expression: Expression, env: Environment): Node {
  switch (expression.kind) {
    case 'literal':
      return constantNode(expression.value);
    case 'regex':
      return constantNode(expression.pattern);
    case 'field':
      return fieldNode(expression.name);
    case 'call':
      return compileCall(expression, env);
    case 'unary': {
      const of = compileNode(expression.of, env);
      return folded([of], expression.operator === '-' ? negativeNode(of, env) : notNode(of, env));
    }
    case 'binary':
      return compileBinary(expression.operator, expression.left, expression.right, env);
    case 'conditional':
      return conditionalNode(
        compileNode(expression.condition, env),
        compileNode(expression.yes, env),
        compileNode(expression.no, env),
        env,
      );
    case 'in': {
      const of = compileNode(expression.of, env);
      const list = expression.list.map((item) => compileNode(item, env));
      return folded([of, ...list], inNode(of, list, expression.negated));
    }
    case 'subqueryTest':
      throw new Error('a subquery was not resolved before the expression was compiled');
  }
}

function compileBinary(
  operator: BinaryOperator,
  leftExpression: Expression,
  rightExpression: Expression,
  env: Environment,
): Node {
  const left = compileNode(leftExpression, env);
  if (operator === 'matches' && rightExpression.kind === 'regex') {
    return folded([left], regexNode(left, checkedRegex(rightExpression)));
  }
  const right = compileNode(rightExpression, env);
  if (operator === '=' || operator === '!=') {
    if (isNullLiteral(rightExpression)) return folded([left], nullTestNode(operator, left));
    if (isNullLiteral(leftExpression)) return folded([right], nullTestNode(operator, right));
  }
  return folded([left, right], binaryNode(operator, left, right, env));
}

/** Whether `null` itself is written: a call that happens to give null compares like any other. */
function isNullLiteral(expression: Expression): boolean {
  return expression.kind === 'literal' && expression.value === null;
}

function binaryNode(operator: BinaryOperator, left: Node, right: Node, env: Environment): Node {
  switch (operator) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmeticNode(operator, left, right, env);
    case 'and':
    case 'or':
      return logicNode(operator, left, right, env);
    case 'matches':
      return globNode(left, right);
    case 'contains':
      return containsNode(left, right);
    default:
      return compareNode(operator, left, right, env);
  }
}

function compileCall(call: Call, env: Environment): Node {
  const definition = env.function(call.name);
  if (definition === null)
    throw new Error(`the function ${call.name} was not resolved before it was compiled`);
  const args = call.args.map((arg, position): Argument => {
    const type = definition.parameters[position]?.type;
    if (arg.kind === 'regex' && type === 'regex-or-string') return { regex: checkedRegex(arg) };
    return compileNode(arg, env);
  });
  return callNode(preparedFunction(definition, call, env), args, env);
}

/** The function as it runs for this call: over its table, where it has one. */
function preparedFunction(definition: FunctionDefinition, call: Call, env: Environment): FunctionDefinition {
  if (definition.prepare === undefined) return definition;
  const evaluate = env.prepared?.(call) ?? null;
  if (evaluate === null) throw new QueryFailure('unsupported', `\`${definition.name}\` cannot be used here`);
  return { ...definition, evaluate };
}

/** The node's value when all its parts are constant, else the node. */
function folded(parts: readonly Node[], node: Node): Node {
  if (!parts.every(isConstant) || node.drops) return node;
  return constantNode(valueAt(node.evaluate(newBatch(EMPTY_SCHEMA, [], 1), new Drops()), 0));
}

function checkedRegex({ pattern, flags }: RegexLiteral): ByteRegex {
  const compiled = compileRegex(pattern, flags);
  if ('error' in compiled) throw new Error(`the pattern ${pattern} was not checked before it was compiled`);
  return compiled.regex;
}
