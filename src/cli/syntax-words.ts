import type { Example } from '../engine/define.ts';
import { exampleOf } from '../engine/define.ts';

/** A word or mark of the grammar: part of no operator, aggregate or function, and so in no registry. */
export interface SyntaxWord {
  readonly kind: 'word';
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly usage: string;
  /** Markdown: everything a user must know. */
  readonly description?: string;
  readonly examples: readonly Example[];
}

/** The syntax that operators, aggregates and functions share. */
export const SYNTAX_WORDS: readonly SyntaxWord[] = [
  {
    kind: 'word',
    name: 'and',
    aliases: ['or', 'not', '&&', '||', '!'],
    summary: 'Joins and negates conditions, and terms of the search expression.',
    usage: '<condition> and | or <condition> · !<condition>',
    description:
      'Negation binds tightest, then `and`, then `or`; parentheses say otherwise. `!` and `not` negate what follows directly, in `where` best a whole group: `!(a = 1 or b = 2)`. `&&` and `||` are other spellings. In the search expression terms next to each other are joined by `and`. A null condition counts as false, and its negation as true.',
    examples: [
      {
        query: '* | parse "code=* ms=*" as code, ms | where code = 500 or !(ms < 100) | count by code',
        input: 'code=200 ms=5\ncode=200 ms=300\ncode=500 ms=7',
        expect: 'code,_count\n200,1\n500,1',
      },
    ],
  },
  {
    kind: 'word',
    name: 'as',
    summary: 'Names the field that a stage, an aggregate or a parse makes.',
    usage: '<expression> as <field>',
    description:
      'A field of that name gets the new value. `x as y` alone copies a field. `x = 2 as y` is a comparison whose result is named `y`, not an assignment. A name with spaces or other odd characters is written `%"odd name"`.',
    examples: [
      {
        query: '* | parse "bytes=*" as bytes | bytes / 1Ki as kb | sum(kb) as total',
        input: 'bytes=2048\nbytes=1024',
        expect: 'total\n3',
      },
    ],
  },
  {
    kind: 'word',
    name: 'by',
    aliases: ['group by'],
    summary: 'Names the fields that an aggregate groups by, or that a stage keeps apart.',
    usage: '<aggregate> by <field>[, …]',
    description:
      'One row comes out for each combination of values; null is a value of its own. `group by` says the same, and `count host` means `count by host`. To group by time, put `timeslice 1h` before and group by `_timeslice`.',
    examples: [
      {
        query: '* | parse "host=*" as host | count by host',
        input: 'host=a\nhost=b\nhost=a',
        expect: 'host,_count\na,2\nb,1',
      },
    ],
  },
  {
    kind: 'word',
    name: 'comparison',
    aliases: ['=', '==', '!=', '<>', '<', '<=', '>', '>='],
    summary: 'Compares two values.',
    usage: '<value> = | != | < | <= | > | >= <value>',
    description:
      'Letter case counts, and `*` is an asterisk: for wildcards there is `matches`. Where one side is a number the other is read as one; two texts compare as texts, so `"10" < "9"`. A comparison with null is false, for `!=` too; `x = null` and `x != null` ask whether there is a value. `==` is `=`, `<>` is `!=`. In the search expression `field=value` ignores letter case and takes wildcards.',
    examples: [
      {
        query: '* | parse "ms=*" as ms | where ms >= 10 | count',
        input: 'ms=9\nms=10\nms=101',
        expect: '_count\n2',
      },
    ],
  },
  {
    kind: 'word',
    name: 'arithmetic',
    aliases: ['+', '-', '*', '/', '%'],
    summary: 'Calculates with numbers.',
    usage: '<number> + | - | * | / | % <number>',
    description:
      'Text that holds a number counts as one. `*`, `/` and `%` bind tighter than `+` and `-`. Division keeps the fraction. Numbers may have a suffix: `K`, `M`, `G`, `T` are powers of 1000, `Ki`, `Mi`, `Gi`, `Ti` powers of 1024; `ms`, `s`, `m`, `h`, `d`, `w` give milliseconds. `+` does not join texts: there is `concat`.',
    examples: [exampleOf('2 + 3 * 4', '14'), exampleOf('7 / 2', '3.5'), exampleOf('1h / 1m', '60')],
  },
  {
    kind: 'word',
    name: 'if',
    aliases: ['?:', '?'],
    summary: 'Chooses between two values by a condition.',
    usage: 'if(<condition>, <then>, <else>) · <condition> ? <then> : <else>',
    description:
      'As a stage it needs `as`; inside `where` and other expressions it stands as it is. Both values must be of one type. A null condition chooses the second value.',
    examples: [
      {
        query: '* | parse "code=*" as code | if(code >= 500, "error", "fine") as outcome | count by outcome',
        input: 'code=200\ncode=503',
        expect: 'outcome,_count\nfine,1\nerror,1',
      },
      exampleOf('2 > 1 ? "yes" : "no"', 'yes'),
    ],
  },
  {
    kind: 'word',
    name: 'in',
    aliases: ['not in'],
    summary: 'True when a value is one of a list.',
    usage: '<value> [not] in (<value>[, …])',
    description:
      'Letter case counts, and types must agree: what a parse stage cuts out is text, so write `("200", "404")`, or cast first with `num(code)` for `(200, 404)`. A word without quotes is a field. Null is in no list.',
    examples: [
      {
        query: '* | parse "code=*" as code | where code not in ("200", "204") | count by code',
        input: 'code=200\ncode=404',
        expect: 'code,_count\n404,1',
      },
    ],
  },
  {
    kind: 'word',
    name: 'matches',
    summary: 'True when a text fits a pattern with wildcards, or a regular expression.',
    usage: '<text> matches "<pattern>" | /<regular expression>/',
    description:
      'A quoted pattern must fit the whole text; `*` in it stands for any characters, also none. A `/regular expression/` may fit anywhere in the text. Letter case counts: for a regular expression `/(?i)error/` or `/error/i` ignores it. A null text matches nothing. Negate with `!(a matches "b*")`.',
    examples: [
      exampleOf('"failed" matches "fail*"', 'true'),
      exampleOf('"it failed" matches "fail*"', 'false'),
      exampleOf('"it failed" matches /FAIL/i', 'true'),
    ],
  },
  {
    kind: 'word',
    name: 'nodrop',
    summary: 'Keeps the rows in which a parse stage finds nothing.',
    usage: '<parse stage> nodrop',
    description:
      'Without it such rows are dropped. With it their fields are null, or keep the value that an earlier stage gave them. Parse stages that follow each other and say `nodrop` are alternatives.',
    examples: [
      {
        query: '* | parse "user=*" as user nodrop | count by user',
        input: 'user=ann\nno name here',
        expect: 'user,_count\nann,1\n,1',
      },
    ],
  },
  {
    kind: 'word',
    name: 'null',
    aliases: ['true', 'false'],
    summary: 'The value of a field that has none, and the two values of a condition.',
    usage: 'null · true · false',
    description:
      'A field is null where no stage gave it a value: a parse that found nothing, a lookup that missed. `isNull(x)`, `isEmpty(x)` and `isBlank(x)` ask for it; `x = null` means `isNull(x)`.',
    examples: [
      {
        query: '* | parse "user=*" as user nodrop | where user != null | count',
        input: 'user=ann\nno name here',
        expect: '_count\n1',
      },
    ],
  },
  {
    kind: 'word',
    name: 'subquery',
    aliases: ['compose'],
    summary: 'Puts the results of another query into a search expression or a condition.',
    usage:
      '[subquery [from=(<time>)] [to=(<time>)]: <query> | compose <field>[, …] [maxresults=<n>] [keywords]]',
    description:
      'The inner query runs first. Each of its rows becomes a condition on the fields that `compose` names, and the rows are joined by `or`. In the search expression `keywords` makes keywords of the values instead. The first 2,500 different rows count, or as many as `maxresults` says, 10,000 at most.',
    examples: [
      {
        query: '[subquery: failed | parse "user=*" as user | compose user keywords] | count',
        input: 'login user=ann\nfailed user=ann\nlogin user=bob',
        expect: '_count\n2',
      },
    ],
  },
  {
    kind: 'word',
    name: 'parameter',
    aliases: ['{{parameter}}', '{{', '$$'],
    summary: 'Stands for text that is given when the query runs.',
    usage: '{{<name>}}',
    description:
      'It may stand anywhere: in a quoted text, as a value, as a whole stage. `weir query --param name=value` gives it a value, dashboards give those of their variables; without one it is `*`. `{{{name}}}`, `$$name` and `[[name]]` are older spellings.',
    examples: [
      {
        query: '* | where _raw matches "*{{word}}*" | count',
        input: 'one\ntwo',
        expect: '_count\n2',
      },
    ],
  },
  {
    kind: 'word',
    name: 'search expression',
    aliases: ['search', 'scope', 'keyword', '*', '?'],
    summary: 'What stands before the first `|`: it picks the messages.',
    usage: '<word> · "<words>" · <field>=<value> · and | or | not · ( … ) · *',
    description:
      'A word is a whole word of the message, in any letter case; words in quotes must stand next to each other. `*` stands for any characters of a word and `?` for one, also in the value of `field=value`, which must fit the whole value. All terms must hold unless `or` stands between them; `or` binds weakest. `*` alone is every message.',
    examples: [
      {
        query: '(err* or "not found") !debug | count',
        input: 'an ERROR\ndebug error\npage not found\nfound',
        expect: '_count\n2',
      },
    ],
  },
  {
    kind: 'word',
    name: 'field',
    aliases: ['%', '%""'],
    summary: 'A name of a field; in a stage a word without quotes is one.',
    usage: '<name> · %"<any text>"',
    description:
      'Letter case does not count. Names have letters, digits, `_` and dots; one with other characters, or one that is a word of the language where it stands, is written `%"with quotes"`. Every message has `_raw`, `_messageTime`, `_receiptTime`, `_sourceCategory`, `_sourceHost`, `_sourceName`, `_source` and `_collector`.',
    examples: [
      {
        query: '* | json "user id" as %"User ID" | count by %"User ID"',
        input: '{"user id":7}',
        expect: 'User ID,_count\n7,1',
      },
    ],
  },
  {
    kind: 'word',
    name: 'regular expression',
    aliases: ['regex', '/'],
    summary: 'A pattern for texts, as `parse regex`, `matches` and `replace` take it.',
    usage: '/<pattern>/[i][s][m] · "<pattern>" after parse regex',
    description:
      'The dialect is what Java and RE2 share, with look ahead and look behind and without back-references; it runs in time that grows with the text only. `(?<name>…)` makes a field in `parse regex`; `(?i)` ignores letter case. Between quotes write `\\"` for a quote, other backslashes stay as they are.',
    examples: [
      {
        query: '* | parse regex "user=(?<user>\\w+)" | where user matches /^a/ | count by user',
        input: 'user=ann\nuser=bob',
        expect: 'user,_count\nann,1',
      },
    ],
  },
  {
    kind: 'word',
    name: 'comment',
    aliases: ['//', '/*'],
    summary: 'Text that is not part of the query.',
    usage: '// to the end of the line · /* to the closing mark */',
    description:
      'A comment may stand between any two words, also before the search expression. `//` inside quotes and in `https://` begins none; `/*` begins one only where a word may begin, so `_sourceCategory=prod/*` is a wildcard.',
    examples: [
      {
        query: '* // everything\n//| where false\n| count /* all */',
        input: 'one\ntwo',
        expect: '_count\n2',
      },
    ],
  },
];
