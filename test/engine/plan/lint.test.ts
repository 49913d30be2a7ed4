import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { array, assert, asyncProperty, constantFrom, nat, record, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diagnose, knownTables } from '../../../src/cli/diagnose.ts';
import { LINT_RULES } from '../../../src/engine/plan/lint/index.ts';
import type { Diagnostic } from '../../../src/grammar/diagnostics.ts';
import { applyFixes, fixedBy } from '../../../src/grammar/fixes.ts';
import { parseRuleFile } from '../../../src/rules/rule.ts';
import { END, inputSource, outcomeOf } from '../../spec-run.ts';

const CODES = new Set<string>(LINT_RULES.map(({ code }) => code));
const tables = await knownTables({ store: 'no-such-store' });

function adviceOn(text: string): readonly Diagnostic[] {
  return diagnose(text, tables).filter(({ code }) => CODES.has(code));
}

function fixed(text: string): string {
  return fixedBy(text, (current) => diagnose(current, tables));
}

/** Queries with one piece of advice: its code, and the text with the fix applied. */
const ADVICE: readonly (readonly [code: string, query: string, fixed: string])[] = [
  [
    'absent-field',
    '* | parse "a=*" as a | count by a | fields - b, _count',
    '* | parse "a=*" as a | count by a | fields - _count',
  ],
  ['absent-field', '* | count | fields - b | sort by _count', '* | count | sort by _count'],
  [
    'late-filter',
    '* | parse "a=* b=*" as a, b | where _sourceHost = "h" | count by a, b',
    '* | where _sourceHost = "h" | parse "a=* b=*" as a, b | count by a, b',
  ],
  [
    'late-filter',
    '*\n| parse "a=* " as a\n| lookup Keyword from https://x/protocol-numbers.csv on Decimal=a\n| where a = "6"\n| count by Keyword',
    '*\n| parse "a=* " as a\n| where a = "6"\n| lookup Keyword from https://x/protocol-numbers.csv on Decimal=a\n| count by Keyword',
  ],
  ['late-filter', '* | sort by _size | where _size > 5', '* | where _size > 5 | sort by _size'],
  [
    'limit-without-order',
    '* | count by _sourceHost | limit 5',
    '* | count by _sourceHost | sort by _count | limit 5',
  ],
  ['literal-wildcard', '* | where _raw = "*denied"', '* | where _raw matches "*denied"'],
  ['literal-wildcard', '* | where _raw != "denied*"', '* | where !(_raw matches "denied*")'],
  [
    'missing-keyword',
    'flow | parse "action=*," as action | where action = "REJECT" | count',
    'flow REJECT | parse "action=*," as action | where action = "REJECT" | count',
  ],
  [
    'missing-keyword',
    'one or two | parse "* * *" as a, action, c | where action = "REJECT" | count',
    '(one or two) REJECT | parse "* * *" as a, action, c | where action = "REJECT" | count',
  ],
  [
    'missing-keyword',
    'flow | json "action" as action | where action = "REJECT" | count',
    'flow REJECT | json "action" as action | where action = "REJECT" | count',
  ],
  [
    'missing-timeslice',
    '* | parse "a=*" as a | count by a, _timeslice',
    '* | parse "a=*" as a | timeslice 1h | count by a, _timeslice',
  ],
  [
    'numeric-text-sort',
    '* | parse regex "ms=(?<ms>\\d+)" | count by ms | sort by ms',
    '* | parse regex "ms=(?<ms>\\d+)" | count by ms | num(ms) | sort by ms',
  ],
  [
    'numeric-text-sort',
    '* | parse "ms=*" as ms | where ms > 5 | sort by ms',
    '* | parse "ms=*" as ms | where ms > 5 | num(ms) | sort by ms',
  ],
  ['unused-field', '* | parse "a=*" as a nodrop | count by _sourceHost', '* | count by _sourceHost'],
  ['unused-field', '* | toUpperCase(_raw) as big | count', '* | count'],
  ['unused-field', '* | timeslice 5m | count by _sourceHost', '* | count by _sourceHost'],
  [
    'unused-field',
    '* | parse "ip=*" as ip | lookup country_name from geo://location on ip = ip | count by ip',
    '* | parse "ip=*" as ip | count by ip',
  ],
  [
    'wrong-case',
    '* | parse "a=*" as a | toLowerCase(a) as a | where a = "REJECT" | count by a',
    '* | parse "a=*" as a | toLowerCase(a) as a | where a = "reject" | count by a',
  ],
  [
    'wrong-case',
    '* | if (_size > 5, "Large", "Small") as size | where size = "large"',
    '* | if (_size > 5, "Large", "Small") as size | where size = "Large"',
  ],
];

