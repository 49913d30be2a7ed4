import type { Expression } from '../../src/grammar/ast.ts';
import { functions } from './functions.ts';
import type { Setting } from './setting.ts';
import { get, numberIn, type Row, textIn, type Value } from './table.ts';

/** The value of an expression for one row. Throws DroppedRow when a function drops the row. */
export function evaluate(expression: Expression, row: Row, setting: Setting): Value {
  const valueIn = (part: Expression) => evaluate(part, row, setting);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'field':
      return get(row, expression.name);
    case 'unary':
      return unary(expression.operator, valueIn(expression.of));
    case 'conditional':
      return valueIn(valueIn(expression.condition) === true ? expression.yes : expression.no);
    case 'in': {
      const value = valueIn(expression.of);
      const found = expression.list.some((each) => same(value, valueIn(each)));
      return found !== expression.negated;
    }
    case 'binary':
      return binary(expression, valueIn);
    case 'call': {
      const call = functions.get(expression.name.toLowerCase());
      if (call === undefined) throw new Error(`the oracle has no function ${expression.name}`);
      return call(
        expression.args.map((each) => (each.kind === 'regex' ? each : valueIn(each))) as Value[],
        setting,
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

function binary(
  { operator, left, right }: Extract<Expression, { kind: 'binary' }>,
  valueIn: (part: Expression) => Value,
): Value {
  switch (operator) {
    case 'and':
    case 'or': {
      const decides = operator === 'or';
      const first = valueIn(left);
      if (first === decides) return decides;
      const second = valueIn(right);
      if (second === decides) return decides;
      return typeof first === 'boolean' && typeof second === 'boolean' ? !decides : null;
    }
    case 'matches':
      return matches(valueIn(left), right.kind === 'regex' ? new RegExp(right.pattern, 'u') : valueIn(right));
    case 'contains': {
      const text = textIn(valueIn(left)) ?? '';
      const part = textIn(valueIn(right)) ?? '';
      return text === '' || part === '' ? text === part : text.includes(part);
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%': {
      const a = numberIn(valueIn(left));
      const b = numberIn(valueIn(right));
      return a === null || b === null ? null : calculate(operator, a, b);
    }
    default:
      return compare(operator, valueIn(left), valueIn(right));
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
  return globMatches(String(subject), String(pattern));
}

/** `*` stands for any run; nothing else is special, and the whole text must match. */
export function globMatches(text: string | null, glob: string): boolean {
  const pattern = glob.split('*').map(escaped).join('[^]*');
  return text !== null && new RegExp(`^${pattern}$`, 'u').test(text);
}
