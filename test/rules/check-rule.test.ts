import { describe, expect, test } from 'vitest';
import { checkRule, checkRuleSet, hasErrors, MAX_EXPRESSION } from '../../src/rules/check-rule.ts';
import { parseRuleFile, type Rule, ruleFileText } from '../../src/rules/rule.ts';
import { testRule } from '../../src/rules/test-rule.ts';

function rule(scope: string, parse: string, name = 'r'): Rule {
  return { name, description: null, appliedAt: 'ingest', scope, parse, enabled: true, examples: [] };
}

const errors = (checked: ReturnType<typeof checkRule>) =>
  [...checked.scopeDiagnostics, ...checked.parseDiagnostics]
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);

describe('expressions', () => {
  test.each([
    ['parse "a=*," as a'],
    ['parse regex "(?<a>\\\\d+)" nodrop'],
    ['extract "(?<a>\\\\d+)"'],
    ['json "a", "b.c" as a, b nodrop'],
    ['keyvalue "a", "b"'],
    ['csv _raw extract a, b'],
    ['parse "a=*," as a | num(a)'],
    ['parse "a=*," as a | if (a > 1, "x", "y") as b | where b = "x" | fields - a'],
    ['toLowerCase(_raw) as low'],
  ])('allowed: %s', (parse) => expect(errors(checkRule(rule('*', parse)))).toEqual([]));

  test.each([
    ['count', /cannot group messages/],
    ['count by _sourceHost', /cannot group messages/],
    ['parse "a=*," as a | sort by a', /`sort` is not allowed in a rule/],
    ['parse "a=*," as a | limit 5', /`limit` is not allowed/],
    ['timeslice 1m', /`timeslice` is not allowed|built in/],
    ['parse regex "(?<a>\\\\d)" multi', /several messages of one/],
    ['json auto', /not allowed in a rule/],
    ['parse "a=*," as a | lookup b from x on a=a', /not allowed in a rule/],
    ['parse "a=*," as _raw', /`_raw` is built in/],
    ['parse "a=*," as _datatier', /built in/],
    ['concat("a", "b") as _sourcecategory', /built in/],
    ['parse "a=*," as _x', /makes no field/],
    ['parse "a=*," as a | fields - a', /makes no field/],
    ['where _raw matches "x"', /makes no field/],
    ['parse "a=*" as', /./],
    ['prase "a=*," as a', /not known/],
    ['', /./],
  ])('refused: %s', (parse, message) =>
    expect(errors(checkRule(rule('*', parse))).join('\n')).toMatch(message),
  );

  test('are limited in length', () => {
    const long = `parse "a=*," as a // ${'x'.repeat(MAX_EXPRESSION)}`;
    expect(errors(checkRule(rule('*', long))).join()).toMatch(/a rule may have 16384/);
  });

  test('all mistakes come at once, and point into the text', () => {
    const checked = checkRule(
      rule('team=x [subquery: y | compose z]', 'parse "a=*," as a | count | sort by a'),
    );
    expect(errors(checked).length).toBeGreaterThanOrEqual(3);
    expect(hasErrors(checked)).toBe(true);
    const sort = checked.parseDiagnostics.find(({ message }) => message.includes('`sort`'));
    expect('parse "a=*," as a | count | sort by a'.slice(sort?.span.start, sort?.span.end)).toBe('sort');
  });

  test('say which fields they make', () => {
    expect(checkRule(rule('*', 'parse "a=*,b=*" as a, B | concat(a, b) as c | fields - a')).fields).toEqual([
      'B',
      'c',
    ]);
  });
});

describe('scopes', () => {
  test.each([
    ['*'],
    ['error'],
    ['"a b" OR (_sourceCategory=x* AND !_sourceHost=y)'],
    ['_sourcecategory=AWS/VPC*'],
  ])('allowed: %s', (scope) => expect(errors(checkRule(rule(scope, 'parse "a=*," as a')))).toEqual([]));

  test.each([
    ['cluster=x', /`cluster` cannot be used in the scope/],
    ['_index=x', /`_index` cannot/],
    ['_dataTier=Frequent', /`_dataTier` cannot/],
    ['error | count', /without stages/],
    ['a [subquery: b | compose c]', /subquery/],
    ['(a', /./],
  ])('refused: %s', (scope, message) =>
    expect(errors(checkRule(rule(scope, 'parse "a=*," as a'))).join('\n')).toMatch(message),
  );
});