/** Queries that look alike, where the advice would be wrong or is not certain. */
const SILENT: readonly string[] = [
  '* | parse "a=*" as a | fields - b',
  '* | parse "a=*" as a | where a = "x y"',
  '* | parse "a=*" as a nodrop | where _sourceHost = "h" | parse "b=*" as b | count by a, b',
  '* | parse "a=*" as a | limit 5 | where _sourceHost = "h" | count by a',
  '* | parse "a=*" as a | accum _size as n | where n > 3 | count by a',
  '* | parse "a=*" as a // why\n| where _sourceHost = "h" | count by a',
  '* | parse "a=*" as a | where {{x}} | count by a',
  '* | count by _sourceHost | sort by _count | limit 5',
  '* | count | limit 5',
  '* | count by _sourceHost | limit 10000',
  '* | limit 5',
  '* | where _raw = "*"',
  '* | where _raw = "*/5 * * * *"',
  '* | where _raw matches "a*"',
  'flow {{more}} | parse "action=*," as action | where action = "REJECT" | count',
  'flow | parse "action=*," as action nodrop | where action = "REJECT" | count',
  'flow | parse "action=*x" as action | where action = "REJECT" | count',
  'flow | parse field=other "action=*," as action | where action = "REJECT" | count',
  'flow | json field=other "action" as action | where action = "REJECT" | count',
  'flow | json "code" as code | where code = "200" | count',
  '_view=slices | count by _timeslice',
  '{{view}} | count by _timeslice',
  '* | json auto | count by _timeslice',
  '* | timeslice 1h | count by _timeslice',
  'flow | parse "action=*," as action | limit 3 | where action = "REJECT" | count',
  'REJECT | parse "action=*," as action | where action = "REJECT" | count',
  'flow | parse "action=*," as action | where action = "REJECT" or action = "x" | count',
  '* | parse "ms=*" as ms | sort by ms',
  '* | parse regex "ms=(?<ms>\\d{3})" | sort by ms',
  '* | parse regex "ms=(?<ms>\\d+)" | num(ms) | sort by ms',
  '* | parse "a=*" as a nodrop | parse "b=*" as b | count by b',
  '* | parse "a=*" as a | count by _sourceHost',
  '* | isPrivateIP(_raw) as x | count',
  '* | parse "a=*" as a nodrop | count by {{dimension}}',
  '* | parse "a=*" as a | toLowerCase(a) as a | where a = "reject" | count by a',
  '* | if (_size > 5, "Large", _raw) as size | where size = "large"',
  'flow | parse "* * * *" as a, b, c, d',
  '_sourceCategory=x | parse "* *" as a, b',
];

describe('advice', () => {
  for (const [code, query, wanted] of ADVICE) {
    test(`${code}: ${query.slice(0, 70)}`, () => {
      const found = adviceOn(query).filter((each) => each.code === code);
      expect(found).toHaveLength(1);
      expect(found[0]?.severity).toBe('hint');
      expect(fixed(query)).toBe(wanted);
    });
  }

  test.each(SILENT)('none: %s', (query) => {
    expect(adviceOn(query).map(({ message }) => message)).toEqual([]);
  });

  test('a parse that could be a rule, with the rule, and no fix', () => {
    const [found] = adviceOn('_sourceCategory=aws/vpc | parse "* * * *" as a, b, c, d');
    expect(found?.code).toBe('parse-could-be-rule');
    const lines = found?.notes?.[0]?.split('\n').slice(1) ?? [];
    const file = parseRuleFile(lines.map((line) => line.slice(6)).join('\n'));
    expect(file).toMatchObject({
      rule: {
        name: 'aws-vpc',
        scope: '_sourceCategory=aws/vpc',
        parse: expect.stringContaining('parse "* * * *" as a, b, c, d'),
      },
    });
    expect(found?.fix).toBeUndefined();
  });

  test('every rule has a case here', () => {
    const cases = new Set([...ADVICE.map(([code]) => code), 'parse-could-be-rule']);
    expect([...CODES].filter((code) => !cases.has(code))).toEqual([]);
  });
});

