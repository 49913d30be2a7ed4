import {
  alias,
  anyOrder,
  by,
  choice,
  duration,
  expression,
  field,
  flag,
  list,
  name,
  number,
  numberOrDuration,
  optional,
  path,
  pipeline,
  type Syntax,
  sequence,
  setting,
  symbol,
  text,
  word,
} from '../../src/grammar/syntax.ts';
import type { Vocabulary } from '../../src/grammar/vocabulary.ts';
import { vocabulary as shipped } from '../../src/language.ts';

/** Operators that are not in the registry yet: only their syntax, so that the grammar can be tested on whole queries. */
const names = list(name());
const aliases = optional(
  sequence({
    as: word('as'),
    names: choice({ many: sequence({ open: symbol('('), names, close: symbol(')') }), plain: names }),
  }),
);
const fieldSetting = setting('field', field());
const fieldOrParens = choice({
  parens: sequence({ open: symbol('('), field: field(), close: symbol(')') }),
  plain: field(),
});
const tail = anyOrder({
  as: sequence({ as: word('as'), name: name() }),
  by: sequence({ by: word('by'), fields: list(field()) }),
});
const keys = list(text());
const sortKeys = list(
  sequence({
    sign: optional(choice({ ascending: symbol('+'), descending: symbol('-') })),
    field: field(),
    direction: optional(choice({ asc: word('asc'), desc: word('desc') })),
  }),
);

