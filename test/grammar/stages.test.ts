import { describe, expect, it } from 'vitest';
import { bare, grammar, mistakes, parsed, stageOf } from './parse-cases.ts';

const name = (text: string) => ({ kind: 'name', text });
const field = (text: string) => ({ kind: 'field', name: text });
const call = (of: string, args: unknown[] = [], alias: unknown = null) => ({ name: of, args, alias });
const aggregate = (calls: unknown[], ...by: string[]) => ({ kind: 'aggregate', calls, by: by.map(name) });

describe('aggregate stages', () => {
  it('reads every way to group', () => {
    expect(stageOf('count')).toEqual(aggregate([call('count')]));
    expect(stageOf('Count by a, b')).toEqual(aggregate([call('count')], 'a', 'b'));
    expect(stageOf('count a,b')).toEqual(aggregate([call('count')], 'a', 'b'));
    expect(stageOf('count as n x, y')).toEqual(aggregate([call('count', [], name('n'))], 'x', 'y'));
    expect(stageOf('sum (x) group host')).toEqual(aggregate([call('sum', [field('x')])], 'host'));
    expect(stageOf('sum(x) group by host')).toEqual(aggregate([call('sum', [field('x')])], 'host'));
    expect(stageOf('values(f) by g as name')).toEqual(
      aggregate([call('values', [field('f')], name('name'))], 'g'),
    );
    expect(stageOf('count by count, by, %"a b"')).toEqual(aggregate([call('count')], 'count', 'by', 'a b'));
  });

  it('reads several calls', () => {
    expect(stageOf('count as n, sum(b) as s by a')).toEqual(
      aggregate([call('count', [], name('n')), call('sum', [field('b')], name('s'))], 'a'),
    );
    expect(stageOf('count(*), PCT(ms, 50, 99.9), count b')).toEqual(
      aggregate(
        [
          call('count'),
          call('pct', [field('ms'), { kind: 'literal', value: 50 }, { kind: 'literal', value: 99.9 }]),
          call('count'),
        ],
        'b',
      ),
    );
  });

  it('reports expressions as arguments and unknown aggregates', () => {
    expect(mistakes('* | avg(x+y)')).toEqual(['wrong-arguments at "x+y"']);
    expect(mistakes('* | count, smu(x)')).toEqual(['unknown-aggregate at "smu"']);
    expect(mistakes('* | count, avg(x), by a')).toEqual(['syntax at ","']);
    expect(mistakes('* | sum(x)/60 as m')).toEqual(['syntax at "/"']);
  });
});

