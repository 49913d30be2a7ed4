import { describe, expect, it } from 'vitest';
import { expressionOf, grammar, mistakes, parsed, stageOf } from './parse-cases.ts';

const f = (name: string) => ({ kind: 'field', name });
const v = (value: unknown) => ({ kind: 'literal', value });
const b = (left: unknown, operator: string, right: unknown) => ({ kind: 'binary', operator, left, right });

describe('expressions', () => {
  it('orders operators by precedence, equal ones from left to right', () => {
    expect(expressionOf('a + b * c - d')).toEqual(b(b(f('a'), '+', b(f('b'), '*', f('c'))), '-', f('d')));
    expect(expressionOf('a or b and c = 1')).toEqual(b(f('a'), 'or', b(f('b'), 'and', b(f('c'), '=', v(1)))));
    expect(expressionOf('(a or b) && c <> 1')).toEqual(
      b(b(f('a'), 'or', f('b')), 'and', b(f('c'), '!=', v(1))),
    );
    expect(expressionOf('a and b and c')).toEqual(b(b(f('a'), 'and', f('b')), 'and', f('c')));
    expect(expressionOf('a/60 % 2 == 1')).toEqual(b(b(b(f('a'), '/', v(60)), '%', v(2)), '=', v(1)));
  });

  it('reads prefixes', () => {
    expect(expressionOf('!a')).toEqual({ kind: 'unary', operator: '!', of: f('a') });
    expect(expressionOf('not isNull(a)')).toEqual({
      kind: 'unary',
      operator: '!',
      of: { kind: 'call', name: 'isNull', args: [f('a')] },
    });
    expect(expressionOf('15 - -5')).toEqual(b(v(15), '-', v(-5)));
    expect(expressionOf('-a')).toEqual({ kind: 'unary', operator: '-', of: f('a') });
    expect(expressionOf('not')).toEqual(f('not'));
  });

  it('applies size and time suffixes', () => {
    const values = ['1.5s', '2Ki', '1m', '1M', '.5', '1e3', '1B', '100ms', '9.5'].map((text) =>
      expressionOf(text),
    );
    expect(values).toEqual([1500, 2048, 60_000, 1e6, 0.5, 1000, 1e9, 100, 9.5].map(v));
  });

  it('reads lists, patterns and their function forms', () => {
    expect(expressionOf('a in ("x", 1)')).toEqual({
      kind: 'in',
      of: f('a'),
      list: [v('x'), v(1)],
      negated: false,
    });
    expect(expressionOf('a + 1 NOT IN (2)')).toMatchObject({
      kind: 'in',
      negated: true,
      of: { operator: '+' },
    });
    expect(expressionOf('a matches "x*"')).toEqual(b(f('a'), 'matches', v('x*')));
    expect(expressionOf('a matches ("x*") or b')).toEqual(b(b(f('a'), 'matches', v('x*')), 'or', f('b')));
    expect(expressionOf('a matches /x[/]\\/y/i')).toEqual(
      b(f('a'), 'matches', { kind: 'regex', pattern: 'x[/]\\/y', flags: 'i' }),
    );
    expect(expressionOf('contains(a, "x")')).toEqual(b(f('a'), 'contains', v('x')));
    expect(expressionOf('a CONTAINS "x"')).toEqual(b(f('a'), 'contains', v('x')));
  });

  it('reads conditionals', () => {
    const chosen = {
      kind: 'conditional',
      condition: f('a'),
      yes: v(1),
      no: { kind: 'conditional', condition: f('b'), yes: v(2), no: v(3) },
    };
    expect(expressionOf('a ? 1 : b ? 2 : 3')).toEqual(chosen);
    expect(expressionOf('if (a, 1, IF(b, 2, 3))')).toEqual(chosen);
  });

  it('knows literals', () => {
    expect(expressionOf('a = null')).toEqual(b(f('a'), '=', v(null)));
    expect(expressionOf('TRUE != false')).toEqual(b(v(true), '!=', v(false)));
    expect(expressionOf('a = "x\\"y\\\\z\\n\\d"')).toEqual(b(f('a'), '=', v('x"y\\z\n\\d')));
  });

  it('reads names of every kind', () => {
    expect(expressionOf('a.b')).toEqual(f('a.b'));
    expect(expressionOf('%"a \\" b"')).toEqual(f('a " b'));
    expect(expressionOf('% "a b"')).toEqual(f('a b'));
    expect(expressionOf('x = %http.action_name')).toEqual(b(f('x'), '=', f('http.action_name')));
    expect(expressionOf('items[0].id = 1')).toEqual(b(f('items[0].id'), '=', v(1)));
    expect(expressionOf('t1. x = 1')).toEqual(b(f('t1.x'), '=', v(1)));
    expect(expressionOf('5xx_count > 1')).toEqual(b(f('5xx_count'), '>', v(1)));
    expect(expressionOf('count > by and as = in')).toEqual(
      b(b(f('count'), '>', f('by')), 'and', b(f('as'), '=', f('in'))),
    );
    expect(expressionOf('%"true"')).toEqual(f('true'));
  });

  it('spells functions as they are registered', () => {
    expect(expressionOf('TOLOWERCASE(a)')).toEqual({ kind: 'call', name: 'toLowerCase', args: [f('a')] });
  });

  it('takes a table as an argument', () => {
    expect(expressionOf('isNull(path://"/a b") and x=y')).toMatchObject({
      left: { args: [v('path:///a b')] },
    });
    expect(expressionOf('isNull(https://h.x/a-b.csv?c=1)')).toMatchObject({
      args: [v('https://h.x/a-b.csv?c=1')],
    });
  });

  it('balances long runs of and and or', () => {
    const text = Array.from({ length: 1000 }, (_, index) => `a = ${index}`).join(' or ');
    let depth = 0;
    let node = expressionOf(text) as { left?: unknown };
    for (; node.left !== undefined; node = node.left as { left?: unknown }) depth++;
    expect(depth).toBeLessThan(60);
  });

  it('reports unknown functions, wrong counts, aggregates and single quotes', () => {
    expect(mistakes('* | where isNul(a)')).toEqual(['unknown-function at "isNul"']);
    expect(mistakes('* | if(a, b) as c')).toEqual(['wrong-arguments at "if"']);
    expect(mistakes('* | where count_distinct(a) > 1')).toEqual(['unknown-function at "count_distinct"']);
    expect(mistakes("* | where a = 'x'")).toEqual(['syntax at "\'x\'"']);
    expect(grammar.parse('* | where isNul(a)').diagnostics[0]?.help).toBe('`isNull` might be meant');
  });

  it('limits depth instead of overflowing', () => {
    const deep = 5000;
    expect(mistakes(`* | where ${'('.repeat(deep)}a${')'.repeat(deep)} | count`)).toEqual(['syntax at "("']);
    expect(mistakes(`* | where ${'!'.repeat(deep)}a`)).toEqual(['syntax at "!"']);
    expect(mistakes(`* | a${' + a'.repeat(2000)} as b`)).toEqual(['syntax at "a"']);
    expect(mistakes(`* | ${'a ? a : '.repeat(1000)} a as b`)).toEqual(['syntax at "?"']);
  });
});