/** The text with all advice of one kind followed; null when that does not come to an end. */
function withoutAdvice(text: string, code: string): string | null {
  let current = text;
  for (let count = 0; count < 60; count++) {
    const next = adviceOn(current).find((each) => each.code === code && each.fix !== undefined);
    if (next === undefined) return current;
    current = applyFixes(current, [next]);
  }
  return null;
}

/** Fixes of these change what a query gives: that is what they are for. */
const REPAIRS = new Set(['limit-without-order', 'literal-wildcard', 'numeric-text-sort', 'wrong-case']);

const message = record({
  host: constantFrom('a', 'b'),
  user: constantFrom('amy', 'bob', '', 'REJECT'),
  action: constantFrom('REJECT', 'ACCEPT', 'reject', 'REJECTED', 'x'),
  bytes: nat(1200),
  broken: nat(5),
}).map(({ host, user, action, bytes, broken }) => {
  const text = `user=${user} action=${action}, bytes=${bytes}`;
  return `{_sourceHost=${host}} ${broken === 0 ? `odd ${action} ${text.slice(bytes % 20)}` : text}`;
});

const STAGES = [
  'parse "user=* action=*, bytes=*" as user, action, bytes',
  'parse "user=* action=*, bytes=*" as user, action, bytes nodrop',
  'parse "user=* " as user',
  'parse "action=*," as action',
  'parse "action=*," as action nodrop',
  'parse "* * *" as first, action, rest nodrop',
  'parse regex "bytes=(?<bytes>\\d+)" nodrop',
  'parse regex "(?<word>[a-z]+)=" multi',
  'where action = "REJECT"',
  'where user = "amy" and _sourceHost = "a"',
  'where _sourceHost = "a"',
  'where bytes > 500',
  'where isNull(user)',
  'where user matches "*o*"',
  'toUpperCase(user) as user',
  'if (bytes > 600, "Large", "Small") as size',
  'concat(user, action) as both',
  'where size = "large"',
  'timeslice 2s',
  'fields user, action, bytes',
  'sort by bytes',
  'sort by user, +action',
  'limit 4',
  'accum bytes',
  'total _size as all',
  'count by user, action',
  'sum(bytes) as bytes by user',
  'count by action, _sourceHost',
  'fields - nothing, user',
  'top 2 user by _count',
];

const SCOPES = ['*', 'user', '_sourceHost=a or bytes', 'action not odd', '(user)'];

describe('fixes', () => {
  test('give the same results, and leave nothing to advise', async () => {
    let applied = 0;
    const query = tuple(
      constantFrom(...SCOPES),
      array(constantFrom(...STAGES), { minLength: 2, maxLength: 6 }),
    );
    await assert(
      asyncProperty(query, array(message, { maxLength: 14 }), async ([scope, stages], messages) => {
        const text = [scope, ...stages].join('\n| ');
        const input = messages.join('\n');
        const run = async (each: string) => await outcomeOf(each, inputSource(input), { now: () => END });
        const before = await run(text);
        for (const each of adviceOn(text)) {
          if (each.fix === undefined) continue;
          const changed = applyFixes(text, [each]);
          expect(withoutAdvice(text, each.code), each.code).not.toBeNull();
          if (REPAIRS.has(each.code)) continue;
          applied++;
          const after = await run(changed);
          expect({ of: each.code, text: changed, rows: after.rows, error: after.error }).toEqual({
            of: each.code,
            text: changed,
            rows: before.rows,
            error: before.error,
          });
        }
        expect(adviceOn(fixed(text)).filter(({ fix }) => fix !== undefined)).toEqual([]);
      }),
      { numRuns: 400 },
    );
    expect(applied).toBeGreaterThan(50);
  }, 60_000);

  const corpus = process.env.WEIR_CORPUS ?? '../shared/corpus/open.jsonl.gz';
  test.skipIf(!existsSync(corpus))(
    'of real queries leave queries without errors',
    () => {
      const lines = gunzipSync(readFileSync(corpus)).toString('utf8').trimEnd().split('\n');
      for (const line of lines.filter((_, at) => at % 12 === 0)) {
        const { id, query } = JSON.parse(line) as { id: string; query: string };
        for (const each of adviceOn(query)) {
          if (each.fix === undefined) continue;
          const found = diagnose(applyFixes(query, [each]), tables);
          const errors = found.filter(({ severity }) => severity === 'error');
          expect(errors, `${id} ${each.code}`).toEqual([]);
          expect(withoutAdvice(query, each.code), `${id} ${each.code}`).not.toBeNull();
        }
      }
    },
    60_000,
  );
});
