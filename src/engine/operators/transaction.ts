import type { FieldReference, Name } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { nameList } from '../../grammar/name-list.ts';
import {
  type ArgsOf,
  alias,
  choice,
  duration,
  field,
  flag,
  list,
  name,
  optional,
  sequence,
  setting,
  symbol,
  text,
  word,
} from '../../grammar/syntax.ts';
import { defineOperator, wholeTable } from '../define.ts';
import { checkDuration, millisecondsOf } from './amounts.ts';
import {
  SHOWN_AGGREGATES,
  type Shown,
  type State,
  type TransactionRules,
  transactions,
} from './transaction-rows.ts';

const inField = () => optional(sequence({ in: word('in'), field: field() }));

const state = {
  with: flag('with'),
  which: choice({
    glob: sequence({ pattern: text(), in: inField(), as: word('as'), name: name() }),
    states: sequence({
      states: word('states'),
      names: list(sequence({ name: name(), as: alias() })),
      in: inField(),
    }),
  }),
};
type StateClause = ArgsOf<typeof state>;

const showing = {
  aggregate: name(),
  open: symbol('('),
  of: optional(choice({ text: text(), field: field() })),
  close: symbol(')'),
  for: optional(sequence({ for: word('for'), state: name() })),
  as: alias(),
};
type Showing = ArgsOf<typeof showing>;

/** `transaction on f1, f2 [fringe=5m] with … [results by transactions|states|flow [showing …]]`. */
export const transaction = defineOperator({
  name: 'transaction',
  summary: 'Follows things through states: groups messages by ids and tells in which states each was.',
  description:
    'Messages with the same values of the fields after `on` are one transaction; a message where one of them is ' +
    'null is left out. A message is in the first state that fits: `with "*login*" as login` tests the message (or ' +
    '`in field`) with a wildcard pattern, `with states a, b in field` compares a field with names. Messages in no ' +
    'state are left out. Messages are taken in ascending order of time.\n\n' +
    '`results by` chooses the rows:\n\n' +
    '- `transactions` (default): one per transaction, with the ids, a column per state that counts its messages, ' +
    '`_start_time` and `_end_time`; `showing max(ms) for login as m` adds `count`, `sum`, `avg`, `min`, `max`, ' +
    '`first` or `last` of a field (or of a text, as in `sum("1")`), over all messages or those of a state\n' +
    '- `states`: one per transaction and state, with `state`, `_count`, `_start_time` and `_end_time`\n' +
    '- `flow`: one per step from a message in a state to the next, with `fromstate`, `tostate` and `latency` in ms\n\n' +
    '`fringe=5m` leaves out transactions that end within five minutes of the start of the time range or begin ' +
    'within five minutes of its end. At most 10,000 transactions are followed: then new ones are left out, or with ' +
    '`flow` those not seen for longest are forgotten, with a warning.',
  syntax: {
    on: word('on'),
    ids: list(field()),
    fringe: setting('fringe', duration()),
    states: list(sequence(state)),
    results: optional(
      sequence({
        results: word('results'),
        by: word('by'),
        kind: choice({
          transactions: word('transactions', 'transaction'),
          states: word('states'),
          flow: word('flow'),
        }),
        showing: optional(sequence({ showing: word('showing'), columns: list(sequence(showing)) })),
      }),
    ),
  },
  reads: ({ ids, states, results }) => [
    '_messageTime',
    '_raw',
    ...ids.map((id) => id.name),
    ...states.flatMap(({ which }) => which.glob?.in?.field.name ?? which.states?.in?.field.name ?? []),
    ...(results?.showing?.columns.flatMap((column) => column.of?.field?.name ?? []) ?? []),
  ],
  writes({ ids, states, results }) {
    const keys = ids.map((id) => id.name);
    if (results?.kind.flow) return [...keys, 'fromstate', 'tostate', 'latency'];
    if (results?.kind.states) return [...keys, 'state', '_count', '_start_time', '_end_time'];
    const shown = results?.showing?.columns.map((column) => shownOf(column).output) ?? [];
    return [...keys, ...statesOf(states).map(({ label }) => label), '_start_time', '_end_time', ...shown];
  },
  fields: 'replaces',
  order: 'makes',
  split: 'coordinator',
  stands: 'raw-to-aggregate',
  changesRowCount: true,
  live: false,
  check: ({ fringe, states, results }) => [
    ...checkDuration(fringe, '`fringe`'),
    ...checkStates(states),
    ...(results?.showing?.columns.flatMap((column) => checkShowing(column, states)) ?? []),
    ...(results?.showing && !results.kind.transactions
      ? [
          error(
            'wrong-arguments',
            results.showing.columns[0]!.aggregate.span,
            '`showing` goes with `results by transactions`',
          ),
        ]
      : []),
  ],
  start({ ids, fringe, states, results }, context) {
    const rules: TransactionRules = {
      ids: ids.map((id) => id.name),
      states: statesOf(states),
      fringe: fringe === null ? 0 : (millisecondsOf(fringe) ?? 0),
      results: results?.kind.flow ? 'flow' : results?.kind.states ? 'states' : 'transactions',
      shown: results?.showing?.columns.map(shownOf) ?? [],
    };
    return wholeTable((table) => transactions(table, rules, context));
  },
  examples: [
    {
      query:
        '* | parse "* *" as door, what | transaction on door with states open, close in what results by flow | fields fromstate, tostate, latency',
      input: '2024-01-01T00:00:00Z\tfront open\n2024-01-01T00:00:09Z\tfront close',
      expect: 'fromstate,tostate,latency\nopen,close,9000',
    },
  ],
});

