import { describe, expect, it } from 'vitest';
import { complete } from '../../src/grammar/complete.ts';
import { grammar } from './parse-cases.ts';

const known = {
  fields: ['bytes', 'src_ip', 'a b'],
  values: new Map([['_sourceCategory', ['prod/x', 'prod/y']]]),
  tables: ['geo://location'],
};

/** Labels at the `^` of the text, without the functions (there are many). */
function labels(text: string): readonly string[] {
  const offset = text.indexOf('^');
  return complete(grammar, text.replace('^', ''), offset, known)
    .filter(({ kind }) => kind !== 'function')
    .map(({ label }) => label);
}

describe('completion', () => {
  it('offers fields, values and words in the scope', () => {
    expect(labels('^')).toEqual(['bytes', 'src_ip', '%"a b"', 'not']);
    expect(labels('x ^')).toEqual(['bytes', 'src_ip', '%"a b"', 'and', 'or', 'not']);
    expect(labels('_sourceCategory=^')).toEqual(['prod/x', 'prod/y']);
    expect(labels('_sourceCategory="^')).toEqual(['prod/x', 'prod/y']);
  });

  it('offers operators and aggregates at the start of a stage', () => {
    expect(labels('* | timesl^ | count')).toEqual(['timeslice']);
    expect(labels('* | ^')).toEqual(expect.arrayContaining(['where', 'count', 'sum', 'sort']));
    expect(labels('* | comp^')).toEqual(['compare']);
    expect(labels('* | where [subquery: a | compo^')).toEqual(['compose']);
  });

  it('offers the keywords that the syntax allows at the place', () => {
    expect(labels('* | json "x" ^')).toEqual(expect.arrayContaining(['as', 'nodrop']));
    expect(labels('* | outlier _count win^')).toEqual(['window']);
    expect(labels('* | timeslice 10 ^')).toContain('buckets');
    expect(labels('* | where bytes ^')).toEqual(
      expect.arrayContaining(['and', 'or', 'matches', 'contains', 'not', 'in']),
    );
  });

  it('offers fields where a field may stand, and none for a new name', () => {
    expect(labels('* | sort by ^')).toEqual(['bytes', 'src_ip', '%"a b"']);
    expect(labels('* | count by by^')).toEqual(['bytes']);
    expect(labels('* | where src^')).toEqual(['src_ip']);
    expect(labels('* | count as ^')).toEqual([]);
    expect(labels('* | count, su^')).toEqual(['sum']);
    expect(labels('* | lookup x from ^')).toEqual(['geo://location']);
  });

  it('offers functions in expressions, with the text to replace', () => {
    expect(complete(grammar, '* | where isPr', 14, known)).toEqual([
      { label: 'isPrivateIP', kind: 'function', detail: expect.any(String), span: { start: 10, end: 14 } },
    ]);
  });

  it('offers nothing inside texts and comments', () => {
    expect(labels('* | parse "a ^')).toEqual([]);
    expect(labels('* // wh^')).toEqual([]);
  });
});