describe('pipelines', () => {
  it('ignores empty stages, leading and trailing pipes', () => {
    expect(parsed('| count |').stages).toHaveLength(1);
    expect(parsed('* | | count | ').stages).toHaveLength(1);
  });

  it('does not cut at pipes inside texts, patterns and comments', () => {
    const text = '* | parse "a|*|" as x // | comment "\n| where x matches /a|b/ and x = "|" | count';
    expect(parsed(text).stages.map((stage) => stage.kind)).toEqual(['operator', 'operator', 'aggregate']);
  });

  it('helps who comes from another language', () => {
    const help = (text: string) => grammar.parse(text).diagnostics.map((each) => each.help);
    expect(help('* | stats count by a')).toEqual([expect.stringContaining('count, sum(bytes) by host')]);
    expect(help('* | head 5')).toEqual([expect.stringContaining('limit')]);
    expect(help('* | where a like "x%"')).toEqual([expect.stringContaining('matches')]);
    expect(help('* | where !(a is null)')).toEqual([expect.stringContaining('isNull')]);
    expect(mistakes('* | where like = 5 | count by select')).toEqual([]);
  });

  it('reports all mistakes at once, each with the syntax or a suggestion', () => {
    const text = '* | cuont by a | limit x | where a = | sort by b';
    expect(mistakes(text)).toEqual(['unknown-operator at "cuont"', 'syntax at "x"', 'syntax at ""']);
    const { diagnostics, partial } = grammar.parse(text);
    expect(diagnostics[0]?.help).toBe('`count` might be meant');
    expect(diagnostics[1]?.help).toContain('limit <number>');
    expect(partial.stages).toHaveLength(1);
  });

  it('finds the text without a closing quote', () => {
    const text = '* | where a = "x\n| where b = "y"\n| parse "z" as c';
    expect(mistakes(text)).toEqual(['unterminated-string at "\\""']);
    expect(grammar.parse(text).diagnostics[0]?.span.start).toBe(text.indexOf('"'));
    expect(mistakes('* | where %"a')).toEqual(['unterminated-string at "%"']);
  });

  it('parses pipelines in parentheses, with and without a scope', () => {
    const { stages } = parsed(
      'a | join (where b = 1 | count by c) as x, (_sourceCategory=d | count by c) as y, (* | sum(n) by c) as z on x.c = y.c and y.c = z.c',
    );
    const [join] = stages;
    expect(join?.kind === 'operator' && bare(Object.values(join.args))).toBeTruthy();
    const text = JSON.stringify(bare(join));
    expect(text).toContain('"scope":null,"stages":[{"kind":"operator","name":"where"');
    expect(text).toContain('"scope":{"kind":"fieldPredicate"');
    expect(text).toContain('"scope":{"kind":"all"}');
  });

  it('starts with cat, or with a stage when asked', () => {
    expect(parsed('cat shared/a/b | count').stages).toHaveLength(2);
    expect(parsed('category | count').stages).toHaveLength(1);
    const rule = grammar.parse('json "a" as b nodrop | parse field=b "x *" as c', { start: 'stages' });
    expect(rule.query?.stages).toHaveLength(2);
  });

  it('never reads more than a limit', () => {
    expect(mistakes('a '.repeat(200_000))).toEqual([`too-long at ${JSON.stringify('a '.repeat(30))}`]);
    const long = grammar.parse('a '.repeat(10_000));
    expect(long.query).not.toBeNull();
    expect(long.diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
  });
});

/** Every form that real queries use, and the language's documents show. */
const FORMS = `
parse "a=*," as a, "b=*;" as b nodrop
parse field=x "*:*" as (a, b)
parse field = %"q.r""*" as %"S T" nodrop
parse"x *"as y
parse regex field=Ports"(?<p>\\d+)" multi nodrop
parse regex "(?<p>\\\\)" nodrop multi
parse regex "(?<a>.)", regex "(?<b>.)"
extract "(?<a>\\\\\\"?)" nodrop
parse regex "n\\\\":\\\\"(?<a>[^\\\\"]+)." nodrop
replace(a, "\\\\", "/") as b
parse xml field=x "/a/b/@c", "/d" as e, f nodrop
json "a"
json"a","b"as x, y nodrop
json field = _raw "x[*].y" as z
json field=%service.action "a.b" as c nodrop
json auto
json auto maxdepth 1 nodrop
json auto field=x keys "a", "b" as c, d refonly
json auto extractarrays
kv "agent" as user_agent nodrop
kv regex "=(.*?)(?:\\s|$)" "type", "b" nodrop
KV regex "= (.*?)" keys "a" as b
keyvalue infer keys "a"
kv auto field=x
csv _raw extract 1 as a, 2 as b
csv f quote=''' extract a, _, 5 as e, g
split x delim='/' extract 1 as Host
split x delim='\t', escape='~' extract 1 as a
where(a="b")
where a in ("b") and !(c matches "d*")
sort
sort by a
sort -a
sort by +a, -b
order by a asc, b desc
order x
top 10 a by b
top 10 a
top 10 a by b, a asc
topk(10, a, b) by c, d
topk(3, id) group by category
fields a, b
fields -_count
fields - a,b
fields-a
fields (a, b)
limit 20
timeslice
timeslice 1h
timeslice by 15 m
timeslice 1d as t
timeslice 10 buckets
transpose row a, b column c
transpose row _timeslice column %x as *
transpose row a column b as c, %"200", *
fillmissing timeslice
fillmissing timeslice(1h) in date, values("a", "b") in State, values all in x
fillmissing timeslice (5m), values all in f with 0 for x, "" for y takelast
outlier _count
outlier x by a, b window=5,threshold=3.5,consecutive=2,direction=+-
outlier x threshold = 2, window = 5 direction=-
predict x by 1h model=ar, forecast=20
predict %"DPM" by 1m forecast=10m,model=ar
compare timeshift -10m
compare with timeshift 1d 7 avg as x, timeshift -1w as y
smooth x,10 as avg
smooth x, 30 as m by a, b
rollingstd x as s by a
backshift x, 2 as p by q
accum x as y by z
diff x
total x as y by z
total(x) as y
count_frequent a, b
count_frequent(a)
dedup a
dedup 1 by a
dedup consecutive 2 by a, b
merge
merge a takeFirst, b takelast as c, d join with "--"
transactionize a, b (merge a takeFirst, _raw)
transaction on id with states A, B, C in result results by flow
transaction on a, b with "*LOGIN*" as login, with "*LOGOUT*" in x as logout
withtime x
lookup a as b, c from geo://location on ip=src_ip
lookup country_name from geo://location on ip
lookup * from $$table on a=b
lookup a from https://host/x-y.csv?z=1 on b=%"C d", e=f
lookup a from path://"/Library/a b" on x=y and z=w
lookup a from /shared/aws/x on a=b
save append shared/a/b
save /a/b
geoip ip
threatip ip
bin x width=100, min = 0, max = 5000
logreduce
logreduce by a
logreduce(x) by y limit=20
logreduce field=x by y limit=5,criteria=mostcommon
infer _category=a _model=b x="true"
filter a in (sum(b) by a | top 5 a by _sum)
filter %"A b" in (sum(Count) by %"A b" | sort by _sum | limit 5)
threatip ip
threatlookup singleIndicator source="x" ip
json auto field=x nodrop
backshift x as p
backshift x by q
summarize
lookup a from _sourceCategory=x on b=c
compare timeshift 1d, timeshift 1w
_messageTime - 1h as x
where a matches /x/i AND B NOT IN (1h, -1)
sort BY a ASC, -b
count BY a
sum(a) AS b BY c
top 5 a by +b
sessionize "a * b" as (x, y), "c $x" as z
`;

describe('operators', () => {
  for (const stage of FORMS.trim().split('\n')) {
    it(stage, () => {
      expect(mistakes(`* | ${stage}\n| count`)).toEqual([]);
    });
  }

  it('captures what the syntax record says', () => {
    expect(stageOf('limit 20')).toMatchObject({
      name: 'limit',
      args: { count: { kind: 'amount', count: 20, unit: null } },
    });
    expect(stageOf('order by a asc')).toMatchObject({ kind: 'operator', name: 'sort' });
  });
});
