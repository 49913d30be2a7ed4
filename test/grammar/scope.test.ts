import { describe, expect, it } from 'vitest';
import { bare, mistakes, parsed } from './parse-cases.ts';

function scope(text: string): unknown {
  return bare(parsed(text).scope);
}

const term = (text: string) => ({ kind: 'term', text, quoted: false });
const phrase = (text: string) => ({ kind: 'term', text, quoted: true });
const is = (name: string, value: string, quoted = false) => ({
  kind: 'fieldPredicate',
  field: { kind: 'name', text: name },
  value,
  quoted,
});

describe('the search expression', () => {
  it('takes everything for an empty scope, a star and a leading pipe', () => {
    for (const text of ['', '*', '   ', '| count', '* | count']) expect(scope(text)).toEqual({ kind: 'all' });
  });

  it('binds not, then and, then or', () => {
    expect(scope('a OR b c')).toEqual({
      kind: 'or',
      of: [term('a'), { kind: 'and', of: [term('b'), term('c')] }],
    });
    expect(scope('a NOT b and !c')).toEqual({
      kind: 'and',
      of: [term('a'), { kind: 'not', of: term('b') }, { kind: 'not', of: term('c') }],
    });
    expect(scope('(a or b) c')).toEqual({
      kind: 'and',
      of: [{ kind: 'or', of: [term('a'), term('b')] }, term('c')],
    });
    expect(scope('a && b || c')).toEqual({
      kind: 'or',
      of: [{ kind: 'and', of: [term('a'), term('b')] }, term('c')],
    });
  });

  it('reads field predicates with and without spaces, quoted and negated', () => {
    expect(scope('_sourceCategory=prod/*')).toEqual(is('_sourceCategory', 'prod/*'));
    expect(scope('_sourceCategory = prod/*')).toEqual(is('_sourceCategory', 'prod/*'));
    expect(scope('user="amy lee"')).toEqual(is('user', 'amy lee', true));
    expect(scope('user!=amy')).toEqual({ kind: 'not', of: is('user', 'amy') });
    expect(scope('!host=a')).toEqual({ kind: 'not', of: is('host', 'a') });
    expect(scope('%"x-event key"="a:b"')).toEqual(is('x-event key', 'a:b', true));
    expect(scope('path=/aws/rds/*listener')).toEqual(is('path', '/aws/rds/*listener'));
    expect(scope('f=a=b')).toEqual(is('f', 'a=b'));
  });

  it('keeps odd characters in barewords', () => {
    for (const word of [
      'a-b',
      'x:y',
      '1.2.3.4',
      'jo@x.com',
      '%ASA',
      '-dev',
      'a,b',
      '50*',
      'err?r',
      'test/*',
      'a//b',
      '<5>',
    ]) {
      expect(scope(word)).toEqual(term(word));
    }
  });

  it('takes quotes and escapes off phrases', () => {
    expect(scope('"type=\\"x\\"" "a | b"')).toEqual({
      kind: 'and',
      of: [phrase('type="x"'), phrase('a | b')],
    });
    expect(scope('"and"')).toEqual(phrase('and'));
    expect(scope('"key":"value"')).toEqual({ kind: 'and', of: [phrase('key'), term(':'), phrase('value')] });
  });

  it('uses words of the language as fields', () => {
    expect(scope('and=1 or=2')).toEqual({ kind: 'and', of: [is('and', '1'), is('or', '2')] });
  });

  it('skips comments but not slashes inside words', () => {
    expect(scope('// first "quote\na // second | pipe\nb /* c */ d')).toEqual({
      kind: 'and',
      of: [term('a'), term('b'), term('d')],
    });
    expect(scope('"x"//glued\n')).toEqual(phrase('x'));
    expect(scope('http://host/a')).toEqual(term('http://host/a'));
  });

  it('reports what is missing, at its place', () => {
    expect(mistakes('(a or b')).toEqual(['syntax at "("']);
    expect(mistakes('a) b')).toEqual(['syntax at ")"']);
    expect(mistakes('a or | count')).toEqual(['syntax at ""']);
    expect(mistakes('size > 5 | count')).toEqual(['syntax at ">"']);
    expect(mistakes('"f"=x')).toEqual(['syntax at "\\"f\\""']);
  });
});

describe('subqueries', () => {
  it('takes compose out of the stages and reads its times', () => {
    const text =
      'app=web [subquery from=(-24h) to=(04/01 10:30): deny | count by src_ip | compose src_ip, b maxresults=5 keywords]';
    expect(scope(text)).toMatchObject({
      kind: 'and',
      of: [
        is('app', 'web'),
        {
          kind: 'subquery',
          from: '-24h',
          to: '04/01 10:30',
          compose: [
            { kind: 'name', text: 'src_ip' },
            { kind: 'name', text: 'b' },
          ],
          maxResults: 5,
          keywords: true,
          child: { scope: term('deny'), stages: [{ kind: 'aggregate' }] },
        },
      ],
    });
  });

  it('works in where and if, negated', () => {
    const stages = parsed(
      '* | where ![subquery : x | compose a] and b = 1 | if([subquery:y|compose c], 1, 0) as d',
    ).stages;
    expect(bare(stages[0])).toMatchObject({
      args: { condition: { operator: 'and', left: { kind: 'unary', of: { kind: 'subqueryTest' } } } },
    });
    expect(bare(stages[1])).toMatchObject({
      expression: { kind: 'conditional', condition: { kind: 'subqueryTest' } },
    });
  });

  it('reports a missing compose, a stray one, a missing bracket', () => {
    expect(mistakes('[subquery: a | count]')).toEqual(['syntax at "[subquery: a | count]"']);
    expect(mistakes('a | compose b')).toEqual(['wrong-place at "compose b"']);
    expect(mistakes('[subquery: a | compose b')).toEqual(['syntax at "["']);
    expect(mistakes('[subquery: a | compose b maxresults=0]')).toEqual(['bad-value at "0"']);
  });
});
