import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newBatch, Schema } from '../../src/engine/columns/batch.ts';
import { type Column, constantColumn, textColumn, valueAt } from '../../src/engine/columns/column.ts';
import type { Value } from '../../src/engine/columns/value.ts';
import { MESSAGE_FIELDS } from '../../src/engine/source.ts';
import { compileRules, RuleProblem } from '../../src/rules/compile-rules.ts';
import { parseRuleFile, type Rule } from '../../src/rules/rule.ts';
import { testRule } from '../../src/rules/test-rule.ts';

const PARSE = `json "logStream", "logGroup", "message", "direction" as logStream, logGroup, msg, direction nodrop
  | if (_raw matches "{*", msg, _raw) as msg
  | parse field=msg "* * * * * * * * * * * * * *" as version,accountID,interfaceID,src_ip,dest_ip,src_port,dest_port,Protocol,Packets,bytes,StartSample,EndSample,Action,status nodrop`;
const RECORD =
  '2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';

function rule(scope: string, parse: string, more: Partial<Rule> = {}): Rule {
  return {
    name: more.name ?? 'r',
    description: null,
    appliedAt: 'ingest',
    scope,
    parse,
    enabled: true,
    examples: [],
    ...more,
  };
}

/** What the rules did to messages: the fields that each has, and what was noted. */
function applied(
  rules: readonly Rule[],
  messages: readonly string[],
  category = 'c',
  more: Readonly<Record<string, readonly (string | null)[]>> = {},
) {
  const length = messages.length;
  const columns: Column[] = MESSAGE_FIELDS.map((field) => {
    if (field === '_raw') return textColumn(messages);
    return constantColumn(
      field === '_sourceCategory' ? category : field.startsWith('_source') ? 'x' : 0,
      length,
    );
  });
  for (const values of Object.values(more)) columns.push(textColumn(values));
  const batch = newBatch(new Schema([...MESSAGE_FIELDS, ...Object.keys(more)]), columns, length);
  const extracted = new Map<string, number>();
  const flagged = new Map<string, number>();
  const warnings: string[] = [];
  const result = compileRules(rules).apply(batch, {
    extract: (name, count) => void extracted.set(name, count),
    flag: (reason, count) => void (count > 0 && flagged.set(reason, (flagged.get(reason) ?? 0) + count)),
    warn: (text) => void warnings.push(text),
  });
  expect(result.length).toBe(length);
  const rows = messages.map((message, row) => {
    const fields = new Map<string, Value>();
    result.schema.names.forEach((name, at) => {
      const value = valueAt(result.columns[at]!, row);
      if (name === '_raw') expect(value).toBe(message);
      else if (value !== null && !MESSAGE_FIELDS.some((known) => known === name)) fields.set(name, value);
    });
    return Object.fromEntries(fields);
  });
  return { rows, extracted, flagged, warnings, names: result.schema.names.slice(MESSAGE_FIELDS.length) };
}

describe('the flow log rule', () => {
  const vpc = rule('_sourceCategory=AWS/VPC*', PARSE, { name: 'VPCFlowLogFER' });
  const fields = {
    msg: RECORD,
    version: '2',
    accountID: '123456789010',
    interfaceID: 'eni-1',
    src_ip: '172.31.16.139',
    dest_ip: '172.31.16.21',
    src_port: '20641',
    dest_port: '22',
    Protocol: '6',
    Packets: '20',
    bytes: '4249',
    StartSample: '1418530010',
    EndSample: '1418530070',
    Action: 'ACCEPT',
    status: 'OK',
  };

  test('takes raw records and records in JSON, together in one batch', () => {
    const json = JSON.stringify({
      message: RECORD,
      logStream: 'eni-1-all',
      logGroup: 'g',
      direction: 'inbound',
    });
    const bare = JSON.stringify({ message: RECORD });
    const { rows, extracted } = applied(
      [vpc],
      [RECORD, json, 'other text', bare, '{"a":1}', '{broken'],
      'aws/vpc/x',
    );
    expect(rows).toEqual([
      fields,
      { ...fields, logStream: 'eni-1-all', logGroup: 'g', direction: 'inbound' },
      { msg: 'other text' },
      fields,
      {},
      {},
    ]);
    expect([...extracted]).toEqual([['VPCFlowLogFER', 4]]);
  });

  test('touches nothing outside its scope', () => {
    const { rows, names, extracted } = applied([vpc], [RECORD, RECORD], 'AWS/Other');
    expect(rows).toEqual([{}, {}]);
    expect(names).toEqual([]);
    expect(extracted.size).toBe(0);
  });

  test('keeps one literal space: a double space shifts, as in a query', () => {
    const { rows } = applied([vpc], [RECORD.replace(' eni', '  eni')], 'AWS/VPC');
    expect(rows[0]).toMatchObject({
      accountID: '123456789010',
      interfaceID: '',
      src_ip: 'eni-1',
      status: 'ACCEPT OK',
    });
  });

  test('comes before the fields of a header line, and leaves the others', () => {
    const { rows } = applied([vpc], [RECORD, 'short line'], 'AWS/VPC', {
      version: ['header', 'header'],
      BYTES: ['1', '1'],
      srcaddr: ['a', 'b'],
    });
    expect(rows[0]).toMatchObject({ version: '2', BYTES: '4249', srcaddr: 'a', src_ip: '172.31.16.139' });
    expect(rows[1]).toEqual({ version: 'header', BYTES: '1', srcaddr: 'b', msg: 'short line' });
  });

  test('that ships holds its examples', () => {
    const path = join(import.meta.dirname, '../../queries/vpc-flow-logs/rules/vpc-flow-logs.yaml');
    const file = parseRuleFile(readFileSync(path, 'utf8'));
    if (!file.ok) throw new Error(file.problems.join('\n'));
    expect(file.rule.parse.trim().replace(/\s+/g, ' ')).toBe(PARSE.replace(/\s+/g, ' '));
    const results = testRule(file.rule);
    expect(results.length).toBeGreaterThan(1);
    for (const { differences } of results) expect(differences).toEqual([]);
  });
});

