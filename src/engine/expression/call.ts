import { EMPTY_SCHEMA, newBatch } from '../columns/batch.ts';
import {
  type Column,
  columnOf,
  constantColumn,
  type FlatColumn,
  flatten,
  isNullAt,
  valueAt,
} from '../columns/column.ts';
import { numberOf, textOf, type Value } from '../columns/value.ts';
import type {
  CompiledRegex,
  FunctionArgument,
  FunctionDefinition,
  Parameter,
  ParameterType,
  RunContext,
} from '../define.ts';
import { numbersOf } from '../kernels/numbers.ts';
import { repeatedTexts } from '../kernels/repeated-texts.ts';
import { constantNode, Drops, derivedNode, type Environment, isConstant, type Node } from './node.ts';
import { wordFunction } from './results.ts';

/** One argument: an expression, or a regular expression that is handed over as it is. */
export type Argument = Node | { readonly regex: CompiledRegex };

/** The parameter that argument `position` belongs to; null when there are too many. */
function parameterAt(definition: FunctionDefinition, position: number): Parameter | null {
  const { parameters } = definition;
  const named = parameters[position];
  if (named !== undefined) return named;
  const last = parameters.at(-1);
  return last?.rest !== undefined && position < last.rest.atMost ? last : null;
}

/**
 * A call of a function: worked out now when all arguments are constant, once per word when one
 * argument varies and is a dictionary, by the function's kernel where it has one, else row by row.
 */
export function callNode(definition: FunctionDefinition, args: readonly Argument[], env: Environment): Node {
  const nodes = args.filter((arg) => 'evaluate' in arg);
  const types = args.map((_, position) => parameterAt(definition, position)?.type ?? 'any');
  const pure = definition.pure !== false;
  const varying = args.flatMap((arg, position) => ('evaluate' in arg && !isConstant(arg) ? [position] : []));
  const evaluateRows = rowsFunction(definition, types, env.context);
  const perWord =
    pure && varying.length === 1 ? wordsFunction(definition, args, types, varying[0]!, env) : null;
  const dictionary = repeatedTexts();
  const drops = dropsOnNull(definition, args);
  const node: Node = {
    ...derivedNode(nodes, true, (batch, dropped) => {
      const columns = args.map((arg) =>
        'evaluate' in arg ? flatten(arg.evaluate(batch, dropped)) : arg.regex,
      );
      const result = flatten(run(columns, batch.length));
      if (drops) {
        for (let row = 0; row < batch.length; row++)
          if (isNullAt(result, row)) dropped.mark(row, batch.length);
      }
      return result;
    }),
    drops: drops || nodes.some((arg) => arg.drops),
  };
  if (!pure || varying.length > 0 || node.drops) return node;
  const folded = node.evaluate(newBatch(EMPTY_SCHEMA, [], 1), new Drops());
  return constantNode(valueAt(folded, 0));

  function run(columns: readonly (FlatColumn | CompiledRegex)[], length: number): Column {
    const [position] = varying;
    const column = position === undefined ? undefined : columns[position];
    const isDictionary = column !== undefined && 'kind' in column && column.kind === 'dictionary';
    if (perWord !== null && isDictionary && definition.kernelPerWord !== true) return perWord(column);
    if (definition.kernel !== undefined && columns.every((each) => 'kind' in each)) {
      const converted = columns.map((each, at) => convertColumn(each, types[at]!, definition, env.context));
      const result = definition.kernel(converted, length, env.context);
      if (result !== null) return result;
    }
    if (perWord !== null && column !== undefined && 'kind' in column) {
      const repeated = dictionary(column);
      if (repeated !== null) return perWord(repeated);
    }
    return evaluateRows(columns, length);
  }
}

function dropsOnNull({ dropsRowsOnNull = false }: FunctionDefinition, args: readonly Argument[]): boolean {
  if (typeof dropsRowsOnNull === 'boolean') return dropsRowsOnNull;
  return dropsRowsOnNull(args.map((arg) => ('evaluate' in arg && isConstant(arg) ? arg.constant : null)));
}

/** The value as a parameter of this type takes it; `bad` is called when it does not fit, which makes it null. */
function convert(value: Value, type: ParameterType, bad: () => void): Value {
  if (value === null) return null;
  switch (type) {
    case 'string':
      return textOf(value);
    case 'number': {
      const number = numberOf(value);
      if (number === null) bad();
      return number;
    }
    case 'boolean': {
      if (typeof value === 'boolean') return value;
      const text = textOf(value).toLowerCase();
      if (text === 'true' || text === 'false') return text === 'true';
      bad();
      return null;
    }
    case 'any':
      return value;
    case 'regex-or-string':
      return textOf(value);
  }
}

function badValue(definition: FunctionDefinition, type: ParameterType): string {
  return `${definition.name} got ${type === 'number' ? 'text' : `a value that is no ${type}`}`;
}

function convertColumn(
  column: FlatColumn,
  type: ParameterType,
  definition: FunctionDefinition,
  context: RunContext,
): Column {
  if (type === 'number')
    return numbersOf(column, (rows) => context.rowWarning(badValue(definition, type), rows));
  return column;
}

function rowsFunction(
  definition: FunctionDefinition,
  types: readonly ParameterType[],
  context: RunContext,
): (columns: readonly (FlatColumn | CompiledRegex)[], length: number) => Column {
  const handlesNulls = definition.nulls === 'handle';
  const bads = types.map((type) => () => context.rowWarning(badValue(definition, type)));
  return (columns, length) => {
    const results: Value[] = new Array<Value>(length);
    for (let row = 0; row < length; row++) {
      let anyNull = false;
      const args: FunctionArgument[] = [];
      for (let at = 0; at < columns.length; at++) {
        const column = columns[at]!;
        if (!('kind' in column)) {
          args.push(column);
          continue;
        }
        const value = convert(valueAt(column, row), types[at]!, bads[at]!);
        if (value === null) anyNull = true;
        args.push(value);
      }
      results[row] = anyNull && !handlesNulls ? null : definition.evaluate(args, context);
    }
    return columnFromResults(results, definition);
  };
}

function columnFromResults(results: readonly Value[], definition: FunctionDefinition): Column {
  const [first] = results;
  if (results.length > 0 && first === null && results.every((value) => value === null)) {
    return constantColumn(null, results.length);
  }
  return columnOf(results, definition.returns === 'double' ? 'double' : undefined);
}

function wordsFunction(
  definition: FunctionDefinition,
  args: readonly Argument[],
  types: readonly ParameterType[],
  varying: number,
  env: Environment,
): ReturnType<typeof wordFunction> {
  let warnings: string[] = [];
  const context: RunContext = {
    ...env.context,
    now: () => env.context.now(),
    warn: (message) => env.context.warn(message),
    rowWarning: (what) => {
      warnings.push(what);
    },
  };
  const handlesNulls = definition.nulls === 'handle';
  const fixed = args.map((arg, at): FunctionArgument => {
    if (!('evaluate' in arg)) return arg.regex;
    if (at === varying || !isConstant(arg)) return null;
    return convert(arg.constant, types[at]!, () => context.rowWarning(badValue(definition, types[at]!)));
  });
  const fixedWarnings = warnings;
  return wordFunction(
    (text) => {
      warnings = [...fixedWarnings];
      const values = fixed.slice();
      values[varying] = convert(text, types[varying]!, () =>
        context.rowWarning(badValue(definition, types[varying]!)),
      );
      const skip = !handlesNulls && values.includes(null);
      return { value: skip ? null : definition.evaluate(values, context), warnings };
    },
    (what, rows) => env.context.rowWarning(what, rows),
  );
}
