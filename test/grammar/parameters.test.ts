import { describe, expect, it } from 'vitest';
import { bare, grammar, mistakes, parsed } from './parse-cases.ts';

const check = { mode: 'check' } as const;
const given = (values: Record<string, string>) => ({ parameters: new Map(Object.entries(values)) });

describe('parameters', () => {
  it('puts values in before parsing, and points at the placeholder', () => {
    const options = given({ field: 'status', n: 'x' });
    expect(parsed('* | count by {{field}}', options).stages[0]).toMatchObject({
      by: [{ text: 'status', span: { start: 13, end: 22 } }],
    });
    const { diagnostics, text } = grammar.parse('{{ n }} | limit {{n}} | bogus "a"', options);
    expect(text).toBe('x | limit x | bogus "a"');
    expect(diagnostics.map(({ span }) => [span.start, span.end])).toEqual([
      [16, 21],
      [24, 29],
    ]);
  });

  it('reads the older spellings', () => {
    expect(
      bare(parsed('$$src [[other]] {{{third}}}', given({ src: 'a', other: 'b', third: 'c' })).scope),
    ).toEqual(bare(parsed('a b c').scope));
    expect(bare(parsed('$$src a').scope)).toEqual(bare(parsed('* a').scope));
  });

  it('is a star without a value, and says so where a star does not fit', () => {
    expect(bare(parsed('_source={{x}} | where a matches "{{x}}"'))).toEqual(
      bare(parsed('_source=* | where a matches "*"')),
    );
    expect(mistakes('* | limit {{n}} | sort by {{x y}}')).toEqual([
      'unknown-parameter at "{{n}}"',
      'unknown-parameter at "{{x y}}"',
    ]);
    // The star was taken for a field to rank by; what does not fit comes later.
    expect(mistakes('* | count by a | top {{n}} a by _count')).toEqual(['unknown-parameter at "{{n}}"']);
    expect(mistakes('* | where a = "{{x}}" and = 5')).toEqual(['syntax at "="']);
  });

  it('counts as any text in check mode', () => {
    const queries = [
      '_source=*{{a}}* {{b}} "x {{c}}" | where d = {{e}} and f matches {{g}}',
      '* | timeslice {{t}} | limit {{n}} | top {{n}} _avg by {{b.c}}',
      '* | where if("{{x}}" = "> 1", true, size {{x}}) and y',
      '* | parse "*" as a {{filter}} // comment',
      '* | {{stage}} | {{Unit}}/60 as {{Unit}} | fields - {{Unit}}_error',
      '* | sum({{Unit}}_total) as %"{{Unit}} per minute", count by curr_{{Unit}}',
      '* | compare with timeshift {{t}} | fillmissing timeslice({{t}})',
      '* | outlier x window={{w}},threshold={{t}}',
      '* | sort by a {{direction}} | where a > {{m}}*60*24',
      '* | lookup x from {{table}} on a=b',
      '{{{Computer}}} a',
    ];
    for (const query of queries) expect(mistakes(query, check)).toEqual([]);
  });

  it('does not hide mistakes before a parameter', () => {
    expect(mistakes('* | where a = = {{x}}', check)).toEqual(['syntax at "="']);
  });
});

describe('macros', () => {
  const macros = new Map([
    ['errors', { text: 'where level = "ERROR"' }],
    ['top', { text: '`errors` | limit {{n}}', parameters: ['n'] }],
    ['loop', { text: '`loop`' }],
  ]);

  it('expands definitions, with arguments and inside each other', () => {
    expect(bare(parsed('* | `top(5)`', { macros }))).toEqual(
      bare(parsed('* | where level = "ERROR" | limit 5')),
    );
  });

  it('expands in the search expression, as a word or a value', () => {
    const scopes = new Map([
      ['prod', { text: '_sourceCategory=prod/* error' }],
      ['host', { text: '{{name}}*', parameters: ['name'] }],
    ]);
    expect(bare(parsed('`prod` _sourceHost=`host("web")` !a | count', { macros: scopes }))).toEqual(
      bare(parsed('_sourceCategory=prod/* error _sourceHost=web* !a | count')),
    );
    expect(mistakes('a `nope(x, y)` b', { macros: scopes })).toEqual(['syntax at "`nope(x, y)`"']);
    expect(bare(parsed('`prod` a=`x` b', check))).toEqual(bare(parsed('* a=* b')));
  });

  it('asks a macro what to put in', () => {
    const accept = (args: readonly string[]) =>
      args[0] === 'no'
        ? ({ ok: false, problem: 'never no', help: 'say yes' } as const)
        : ({ ok: true, texts: args.map((arg) => `"${arg}"`) } as const);
    const quoting = new Map([['is', { text: 'where a = {{x}}', parameters: ['x'], accept }]]);
    expect(bare(parsed('* | `is(b)`', { macros: quoting }))).toEqual(bare(parsed('* | where a = "b"')));
    expect(grammar.parse('* | `is(no)`', { macros: quoting }).diagnostics[0]).toMatchObject({
      message: 'macro `is`: never no',
      help: 'say yes',
      span: { start: 4, end: 12 },
    });
  });

  it('does not let macros of macros multiply without end', () => {
    const chain = Array.from(
      { length: 40 },
      (_, at) => [`m${at}`, { text: `\`m${at + 1}\` \`m${at + 1}\`` }] as const,
    );
    const found = grammar.parse('`m0`', { macros: new Map([...chain, ['m40', { text: 'a' }]]) }).diagnostics;
    expect(found.map(({ message }) => message)).toContain(
      'the macros of the query stand for more than 1,000 definitions',
    );
  });

  it('reports unknown macros, recursion and wrong counts', () => {
    expect(mistakes('* | `nope`', { macros })).toContain('syntax at "`nope`"');
    expect(mistakes('* | `loop`', { macros })).toContain('syntax at "`loop`"');
    expect(mistakes('* | `top`', { macros })).toContain('syntax at "`top`"');
  });
});