describe('all or nothing', () => {
  test('without nodrop a message that fails one stage gets no field', () => {
    const one = rule('*', 'parse "a=*," as a | parse "b=*," as b');
    const { rows, extracted } = applied([one], ['a=1,b=2,', 'a=1,', 'b=2,', 'x']);
    expect(rows).toEqual([{ a: '1', b: '2' }, {}, {}, {}]);
    expect(extracted.get('r')).toBe(1);
  });

  test('nodrop alternatives fill one field', () => {
    const one = rule('*', 'parse "user=*," as user nodrop | parse "login=*," as user');
    expect(applied([one], ['user=amy,', 'login=bob, ok', 'hello']).rows).toEqual([
      { user: 'amy' },
      { user: 'bob' },
      {},
    ]);
  });

  test('a where that drops a message drops its fields, not the message', () => {
    const one = rule('*', 'parse "n=*," as n | where n > 5');
    expect(applied([one], ['n=9,', 'n=1,', 'n=7,']).rows).toEqual([{ n: '9' }, {}, { n: '7' }]);
  });

  test('a leading pipe is optional', () => {
    expect(applied([rule('*', '| parse "n=*," as n')], ['n=1,']).rows).toEqual([{ n: '1' }]);
  });

  test('fields drops intermediates, and names that start with `_` are never made', () => {
    const minus = rule('*', 'parse "a=*,b=*," as a, b | concat(a, b) as c | fields - a, b');
    expect(applied([minus], ['a=1,b=2,']).rows).toEqual([{ c: '12' }]);
    const only = rule('*', 'parse "a=*,b=*," as a, b | fields b');
    expect(applied([only], ['a=1,b=2,', 'x', 'a=3,b=4,']).rows).toEqual([{ b: '2' }, {}, { b: '4' }]);
    const hidden = rule(
      '*',
      'parse "a=*," as _tmp | concat(_tmp, "!") as a | concat("ERR", "OR") as _loglevel',
    );
    expect(applied([hidden], ['a=1,']).rows).toEqual([{ a: '1!', _loglevel: 'ERROR' }]);
  });

  test('numbers stay numbers', () => {
    expect(applied([rule('*', 'parse "n=*," as n | num(n) as m')], ['n=07,', 'x']).rows).toEqual([
      { n: '07', m: 7 },
      {},
    ]);
  });
});