const drafts: Readonly<Record<string, { aliases?: string[]; syntax: Syntax }>> = {
  where: { syntax: { condition: expression() } },
  parse: {
    syntax: {
      field: fieldSetting,
      patterns: list(sequence({ pattern: text(), aliases })),
      nodrop: flag('nodrop'),
    },
  },
  'parse regex': {
    aliases: ['extract'],
    syntax: {
      field: fieldSetting,
      patterns: list(sequence({ regex: flag('regex'), pattern: text() })),
      options: anyOrder({ nodrop: flag('nodrop'), multi: flag('multi') }),
    },
  },
  'parse xml': { syntax: { field: fieldSetting, paths: keys, aliases, nodrop: flag('nodrop') } },
  json: { syntax: { field: fieldSetting, keys: flag('keys'), paths: keys, aliases, nodrop: flag('nodrop') } },
  'json auto': {
    syntax: {
      options: anyOrder({
        field: fieldSetting,
        maxdepth: setting('maxdepth', number()),
        extractarrays: flag('extractarrays'),
        keys: sequence({ keys: flag('keys'), list: keys, aliases }),
        refonly: flag('refonly'),
        nodrop: flag('nodrop'),
      }),
    },
  },
  keyvalue: {
    aliases: ['kv'],
    syntax: {
      field: fieldSetting,
      infer: flag('infer'),
      regex: optional(sequence({ regex: word('regex'), pattern: text() })),
      word: flag('keys'),
      keys: list(text({ bare: true })),
      aliases,
      nodrop: flag('nodrop'),
    },
  },
  'keyvalue auto': { aliases: ['kv auto'], syntax: { field: fieldSetting, nodrop: flag('nodrop') } },
  csv: { syntax: { field: field(), options: csvOptions(), extract: word('extract'), columns: csvColumns() } },
  split: {
    syntax: { field: field(), options: csvOptions(), extract: word('extract'), columns: csvColumns() },
  },
  sort: { aliases: ['order'], syntax: { by: flag('by'), keys: optional(sortKeys) } },
  timeslice: {
    syntax: {
      by: flag('by'),
      width: optional(
        choice({
          buckets: sequence({ width: numberOrDuration(), buckets: flag('buckets', 'bucket') }),
        }),
      ),
      alias: alias(),
    },
  },
  fields: {
    syntax: {
      minus: optional(symbol('-')),
      fields: choice({
        parens: sequence({ o: symbol('('), f: list(field()), c: symbol(')') }),
        plain: list(field()),
      }),
    },
  },
  transpose: {
    syntax: {
      row: sequence({ row: word('row'), fields: list(field()) }),
      column: sequence({ column: word('column'), fields: list(field()) }),
      as: optional(sequence({ as: word('as'), names: list(choice({ star: symbol('*'), name: name() })) })),
    },
  },
  limit: { syntax: { count: number() } },
  lookup: {
    syntax: {
      columns: list(choice({ all: symbol('*'), column: sequence({ name: field(), alias: alias() }) })),
      from: word('from'),
      table: path(),
      on: word('on'),
      keys: list(
        sequence({ left: field(), right: optional(sequence({ equals: symbol('='), field: field() })) }),
        {
          separator: 'and',
        },
      ),
    },
  },
  top: {
    syntax: {
      count: number(),
      fields: list(field()),
      by: optional(sequence({ by: word('by'), keys: sortKeys })),
    },
  },
  topk: {
    syntax: {
      open: symbol('('),
      count: number(),
      comma: symbol(','),
      fields: list(field()),
      close: symbol(')'),
      by: by(),
    },
  },
  fillmissing: {
    syntax: {
      generators: list(
        choice({
          timeslice: sequence({
            timeslice: word('timeslice'),
            width: optional(sequence({ open: symbol('('), width: duration(), close: symbol(')') })),
            in: optional(sequence({ in: word('in'), field: field() })),
          }),
          values: sequence({
            values: word('values'),
            which: choice({
              all: word('all'),
              list: sequence({ open: symbol('('), values: list(text()), close: symbol(')') }),
            }),
            in: word('in'),
            field: field(),
          }),
        }),
      ),
      with: optional(
        sequence({
          with: word('with'),
          defaults: list(sequence({ value: expression(), for: word('for'), field: field() })),
        }),
      ),
      takelast: flag('takelast'),
    },
  },
  outlier: {
    syntax: {
      field: field(),
      by: by(),
      options: anyOrder({
        window: setting('window', number()),
        threshold: setting('threshold', number()),
        consecutive: setting('consecutive', number()),
        direction: setting('direction', choice({ both: symbol('+-'), up: symbol('+'), down: symbol('-') })),
      }),
    },
  },
  compare: {
    syntax: {
      with: flag('with'),
      shifts: list(
        sequence({
          timeshift: word('timeshift'),
          by: duration(),
          count: optional(number()),
          how: optional(choice({ avg: word('avg'), min: word('min'), max: word('max') })),
          alias: alias(),
        }),
      ),
    },
  },
  withtime: { syntax: { field: field() } },
  smooth: windowed(),
  rollingstd: windowed(),
  backshift: windowed(),
  accum: { syntax: { field: fieldOrParens, tail } },
  diff: { syntax: { field: fieldOrParens, tail } },
  total: { syntax: { field: fieldOrParens, tail } },
  count_frequent: {
    syntax: {
      fields: choice({
        parens: sequence({ o: symbol('('), f: list(field()), c: symbol(')') }),
        plain: list(field()),
      }),
    },
  },
  dedup: {
    syntax: {
      consecutive: flag('consecutive'),
      count: optional(number()),
      by: flag('by'),
      fields: optional(list(field())),
    },
  },
  merge: { syntax: { fields: optional(list(mergeField())) } },
  transactionize: {
    syntax: { fields: list(field()), alias: alias(), stages: optional(pipeline()) },
  },
  transaction: {
    syntax: {
      on: word('on'),
      fields: list(field()),
      fringe: setting('fringe', duration()),
      states: list(
        sequence({
          with: flag('with'),
          state: choice({
            states: sequence({
              states: word('states'),
              names: list(sequence({ state: text({ bare: true }), alias: alias() })),
              in: optional(sequence({ in: word('in'), field: field() })),
            }),
            glob: sequence({
              glob: text(),
              in: optional(sequence({ in: word('in'), field: field() })),
              as: word('as'),
              name: name(),
            }),
          }),
        }),
        { separator: 'optional-comma' },
      ),
      results: optional(
        sequence({
          results: word('results'),
          by: word('by'),
          kind: choice({ transactions: word('transactions'), states: word('states'), flow: word('flow') }),
        }),
      ),
    },
  },
  infer: {
    syntax: {
      settings: list(sequence({ key: name(), equals: symbol('='), value: text({ bare: true }) }), {
        separator: 'optional-comma',
      }),
    },
  },
  benchmark: {
    syntax: {
      field: field(),
      alias: alias(),
      from: word('from'),
      table: path(),
      on: word('on'),
      keys: list(sequence({ left: field(), equals: symbol('='), right: field() })),
    },
  },
  join: {
    syntax: {
      branches: list(sequence({ stages: pipeline(), as: word('as'), name: name() })),
      on: word('on'),
      keys: list(sequence({ left: field(), equals: symbol('='), right: field() }), { separator: 'and' }),
      timewindow: setting('timewindow', duration()),
    },
  },
  logreduce: {
    aliases: ['summarize'],
    syntax: {
      parens: optional(sequence({ open: symbol('('), field: field(), close: symbol(')') })),
      options: anyOrder({
        field: fieldSetting,
        by: sequence({ by: word('by'), fields: list(field()) }),
        limit: setting('limit', number()),
        criteria: setting('criteria', text({ bare: true })),
        optimize: flag('optimize'),
      }),
    },
  },
  predict: {
    syntax: {
      field: field(),
      by: word('by'),
      step: duration(),
      options: anyOrder({
        model: setting('model', text({ bare: true })),
        window: setting('ar.window', number()),
        forecast: setting('forecast', numberOrDuration()),
      }),
    },
  },
  filter: { syntax: { fields: list(field()), in: word('in'), stages: pipeline() } },
  geoip: { syntax: { field: field(), options: optional(list(name())) } },
  save: { syntax: { append: flag('append'), table: path() } },
  cat: { syntax: { table: path() } },
  threatip: { syntax: { field: field() } },
  sessionize: { syntax: { anchors: list(sequence({ anchor: text(), aliases })) } },
  bin: {
    syntax: {
      field: field(),
      options: anyOrder({
        width: setting('width', number()),
        min: setting('min', number()),
        max: setting('max', number()),
      }),
    },
  },
};

