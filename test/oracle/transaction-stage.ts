import type { OperatorStage } from '../../src/grammar/ast.ts';
import {
  type Alias,
  type Amount,
  type Field,
  millisecondsIn,
  type Named,
  type Text,
} from './captured-names.ts';
import { globMatches } from './expression.ts';
import type { Setting } from './setting.ts';
import {
  addNames,
  get,
  groupRows,
  numberIn,
  type Row,
  rowOf,
  type Table,
  textIn,
  type Value,
} from './table.ts';

interface Shown {
  readonly aggregate: Named;
  readonly of: { readonly text?: Text; readonly field?: Field } | null;
  readonly for: { readonly state: Named } | null;
  readonly as: Alias;
}
interface Captured {
  readonly ids: readonly Field[];
  readonly fringe: Amount | null;
  readonly states: readonly {
    readonly which: {
      readonly glob?: {
        readonly pattern: Text;
        readonly in: { readonly field: Field } | null;
        readonly name: Named;
      };
      readonly states?: {
        readonly names: readonly { readonly name: Named; readonly as: Alias }[];
        readonly in: { readonly field: Field } | null;
      };
    };
  }[];
  readonly results: {
    readonly kind: { readonly transactions?: true; readonly states?: true; readonly flow?: true };
    readonly showing: { readonly columns: readonly Shown[] } | null;
  } | null;
}
interface State {
  readonly name: string;
  fits(row: Row): boolean;
}
/** A message in the state that it is in. */
interface Step {
  readonly row: Row;
  readonly state: string;
  readonly time: number;
}

/** `transaction`: messages by ids, and the states that they were in. */
export function transactionStage(stage: OperatorStage, table: Table, setting: Setting): Table | null {
  if (stage.name !== 'transaction') return null;
  const args = stage.args as unknown as Captured;
  const ids = args.ids.map(({ name }) => name);
  const states = args.states.flatMap(statesOf);
  const inOrder = table.rows.toReversed().filter((row) => ids.every((id) => get(row, id) !== null));
  const transactions = [...groupRows(inOrder, ids).values()]
    .map((rows) => rows.flatMap((row) => stepOf(row, states)))
    .filter((steps) => steps.length > 0 && !inFringe(steps, args.fringe, setting));
  const names = [...new Set(states.map(({ name }) => name))];
  const idCells = (steps: readonly Step[]) => ids.map((id) => [id, get(steps[0]!.row, id)] as const);
  const table_ = (rows: readonly Row[], columns: readonly string[]): Table => ({
    rows,
    raw: false,
    names: addNames([], columns),
  });

  if (args.results?.kind.flow === true) {
    const rows = transactions.flatMap((steps) =>
      steps
        .slice(1)
        .map((step, at) =>
          rowOf([
            ...idCells(steps),
            ['fromstate', steps[at]!.state],
            ['tostate', step.state],
            ['latency', step.time - steps[at]!.time],
          ]),
        ),
    );
    return table_(rows, [...ids, 'fromstate', 'tostate', 'latency']);
  }
  if (args.results?.kind.states === true) {
    const rows = transactions.flatMap((steps) =>
      names.flatMap((name) => {
        const inState = steps.filter(({ state }) => state === name);
        if (inState.length === 0) return [];
        return [rowOf([...idCells(steps), ['state', name], ['_count', inState.length], ...timesOf(inState)])];
      }),
    );
    return table_(rows, [...ids, 'state', '_count', '_start_time', '_end_time']);
  }
  const shown = args.results?.showing?.columns ?? [];
  const rows = transactions.map((steps) =>
    rowOf([
      ...idCells(steps),
      ...names.map((name) => [name, steps.filter(({ state }) => state === name).length] as const),
      ...timesOf(steps),
      ...shown.map(
        (each) => [each.as?.name.text ?? `_${each.aggregate.text}`, shownValue(each, steps)] as const,
      ),
    ]),
  );
  const shownNames = shown.map((each) => each.as?.name.text ?? `_${each.aggregate.text}`);
  return table_(rows, [...ids, ...names, '_start_time', '_end_time', ...shownNames]);
}

function statesOf({ which }: Captured['states'][number]): State[] {
  const { glob, states } = which;
  if (glob !== undefined) {
    const field = glob.in?.field.name ?? '_raw';
    return [
      { name: glob.name.text, fits: (row) => globMatches(textIn(get(row, field)), glob.pattern.value) },
    ];
  }
  return states!.names.map(({ name, as }) => ({
    name: as?.name.text ?? name.text,
    fits: (row) => textIn(get(row, states!.in?.field.name ?? '_raw')) === name.text,
  }));
}

/** The first state that fits counts; a message in none is left out. */
function stepOf(row: Row, states: readonly State[]): Step[] {
  const state = states.find(({ fits }) => fits(row));
  return state === undefined ? [] : [{ row, state: state.name, time: Number(get(row, '_messageTime')) }];
}

function timesOf(steps: readonly Step[]): (readonly [string, number])[] {
  return [
    ['_start_time', steps[0]!.time],
    ['_end_time', steps.at(-1)!.time],
  ];
}

function inFringe(steps: readonly Step[], fringe: Amount | null, { from, to }: Setting): boolean {
  if (fringe === null) return false;
  const width = millisecondsIn(fringe)!;
  return steps.at(-1)!.time < from + width || steps[0]!.time > to - width;
}

function shownValue({ aggregate, of, for: only }: Shown, all: readonly Step[]): Value {
  const steps = only === null ? all : all.filter(({ state }) => state === only.state.text);
  const values = steps
    .map(({ row }) =>
      of?.text !== undefined ? of.text.value : of?.field === undefined ? null : get(row, of.field.name),
    )
    .filter((value) => value !== null);
  const numbers = values.map(numberIn).filter((number) => number !== null);
  switch (aggregate.text.toLowerCase()) {
    case 'count':
      return of?.field === undefined ? steps.length : values.length;
    case 'first':
      return values[0] ?? null;
    case 'last':
      return values.at(-1) ?? null;
    case 'sum':
      return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0);
    case 'avg':
      return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    case 'min':
      return numbers.length === 0 ? null : Math.min(...numbers);
    case 'max':
      return numbers.length === 0 ? null : Math.max(...numbers);
    default:
      throw new Error(`the oracle shows no ${aggregate.text}`);
  }
}