describe('several rules', () => {
  test('all that match contribute', () => {
    const rules = [
      rule('error', 'parse "code=*," as code', { name: 'one' }),
      rule('_sourceCategory=c', 'parse "user=*," as user', { name: 'two' }),
      rule('_sourceCategory=d', 'parse "user=*," as never', { name: 'three' }),
      rule('*', 'parse "user=*," as off', { name: 'four', enabled: false }),
    ];
    const { rows, extracted } = applied(rules, ['error code=5, user=amy,', 'fine user=bob,', 'code=5,']);
    expect(rows).toEqual([{ code: '5', user: 'amy' }, { user: 'bob' }, {}]);
    expect([...extracted]).toEqual([
      ['one', 1],
      ['two', 2],
    ]);
  });

  test('of one field and message the oldest wins, and the overlap is counted', () => {
    const rules = [
      rule('*', 'parse "a=*," as v', { name: 'old' }),
      rule('*', 'parse "b=*," as V', { name: 'new' }),
    ];
    const { rows, flagged } = applied(rules, ['a=1,b=2,', 'b=3,', 'a=4,', 'x']);
    expect(rows).toEqual([{ v: '1' }, { v: '3' }, { v: '4' }, {}]);
    expect(flagged.get('rule-overlap')).toBe(1);
  });

  test('each sees the message as it came', () => {
    const rules = [
      rule('*', 'parse "a=*," as v', { name: 'one' }),
      rule('*', 'concat(v, "!") as w', { name: 'two' }),
    ];
    expect(applied(rules, ['a=1,'], 'c', { v: ['given'] }).rows).toEqual([{ v: '1', w: 'given!' }]);
  });

  test('a field that is read and made', () => {
    const one = rule('*', 'parse field=user "*@*" as user, host');
    expect(applied([one], ['x', 'y'], 'c', { user: ['amy@corp', 'bob'] }).rows).toEqual([
      { user: 'amy', host: 'corp' },
      { user: 'bob' },
    ]);
  });

  test('messages keep their place, whatever the scopes leave out', () => {
    const rules = [
      rule('odd', 'parse "n=*," as a | where a != "3"', { name: 'one' }),
      rule('!odd', 'parse "n=*," as a nodrop | parse "m=*," as b nodrop', { name: 'two' }),
    ];
    const message = fc.record({ odd: fc.boolean(), n: fc.nat(5), m: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 40 }), (all) => {
        const texts = all.map(({ odd, n, m }) => `${odd ? 'odd' : 'even'} n=${n}, m=${m},`);
        expect(applied(rules, texts).rows).toEqual(
          all.map(({ odd, n, m }) =>
            odd ? (n === 3 ? {} : { a: String(n) }) : { a: String(n), b: String(m) },
          ),
        );
      }),
    );
  });
});

describe('limits', () => {
  test('a long value is cut at 16,384 characters', () => {
    const long = 'é'.repeat(20_000);
    const { rows, flagged, warnings } = applied([rule('*', 'parse "a=*," as a')], [`a=${long},`, 'a=1,']);
    expect(String(rows[0]?.a).length).toBe(16_384);
    expect(rows[1]).toEqual({ a: '1' });
    expect(flagged.get('value-cut')).toBe(1);
    expect(warnings).toEqual(['rule `r`: values over 16,384 characters were cut']);
  });

  test('fields past 64 KB of one message are left out', () => {
    const value = 'x'.repeat(16_000);
    const message = `${value};${value};${value};${value};${value};y;`;
    const one = rule('*', 'parse "*;*;*;*;*;*;" as a, b, c, d, e, f');
    const { rows, flagged } = applied([one], [message, '1;2;3;4;5;6;']);
    expect(Object.keys(rows[0] ?? {})).toEqual(['a', 'b', 'c', 'd']);
    expect(Object.keys(rows[1] ?? {})).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(flagged.get('values-left-out')).toBe(2);
  });

  test('half a character is none', () => {
    const { rows } = applied([rule('*', 'parse "a=*," as a')], [`a=x${'\u{1f600}'.repeat(9000)},`]);
    expect(String(rows[0]?.a).length).toBe(16_383);
  });
});

test('fields with hostile names are ordinary', () => {
  const one = rule('*', 'parse "a=*,b=*," as constructor, %"__proto x"');
  expect(applied([one], ['a=1,b=2,', 'x']).rows[0]).toEqual({ constructor: '1' });
  const other = rule('*', 'parse "a=*,b=*," as constructor, %"to-String é"');
  expect(applied([other], ['a=1,b=2,']).rows[0]).toEqual({ constructor: '1', 'to-String é': '2' });
});

test('a rule with mistakes does not run', () => {
  expect(() => compileRules([rule('*', 'count')])).toThrow(RuleProblem);
  expect(() => compileRules([rule('cluster=x', 'parse "a=*," as a')])).toThrow(/cannot be used in the scope/);
});

test('any message: no crash, and the message itself is untouched', () => {
  const rules = [
    rule('*', PARSE, { name: 'vpc' }),
    rule('*', 'parse regex "(?<word>\\\\w+)" nodrop | keyvalue "a", "b" nodrop', { name: 'kv' }),
  ];
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constant(RECORD)), {
        minLength: 1,
        maxLength: 8,
      }),
      (all) => {
        applied(rules, all);
      },
    ),
    { numRuns: 300 },
  );
});
