import type { Call, Expression, FieldReference } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { nameList } from '../../grammar/name-list.ts';
import { defineFunction, QueryFailure } from '../define.ts';
import type { LookupTable } from '../source.ts';

/** `lookupContains(path://"table", field=column and field=column)`: whether a table has such a row. */
export const lookupContains = defineFunction({
  name: 'lookupContains',
  summary: 'True when a lookup table has a row in which every named column equals the field beside it.',
  description: [
    '`lookupContains(path://"/folder/table", field=column)`; several pairs are joined by `and` or commas. A pair may be written',
    'either way round: where the table has a column of the second name, that is the column, else the first name is.',
    'Tables compare their columns as in `lookup`. False when no row matches and when a field is null.',
  ].join('\n'),
  parameters: [
    { name: 'table', type: 'string' },
    { name: 'field=column', type: 'any', optional: true, rest: { atMost: 65 } },
  ],
  returns: 'boolean',
  nulls: 'handle',
  withoutAlias: 'error',
  rewrite: plainCall,
  check: checkPairs,
  async prepare(call, context) {
    const name = literalText(call.args[0]);
    const table = await context.lookups.open(name);
    if (table === null) {
      throw new QueryFailure('data', `lookup table \`${name}\` is not there`, 'see `weir lookups list`');
    }
    const sides = sidesOf(call).map((side) => chosenSide(table, side));
    const columns = sides.map(({ column }) => column);
    return (args) => {
      const key = sides.map(({ position }) => {
        const value = args[position];
        return value !== undefined && isValue(value) ? value : null;
      });
      return !key.includes(null) && table.find(columns, key) !== null;
    };
  },
  evaluate() {
    throw new Error('lookupContains runs over the table that was opened for it');
  },
  examples: [
    {
      query:
        '* | parse "proto=*" as p | where lookupContains(https://example.com/protocol-numbers.csv, p=Decimal) | count by p',
      input: 'proto=6\nproto=999',
      expect: 'p,_count\n6,1',
    },
  ],
});

function isValue(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value !== 'object';
}

function literalText(expression: Expression | undefined): string {
  return expression?.kind === 'literal' ? String(expression.value) : '';
}

/** A pair in one of its readings: a column, and the argument that holds the field's value. */
interface Side {
  readonly column: string;
  readonly position: number;
}

/** The pairs of a rewritten call in both readings, the documented one (`field=column`) first. */
function sidesOf(call: Call): readonly (readonly [Side, Side])[] {
  const pairs = Math.floor((call.args.length - 1) / 4);
  return Array.from({ length: pairs }, (_, pair) => {
    const at = 1 + pair * 4;
    return [
      { column: literalText(call.args[at]), position: at + 1 },
      { column: literalText(call.args[at + 2]), position: at + 3 },
    ];
  });
}

/** The reading whose column the table has. Throws a QueryFailure when it has neither. */
function chosenSide(table: LookupTable, sides: readonly [Side, Side]): Side {
  const side = sides.find(({ column }) =>
    table.columns.some((each) => each.toLowerCase() === column.toLowerCase()),
  );
  if (side !== undefined) return side;
  const there = nameList(table.columns);
  const message = `lookup table \`${table.name}\` has no column \`${sides[0].column}\``;
  throw new QueryFailure('data', message, `its columns are ${there}; write \`field=column\``);
}

/** `(table, f1=c1 and …)` as `(table, "c1", f1, "f1", c1, …)`: both readings; what does not fit stays for `check`. */
function plainCall(call: Call): Call {
  const [table, ...conditions] = call.args;
  const pairs = conditions.flatMap(pairsOf);
  if (table === undefined) return call;
  if (pairs.some((pair) => pair === null)) return { ...call, args: [tableName(table), ...conditions] };
  const args = pairs.flatMap((pair): Expression[] => {
    if (pair === null) return [];
    const { left, right } = pair;
    return [nameOf(right), left, nameOf(left), right];
  });
  return { ...call, args: [tableName(table), ...args] };
}

function nameOf({ name, span }: FieldReference): Expression {
  return { kind: 'literal', value: name, span };
}

interface Pair {
  readonly left: FieldReference;
  readonly right: FieldReference;
}

function pairsOf(condition: Expression): readonly (Pair | null)[] {
  if (condition.kind !== 'binary') return [null];
  const { operator, left, right } = condition;
  if (operator === 'and') return [...pairsOf(left), ...pairsOf(right)];
  if (operator !== '=' || left.kind !== 'field' || right.kind !== 'field') return [null];
  return [{ left, right }];
}

/** `shared/folder/table` reads as a division of fields: its text is the name. */
function tableName(expression: Expression): Expression {
  const text = dividedNames(expression);
  return text === null ? expression : { kind: 'literal', value: text, span: expression.span };
}

function dividedNames(expression: Expression): string | null {
  if (expression.kind === 'field') return expression.name;
  if (expression.kind !== 'binary' || expression.operator !== '/') return null;
  const left = dividedNames(expression.left);
  const right = dividedNames(expression.right);
  return left === null || right === null ? null : `${left}/${right}`;
}

function checkPairs(call: Call): readonly Diagnostic[] {
  const [table, ...rest] = call.args;
  const help = 'write `lookupContains(path://"table", field=column)`';
  if (table?.kind !== 'literal' || typeof table.value !== 'string') {
    const span = table?.span ?? call.span;
    return [error('wrong-arguments', span, '`lookupContains` takes the name of a table first', { help })];
  }
  const wrong = rest.find((arg, at) => (at % 2 === 0 ? arg.kind !== 'literal' : arg.kind !== 'field'));
  if (wrong === undefined && rest.length > 0 && rest.length % 4 === 0) return [];
  const message = '`lookupContains` takes pairs of a field and a table column joined by `and`';
  return [error('wrong-arguments', (wrong ?? call).span, message, { help })];
}
