import { describe, expect, it } from 'vitest';
import { formatText } from '../../src/grammar/format.ts';
import { grammar } from './parse-cases.ts';

function format(...lines: string[]): string | null {
  return formatText(grammar, lines.join('\n')).text;
}

describe('the formatter', () => {
  it('puts each stage on a line, with single spaces and the language’s own spelling', () => {
    expect(
      format('_sourceCategory = a   OR b |WHERE !( x  = "y" )&&z<>1|Count  as n ,SUM (b)by c|Sort by -n'),
    ).toBe(
      [
        '_sourceCategory=a OR b',
        '| where !(x = "y") and z != 1',
        '| count as n, sum(b) by c',
        '| sort by -n',
      ].join('\n'),
    );
  });

  it('keeps spellings that are the user’s: fields, texts, patterns', () => {
    const text =
      '* | parse regex field=% "By It" "(?<As>  .)"nodrop multi | where Count = "A  B" and x matches /a  b/';
    expect(format(text)).toBe(
      [
        '*',
        '| parse regex field=%"By It" "(?<As>  .)" nodrop multi',
        '| where Count = "A  B" and x matches /a  b/',
      ].join('\n'),
    );
  });

  it('keeps comments and line breaks inside stages', () => {
    expect(
      format(
        '// what it does',
        '  a  // scope',
        '|json "b",   // first',
        '"c" as b, c',
        '//| limit 5',
        '| /* all */ count by b,',
        '        c // last',
        '// end',
      ),
    ).toBe(
      [
        '// what it does',
        'a // scope',
        '| json "b", // first',
        '    "c" as b, c',
        '//| limit 5',
        '| /* all */ count by b,',
        '    c // last',
        '// end',
      ].join('\n'),
    );
  });

  it('drops empty stages but not their comments', () => {
    expect(format('a | | // why', '| count |')).toBe('a // why\n| count');
  });

  it('keeps parameters and macros', () => {
    expect(format('{{a b}} x{{y}} | {{stage}} | `errors` | limit {{n}} | where a > {{m}}*60')).toBe(
      ['{{a b}} x{{y}}', '| {{stage}}', '| `errors`', '| limit {{n}}', '| where a > {{m}} * 60'].join('\n'),
    );
  });

  it('prints nested pipelines on one line or over several, as they were', () => {
    expect(
      format('a | where ![ subquery from = (-1d) : b|compose c ] | filter x in(sum(y) by x|top 5 x by _sum)'),
    ).toBe(
      [
        'a',
        '| where ![subquery from=(-1d): b | compose c]',
        '| filter x in (sum(y) by x | top 5 x by _sum)',
      ].join('\n'),
    );
    expect(format('a [subquery: b', '|compose c ] x')).toBe(
      ['a [subquery: b', '    | compose c] x'].join('\n'),
    );
  });

  it('prints settings without spaces around the mark', () => {
    expect(format('* | outlier x window = 5 , direction=+- threshold = 2 | lookup a from b/c on d = e')).toBe(
      ['*', '| outlier x window=5, direction=+- threshold=2', '| lookup a from b/c on d = e'].join('\n'),
    );
  });

  it('gives back nothing but diagnostics for a wrong query', () => {
    const { text, diagnostics } = formatText(grammar, '* | where (');
    expect(text).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(['syntax']);
  });
});
