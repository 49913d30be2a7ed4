import type { AggregateCall } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { type Column, columnOf } from '../columns/column.ts';
import { type Accumulator, type AggregateDefinition, defineAggregate } from '../define.ts';
import { argumentField, checkField } from './arguments.ts';
import { type ReadNumbers, readNumbers } from './field-numbers.ts';
import { PctSamples } from './pct-samples.ts';

/** What `pct` and `pct_sampling` have in common: all but their texts. */
export const percentiles = {
  input: 'number',
  usage: '(<field>[, <percentile>…])',
  outputs(call) {
    const field = argumentField(call) ?? '';
    return percentsOf(call).map((percent) => `_${field}_pct_${percent}`);
  },
  mergeable: true,
  check: checkPercentiles,
  create: (call, context) => new PctAccumulator(readNumbers(call, context), percentsOf(call)),
} satisfies Partial<AggregateDefinition>;

/** `pct(field, 50, 95)`. */
export const pct = defineAggregate({
  ...percentiles,
  name: 'pct',
  summary: 'Percentiles of the numbers of a field.',
  description:
    'A percentile is a number from 0 to 100 with decimals allowed: 50 is the median and also the default. Each ' +
    'gives one output named `_<field>_pct_<percentile>`; a name with `as` is possible for a single one. Between ' +
    'two values the result is interpolated on rank `p / 100 * (n - 1)`. Exact up to eight million values, beyond ' +
    'that an estimate. Nulls and text that is no number are left out; a group without any number gives null.',
  examples: [
    {
      query: '* | parse "ms=*" as ms | pct(ms, 50, 100)',
      input: 'ms=30\nms=12\nms=18',
      expect: '_ms_pct_50,_ms_pct_100\n18,30',
    },
  ],
});

/** The percentiles that a call asks for, in order. */
function percentsOf(call: AggregateCall): readonly number[] {
  const percents = call.args
    .slice(1)
    .map((arg) => (arg.kind === 'literal' && typeof arg.value === 'number' ? arg.value : Number.NaN));
  return percents.length === 0 ? [50] : percents;
}

function checkPercentiles(call: AggregateCall): readonly Diagnostic[] {
  if (call.args.length === 0) {
    return [
      error('wrong-arguments', call.span, `\`${call.name}\` takes a field, found none`, {
        help: `write \`${call.name}(field, 95)\``,
      }),
    ];
  }
  const problems = [...checkField(call)];
  percentsOf(call).forEach((percent, at) => {
    if (percent >= 0 && percent <= 100) return;
    const arg = call.args[at + 1]!;
    // A null stands for a `{{parameter}}` that has no value yet.
    if (arg.kind === 'literal' && arg.value === null) return;
    const { span } = arg;
    problems.push(
      Number.isNaN(percent)
        ? error('wrong-arguments', span, `a percentile of \`${call.name}\` must be a number from 0 to 100`)
        : error('bad-value', span, `a percentile must be from 0 to 100, found ${percent}`),
    );
  });
  if (call.alias !== null && call.args.length > 2) {
    problems.push(
      error(
        'wrong-arguments',
        call.alias.span,
        `\`as\` names one output, but this call has ${call.args.length - 1} percentiles`,
        { help: `leave \`as\` out, or write one \`${call.name}\` per percentile` },
      ),
    );
  }
  return problems;
}

class PctAccumulator implements Accumulator {
  readonly #read: ReadNumbers;
  readonly #percents: readonly number[];
  readonly #samples = new PctSamples();

  constructor(read: ReadNumbers, percents: readonly number[]) {
    this.#read = read;
    this.#percents = percents;
  }

  add(groupOf: Uint32Array, length: number, _groupCount: number, column: Column | null): void {
    if (column !== null) this.#samples.add(groupOf, length, this.#read(column));
  }

  state(groupCount: number): readonly Column[] {
    return this.#samples.state(groupCount);
  }

  merge(groupOf: Uint32Array, length: number, _groupCount: number, state: readonly Column[]): void {
    this.#samples.merge(groupOf, length, state);
  }

  finish(groupCount: number): readonly Column[] {
    return this.#samples.percentiles(groupCount, this.#percents).map((values) => columnOf(values));
  }
}