describe('rules together', () => {
  const set = (...rules: Rule[]) => checkRuleSet(rules.map(checkRule)).map(({ message }) => message);
  const made = (scope: string, field: string, name: string) =>
    rule(scope, `parse "${field}=*," as ${field}`, name);

  test('that make one field for overlapping scopes are warned about', () => {
    expect(set(made('*', 'a', 'one'), made('error', 'A', 'two'))).toEqual([
      'the rules `one` and `two` both make `A` for messages in both scopes: the older rule `one` wins',
    ]);
    expect(set(made('*', 'a', 'one'), made('*', 'b', 'two'))).toEqual([]);
  });

  test.each([
    ['_sourceCategory=a', '_sourceCategory=b', false],
    ['_sourceCategory=a*', '_sourcecategory=B*', false],
    ['_sourceCategory=a*', '_sourceCategory=ab*', true],
    ['_sourceCategory=a', '_sourceCategory=A', true],
    ['_sourceCategory=a', '_sourceCategory=a*', true],
    ['_sourceCategory=*a', '_sourceCategory=*b', true],
    ['_sourceCategory=a', '_sourceHost=b', true],
    ['x _sourceCategory=a', 'y (_sourceCategory=b z)', false],
    ['_sourceCategory=a OR x', '_sourceCategory=b', true],
  ])('%s and %s may overlap: %s', (one, two, overlap) => {
    expect(set(made(one, 'a', 'one'), made(two, 'a', 'two')).length).toBe(overlap ? 1 : 0);
  });

  test('are limited in number, fields and names', () => {
    const many = Array.from({ length: 51 }, (_, n) => made(`_sourceCategory=c${n}`, `f${n}`, `n${n}`));
    expect(set(...many)).toEqual(['there are 51 rules; at most 50 are allowed']);
    const names = Array.from({ length: 201 }, (_, n) => `f${n}`);
    const wide = rule('*', `parse "${names.map(() => '*').join(',')}" as ${names.join(', ')}`);
    expect(set(wide).join()).toMatch(/201 different fields/);
    expect(set(made('*', 'a', 'n'), made('*', 'b', 'n'))).toEqual(['two rules are named `n`']);
  });
});

describe('rule files', () => {
  const text = `
name: users
appliedAt: ingest
scope: _sourceCategory=app/auth
parse: |
  parse "user=*," as user nodrop
  | parse "login=*," as user
enabled: false
examples:
  - message: login=amy, ok
    fields: { user: amy }
  - message: hello
    fields: {}
  - message: 2024
    fields: { user: null }
  - { message: "user=x,", fields: { USER: x }, category: App/Auth }
  - { message: "user=x,", fields: {}, category: other }
`;

  test('are read, written, and read again', () => {
    const file = parseRuleFile(text);
    if (!file.ok) throw new Error(file.problems.join());
    expect(file.rule).toMatchObject({ name: 'users', enabled: false, scope: '_sourceCategory=app/auth' });
    expect(file.rule.examples[2]?.message).toBe('2024');
    expect(parseRuleFile(ruleFileText(file.rule))).toEqual(file);
  });

  test('run their examples', () => {
    const file = parseRuleFile(text);
    if (!file.ok) throw new Error(file.problems.join());
    const results = testRule(file.rule);
    expect(results.map(({ differences }) => differences)).toEqual([[], [], [], [], []]);
    expect(results.map(({ outOfScope }) => outOfScope)).toEqual([false, false, false, false, true]);
    const wrong = {
      ...file.rule,
      examples: [{ ...file.rule.examples[0]!, fields: [['user', 'bob']] as const }],
    };
    expect(testRule(wrong)[0]).toMatchObject({
      found: [['user', 'amy']],
      differences: [{ field: 'user', expected: 'bob', found: 'amy' }],
    });
  });

  test.each([
    ['', /must be an object/],
    ['name: x', /needs `scope`/],
    ['name: x\nscope: "*"\nparse: y\nnmae: z', /unknown key `nmae`/],
    ['name: x\nscope: "*"\nparse: y\nenabled: maybe', /`enabled` must be/],
    ['name: x\nscope: "*"\nparse: y\nappliedAt: search', /must be `ingest`, found `search`/],
    ['name: x\nscope: "*"\nparse: y\nexamples: 5', /`examples` must be a list/],
    ['name: x\nscope: "*"\nparse: y\nexamples: [{message: a}]', /needs `fields`/],
    ['name: {\n', /line \d/],
    ['a: &a [*a, *a]', /./],
  ])('wrong: %j', (broken, message) => {
    const file = parseRuleFile(broken);
    expect(file.ok).toBe(false);
    if (!file.ok) expect(file.problems.join('\n')).toMatch(message);
  });
});
