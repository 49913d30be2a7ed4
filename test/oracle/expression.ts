import type { Expression } from '../../src/grammar/ast.ts';
import { functions } from './functions.ts';
import { get, numberIn, type Row, textIn, type Value } from './table.ts';

/** The value of an expression for one row. Throws DroppedRow when a function drops the row. */
export function evaluate(expression: Expression, row: Row): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'field':
      return get(row, expression.name);
    case 'unary':
      return unary(expression.operator, evaluate(expression.of, row));
    case 'conditional':
      return evaluate(evaluate(expression.condition, row) === true ? expression.yes : expression.no, row);
    case 'in': {
      const value = evaluate(expression.of, row);
      const found = expression.list.some((each) => same(value, evaluate(each, row)));
      return found !== expression.negated;
    }
    case 'binary':
      return binary(expression, row);
    case 'call': {
      const call = functions.get(expression.name.toLowerCase());
      if (call === undefined) throw new Error(`the oracle has no function ${expression.name}`);
      return call(
        expression.args.map((each) => (each.kind === 'regex' ? each : evaluate(each, row))) as Value[],
      );
    }
    default:
      throw new Error(`the oracle cannot evaluate ${expression.kind}`);
  }
}

/** Typed equality, as `in` has it. */
const same = (a: Value, b: Value) => a !== null && typeof a === typeof b && a === b;

function unary(operator: '-' | '!', value: Value): Value {
  if (operator === '!') return typeof value === 'boolean' ? !value : null;
  const number = numberIn(value);
  return number === null ? null : -number;
}

function binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>, row: Row): Value {
  switch (operator) {
    case 'and':
    case 'or': {
      const decides = operator === 'or';
      const first = evaluate(left, row);
      if (first === decides) return decides;
      const second = evaluate(right, row);
      if (second === decides) return decides;
      return typeof first === 'boolean' && typeof second === 'boolean' ? !decides : null;
    }
    case 'matches':
      return matches(
        evaluate(left, row),
        right.kind === 'regex' ? new RegExp(right.pattern, 'u') : evaluate(right, row),
      );
    case 'contains': {
      const text = textIn(evaluate(left, row)) ?? '';
      const part = textIn(evaluate(right, row)) ?? '';
      return text === '' || part === '' ? text === part : text.includes(part);
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%': {
      const a = numberIn(evaluate(left, row));
      const b = numberIn(evaluate(right, row));
      return a === null || b === null ? null : calculate(operator, a, b);
    }
    default:
      return compare(operator, evaluate(left, row), evaluate(right, row));
  }
}

function calculate(operator: '+' | '-' | '*' | '/' | '%', a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}

function compare(operator: '=' | '!=' | '<' | '<=' | '>' | '>=', left: Value, right: Value): boolean {
  if (left === null || right === null) return false;
  if (typeof left !== 'number' && typeof right !== 'number') {
    return holds(operator, left === right, String(left) < String(right));
  }
  const a = numberIn(left);
  const b = numberIn(right);
  if (a === null || b === null) return false;
  return Number.isNaN(a) || Number.isNaN(b) ? operator === '!=' : holds(operator, a === b, a < b);
}

function holds(operator: '=' | '!=' | '<' | '<=' | '>' | '>=', equal: boolean, less: boolean): boolean {
  switch (operator) {
    case '=':
      return equal;
    case '!=':
      return !equal;
    case '<':
      return less;
    case '<=':
      return less || equal;
    case '>':
      return !less && !equal;
    case '>=':
      return !less;
  }
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function matches(subject: Value, pattern: Value | RegExp): boolean {
  if (subject === null || pattern === null) return false;
  if (pattern instanceof RegExp) return pattern.test(String(subject));
  const glob = String(pattern).split('*').map(escaped).join('[^]*');
  return new RegExp(`^${glob}$`, 'u').test(String(subject));
}