function fieldName(given: { readonly field: FieldReference } | null): string {
  return given?.field.name ?? '_raw';
}

function statesOf(clauses: readonly StateClause[]): State[] {
  return clauses.flatMap(({ which: { glob, states } }): State[] => {
    if (glob !== undefined) {
      return [
        {
          label: glob.name.text,
          field: fieldName(glob.in),
          test: { kind: 'glob', pattern: glob.pattern.value },
        },
      ];
    }
    const names: readonly { readonly name: Name; readonly as: { readonly name: Name } | null }[] =
      states?.names ?? [];
    return names.map((each) => ({
      label: each.as?.name.text ?? each.name.text,
      field: fieldName(states?.in ?? null),
      test: { kind: 'equal', text: each.name.text },
    }));
  });
}

function checkStates(clauses: readonly StateClause[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  const problems: Diagnostic[] = [];
  for (const { which } of clauses) {
    const names =
      which.glob === undefined
        ? (which.states?.names ?? []).map((each) => each.as?.name ?? each.name)
        : [which.glob.name];
    for (const each of names) {
      const key = each.text.toLowerCase();
      if (seen.has(key))
        problems.push(error('duplicate-name', each.span, `two states are named \`${each.text}\``));
      seen.add(key);
    }
  }
  return problems;
}

function shownOf(column: Showing): Shown {
  const aggregate = column.aggregate.text.toLowerCase();
  const state = column.for?.state.text ?? null;
  return {
    aggregate,
    of: shownValueOf(column),
    state,
    output: column.as?.name.text ?? (state === null ? `_${aggregate}` : `_${aggregate}_${state}`),
  };
}

function shownValueOf({ of: given }: Showing): Shown['of'] {
  if (given?.field !== undefined) return { kind: 'field', name: given.field.name };
  return given?.text === undefined ? null : { kind: 'text', text: given.text.value };
}

function checkShowing(column: Showing, states: readonly StateClause[]): readonly Diagnostic[] {
  const { aggregate, of: given, for: only } = column;
  const known = nameList(SHOWN_AGGREGATES);
  if (!SHOWN_AGGREGATES.includes(aggregate.text.toLowerCase())) {
    return [
      error('unknown-aggregate', aggregate.span, `\`showing\` knows ${known}, found \`${aggregate.text}\``),
    ];
  }
  if (given === null && aggregate.text.toLowerCase() !== 'count') {
    return [error('wrong-arguments', aggregate.span, `\`${aggregate.text}\` takes a field, found none`)];
  }
  const labels = statesOf(states).map(({ label }) => label.toLowerCase());
  if (only !== null && !labels.includes(only.state.text.toLowerCase())) {
    return [error('unknown-field', only.state.span, `there is no state \`${only.state.text}\``)];
  }
  return [];
}