function csvOptions() {
  return anyOrder({
    delim: setting('delim', text()),
    escape: setting('escape', text()),
    quote: setting('quote', text()),
  });
}

function csvColumns() {
  return list(
    choice({ numbered: sequence({ position: number(), as: word('as'), name: name() }), named: name() }),
  );
}

function windowed(): { syntax: Syntax } {
  return {
    syntax: {
      field: field(),
      count: optional(sequence({ comma: optional(symbol(',')), count: number() })),
      tail,
    },
  };
}

function mergeField() {
  return sequence({
    field: field(),
    how: optional(
      choice({
        distinct: word('takeDistinct'),
        first: word('takeFirst'),
        last: word('takeLast'),
        join: sequence({
          join: word('join'),
          with: optional(sequence({ with: word('with'), text: text() })),
        }),
      }),
    ),
    alias: alias(),
  });
}

const FUNCTIONS =
  'isEmpty isNull isBlank formatDate replace toLowerCase concat format toInt fromMillis tourl toLong toUpperCase round isPrivateIP isPublicIP number num int double long toNumber parseDate compareCIDRPrefix fromSeconds isValidIPv4 isValidIPv6 isValidIP queryEndTime queryStartTime queryTimeRange toMillis urldecode urlencode now toString floor trim length substring ceil abs pow haversine ipv4ToNumber lookupContains jsonArrayContains jsonArraySize base64Decode base64Encode log atan2 cos sin sqrt min max isNumeric hexToDec decToHex parseHex hash'.split(
    ' ',
  );
const AGGREGATES =
  'count count_distinct sum avg min max stddev pct pct_sampling first last most_recent least_recent values median'.split(
    ' ',
  );

/** The shipped vocabulary, completed by drafts of what is not there yet. */
export const vocabulary: Vocabulary = {
  operators: [
    ...shipped.operators,
    ...Object.entries(drafts)
      .filter(
        ([name]) => !shipped.operators.some((known) => known.name === name || known.aliases.includes(name)),
      )
      .map(([name, draft]) => ({ name, aliases: draft.aliases ?? [], syntax: draft.syntax, summary: '' })),
  ],
  functions: [...shipped.functions, ...missing(FUNCTIONS, shipped.functions)],
  aggregates: [...shipped.aggregates, ...missing(AGGREGATES, shipped.aggregates)],
};

function missing(names: readonly string[], known: Vocabulary['functions']): Vocabulary['functions'] {
  const lower = new Set(
    known.flatMap((entry) => [entry.name, ...entry.aliases]).map((name) => name.toLowerCase()),
  );
  return names
    .filter((name) => !lower.has(name.toLowerCase()))
    .map((name) => ({ name, aliases: [], usage: `${name}(…)`, summary: '' }));
}
