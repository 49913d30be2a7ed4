import type { Call, Expression } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { defineFunction, QueryFailure } from '../define.ts';

/** `lookupContains(path://"table", column=field and column=field)`: whether a table has such a row. */
export const lookupContains = defineFunction({
  name: 'lookupContains',
  summary: 'True when a lookup table has a row in which every named column equals the field beside it.',
  description: [
    '`lookupContains(path://"/folder/table", column=field)`; several pairs are joined by `and` or commas.',
    'Tables compare their columns as in `lookup`. False when no row matches and when a field is null.',
  ].join('\n'),
  parameters: [
    { name: 'table', type: 'string' },
    { name: 'column=field', type: 'any' },
    { name: 'column=field', type: 'any', rest: { atMost: 33 } },
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
    const columns = call.args.filter((_, at) => at % 2 === 1).map(literalText);
    for (const column of columns) {
      if (!table.columns.some((each) => each.toLowerCase() === column.toLowerCase())) {
        const there = table.columns.map((each) => `\`${each}\``).join(', ');
        const hint = `its columns are ${there}; write \`column=field\``;
        throw new QueryFailure('data', `lookup table \`${name}\` has no column \`${column}\``, hint);
      }
    }
    return (args) => {
      const key = args
        .filter((_, at) => at > 0 && at % 2 === 0)
        .map((value) => (isValue(value) ? value : null));
      return !key.includes(null) && table.find(columns, key) !== null;
    };
  },
  evaluate() {
    throw new Error('lookupContains runs over the table that was opened for it');
  },
  examples: [
    {
      query:
        '* | parse "proto=*" as p | where lookupContains(https://example.com/protocol-numbers.csv, Decimal=p) | count by p',
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

/** `(table, c1=f1 and c2=f2)` as `(table, "c1", f1, "c2", f2)`; what does not fit stays for `check`. */
function plainCall(call: Call): Call {
  const [table, ...conditions] = call.args;
  const pairs = conditions.flatMap(pairsOf);
  if (table === undefined || pairs.length === 0 || pairs.some((pair) => pair === null)) return call;
  const args = pairs.flatMap((pair): Expression[] => {
    if (pair === null) return [];
    const { column, field } = pair;
    return [{ kind: 'literal', value: column.name, span: column.span }, field];
  });
  return { ...call, args: [tableName(table), ...args] };
}

interface Pair {
  readonly column: Expression & { readonly kind: 'field' };
  readonly field: Expression & { readonly kind: 'field' };
}

function pairsOf(condition: Expression): readonly (Pair | null)[] {
  if (condition.kind !== 'binary') return [null];
  const { operator, left, right } = condition;
  if (operator === 'and') return [...pairsOf(left), ...pairsOf(right)];
  if (operator !== '=' || left.kind !== 'field' || right.kind !== 'field') return [null];
  return [{ column: left, field: right }];
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
  const help = 'write `lookupContains(path://"table", column=field)`';
  if (table?.kind !== 'literal' || typeof table.value !== 'string') {
    const span = table?.span ?? call.span;
    return [error('wrong-arguments', span, '`lookupContains` takes the name of a table first', { help })];
  }
  const wrong = rest.find((arg, at) => (at % 2 === 0 ? arg.kind !== 'literal' : arg.kind !== 'field'));
  if (wrong === undefined) return [];
  const message = '`lookupContains` takes pairs of a table column and a field joined by `and`';
  return [error('wrong-arguments', wrong.span, message, { help })];
}
