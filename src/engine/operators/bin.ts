import type { Amount } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { anyOrder, field, number, setting } from '../../grammar/syntax.ts';
import { columnNamed, withColumns } from '../columns/batch.ts';
import type { DictionaryColumn } from '../columns/column.ts';
import { Words } from '../columns/words.ts';
import { defineOperator, perBatch } from '../define.ts';
import { denseNumbersOf } from '../kernels/dense-numbers.ts';
import { doubleColumn } from '../kernels/number-column.ts';
import { withNumbersOnly } from './running.ts';

const OUTPUTS = ['_bin_label', '_bin_lower', '_bin_upper'] as const;

/** `bin field width=10, min=0, max=100`. */
export const bin = defineOperator({
  name: 'bin',
  summary: 'Puts the numbers of a field into bins of equal width.',
  description:
    'Adds `_bin_label` (such as `[20.0, 40.0)`), `_bin_lower` and `_bin_upper`. Bins are half open and start at ' +
    '`min`, or at 0 without it. Values below `min` go into the first bin, values from `max` on into the last. A row ' +
    'whose value is null or no number is left out. Usually `count by _bin_label, _bin_lower` follows.',
  syntax: {
    field: field(),
    settings: anyOrder({
      width: setting('width', number()),
      min: setting('min', number()),
      max: setting('max', number()),
    }),
  },
  reads: ({ field }) => [field.name],
  writes: () => OUTPUTS,
  order: 'keeps',
  split: 'anywhere',
  changesRowCount: true,
  check({ settings: { width, min, max } }, stage): readonly Diagnostic[] {
    if (width === null) {
      return [
        error('wrong-arguments', stage.span, '`bin` needs a width', { help: 'as in `bin ms width=100`' }),
      ];
    }
    if (width.count <= 0) {
      return [
        error('bad-value', width.span, `the width of \`bin\` must be more than 0, found ${width.count}`),
      ];
    }
    if (min !== null && max !== null && min.count >= max.count) {
      return [
        error('bad-value', max.span, `\`max\` must be more than \`min\` (${min.count}), found ${max.count}`),
      ];
    }
    return [];
  },
  start({ field, settings }, context) {
    const bins = binsOf(settings.width, settings.min, settings.max);
    const words = new Words();
    return perBatch((batch) => {
      const kept = withNumbersOnly(batch, field.name, 'bin', context);
      const { length } = kept;
      const { values } = denseNumbersOf(columnNamed(kept, field.name));
      const lowers = new Float64Array(length);
      const uppers = new Float64Array(length);
      const codes = new Uint32Array(length);
      for (let row = 0; row < length; row++) {
        const lower = bins.lowerOf(values[row]!);
        lowers[row] = lower;
        uppers[row] = lower + bins.width;
        codes[row] = bins.codeOf(lower, words);
      }
      const labels: DictionaryColumn = { kind: 'dictionary', length, codes, words };
      return withColumns(kept, OUTPUTS, [labels, doubleColumn(lowers), doubleColumn(uppers)]);
    });
  },
  examples: [
    {
      query:
        '* | parse "v=*" as v | bin v width=20, min=0, max=100 | count by _bin_label, _bin_lower | sort by _bin_lower asc',
      input: 'v=15\nv=-1\nv=20\nv=250',
      expect: '_bin_label,_bin_lower,_count\n"[0.0, 20.0)",0,2\n"[20.0, 40.0)",20,1\n"[80.0, 100.0)",80,1',
    },
  ],
});

interface Bins {
  readonly width: number;
  lowerOf(value: number): number;
  /** The code of the label of the bin that starts at `lower`. */
  codeOf(lower: number, words: Words): number;
}

function binsOf(widthGiven: Amount | null, min: Amount | null, max: Amount | null): Bins {
  const width = widthGiven?.count ?? 1;
  const start = min?.count ?? 0;
  const first = min === null ? -Infinity : 0;
  const last = max === null ? Infinity : Math.max(0, Math.ceil((max.count - start) / width) - 1);
  const codes = new Map<number, number>();
  return {
    width,
    lowerOf: (value) => start + Math.max(first, Math.min(last, Math.floor((value - start) / width))) * width,
    codeOf(lower, words) {
      let code = codes.get(lower);
      if (code === undefined) {
        code = words.internText(`[${decimal(lower)}, ${decimal(lower + width)})`);
        codes.set(lower, code);
      }
      return code;
    },
  };
}

/** A number with at least one decimal. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