describe('expression stages', () => {
  it('may start with the name of an operator, function or aggregate', () => {
    expect(stageOf('count/60 as rate')).toMatchObject({ kind: 'expression', expression: { operator: '/' } });
    expect(stageOf('length as l')).toEqual({
      kind: 'expression',
      expression: f('length'),
      alias: { kind: 'name', text: 'l' },
    });
    expect(stageOf('total > 5 as b')).toMatchObject({ kind: 'expression', expression: { left: f('total') } });
    expect(stageOf('limit as x')).toMatchObject({ kind: 'expression', expression: f('limit') });
    expect(stageOf('json matches "x" as y')).toMatchObject({ kind: 'expression' });
    expect(stageOf('max(a, b) as c')).toMatchObject({
      kind: 'expression',
      expression: { kind: 'call', name: 'max' },
    });
    expect(stageOf('max(a) as c')).toMatchObject({ kind: 'aggregate' });
    expect(stageOf('num(x)')).toMatchObject({ kind: 'expression', alias: null });
    expect(stageOf('"" as %"a b"')).toMatchObject({ expression: v(''), alias: { text: 'a b' } });
    expect(stageOf('x = 2 as d')).toMatchObject({ expression: { kind: 'binary', operator: '=' } });
  });

  it('does not take || for two pipes', () => {
    expect(parsed('* | where a || b | count').stages).toHaveLength(2);
  });
});
