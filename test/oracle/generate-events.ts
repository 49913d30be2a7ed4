import fc from 'fast-check';
import { END } from '../spec-run.ts';
import type { Message } from './generate-data.ts';
import { type Draw, QueryWords } from './generate-expressions.ts';
import type { GeneratedQuery } from './generate-query.ts';
import type { Value } from './table.ts';

const LINES = [
  'req=7 start',
  'req=7 took 30 ms',
  'req=8 start by amy',
  'req=8 took 9 ms by amy',
  'req=7 end by bob',
  'REQ=7 start end',
  'cart added',
  'pay done',
  'begin cart',
  'nothing, end',
];

const values: ReadonlyMap<string, readonly Value[]> = new Map<string, readonly Value[]>([
  ['a', [null, null, '', '1', '2', 'é']],
  ['B', [null, '1', 'x', 'y']],
  ['state', [null, 'cart', 'pay', 'Cart', '']],
  ['n', [null, 1, 2.5, -3, '7', 'seven', '1e3']],
]);

/** Messages of a few things that pass through states, many of them at one time. */
export const events = fc
  .array(
    fc.record({
      raw: fc.constantFrom(...LINES),
      ago: fc.noBias(fc.integer({ min: 0, max: 60 })),
      values: fc.tuple(...[...values.values()].map((some) => fc.constantFrom(...some))),
    }),
    { maxLength: 14, size: 'max' },
  )
  .map((records): Message[] =>
    records.map(({ raw, ago, values: some }) => {
      const cells = [...values.keys()].map((name, at) => [name, some[at] ?? null] as const);
      return {
        raw,
        time: END - 1000 - ago * 1000,
        fields: new Map(cells.filter(([, value]) => value !== null)),
      };
    }),
  );

class EventQuery extends QueryWords {
  constructor(draw: Draw) {
    super(draw);
    this.texts = ['a', 'b', 'state'];
  }

  #transaction(): string {
    const states = this.pick([
      'with "*start*" as starts, with "*end*" as ends',
      'with "*end*" as ends, "*start*" as starts, with "*cart*" as carts',
      'with states cart as c, pay in state',
      'with "c*" in state as carts, with states pay, Cart in STATE',
    ]);
    const names = states.includes('starts') ? ['starts', 'ends'] : ['pay'];
    const fringe = this.chance(4) ? ` fringe=${this.pick(['5s', '20s', '1m'])}` : '';
    const aggregate = () =>
      `${this.pick(['sum', 'avg', 'min', 'max', 'count', 'first', 'last'])}(${this.pick(['n', '"1"', 'a'])})${this.chance(2) ? ` for ${this.pick(names)}` : ''} as s${this.fresh++}`;
    const results = this.pick([
      '',
      ' results by transactions',
      ` results by transactions showing ${aggregate()}, ${aggregate()}`,
      ' results by states',
      ' results by flow',
      ' results by flow',
    ]);
    const ids = this.pick(['a', 'b', 'a, B', 'n']);
    return `transaction on ${ids}${fringe} ${states}${results}`;
  }

  #merge(): string {
    const how = () =>
      this.pick([
        '',
        ' takeFirst',
        ' takeLast',
        ' takeDistinct',
        ' join',
        ' join with "--"',
        ' takeFirst as t',
      ]);
    return `merge ${this.pick(['a', 'b', 'n'])}${how()}, _raw${how().replace(' as t', '')}, _messageTime ${this.pick(['takeFirst', 'takeLast'])}`;
  }

  #transactionize(): string {
    const prefix = this.chance(3) ? ' as tx' : '';
    const options = [
      ...(this.chance(3) ? [`maxSpan=${this.pick(['5s', '30s'])}`] : []),
      ...(this.chance(3) ? [`maxPause=${this.pick(['3s', '20s'])}`] : []),
      ...(this.chance(4) ? [`maxLogs=${this.upTo(4)}`] : []),
      ...(this.chance(4) ? [`startsWith="start"${this.chance(2) ? ';strict' : ''}`] : []),
      ...(this.chance(4) ? [`endsWith="end"${this.chance(2) ? ';strict' : ''}`] : []),
      ...(this.chance(4) ? ['keepOrphans=false'] : []),
    ];
    const stages = this.chance(2)
      ? ` (${this.pick([this.#merge(), 'merge', 'count as c, sum(n) as s', 'where n > 1 | count as c by b'])})`
      : '';
    return `transactionize ${this.pick(['a', 'a, b', 'B, state'])}${prefix} ${options.join(' ')}${stages}`;
  }

  #sessionize(): string {
    return `sessionize ${this.pick([
      '"req=* start" as (r), "req=$r took * ms" as (d)',
      '("req=* start") as r, ("req=$r took * ms") as d',
      '"req=* start" as (r), "req=* took" as (r)',
      '"req=* start" as (r), "req=$r * ms" as (d), "req=$r end" as ()',
      '"* start" as (x), "req=* took * ms" as (r, d), "* by *" as (y, who)',
      '"begin *" as (what), "$what added" as ()',
    ]).replaceAll(' as ()', '')}`;
  }

  build(): GeneratedQuery {
    const before = this.chance(3) ? [`where ${this.condition(1)}`] : [];
    const stage = this.pick([
      () => this.#transaction(),
      () => this.#transaction(),
      () => this.#merge(),
      () => this.#transactionize(),
      () => this.#transactionize(),
      () => this.#sessionize(),
    ])();
    return { text: ['*', ...before, stage].join(' | '), ordered: false };
  }
}

/** Queries that put messages of one thing together. */
export const eventQueries = fc.gen().map((draw) => new EventQuery(draw).build());
