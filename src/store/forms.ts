import type { KernelMemory } from '../engine/kernels/wasm/memory.ts';
import type { Runs } from './collect-runs.ts';
import { NOTHING, type TextCollector } from './collect-text.ts';

/** What the rows of a text column are, and the range of its numbers. */
export interface FormSurvey {
  readonly numbers: number;
  /** Words. */
  readonly others: number;
  readonly min: number;
  readonly max: number;
}

/** Rows of a text column as values of an Arrow column; `min` is above `max` when all are null. */
export interface EncodedForms {
  readonly nulls: number;
  readonly min: number;
  readonly max: number;
  /** Empty without nulls. */
  readonly validity: Uint8Array;
  readonly values: Uint8Array;
}

/** How rows become values: numbers less `base`, or the codes of words, in `width` bytes each; others are null. */
export interface FormTarget {
  readonly kind: 'numbers' | 'words';
  readonly base: number;
  readonly width: 1 | 2 | 4;
}

const NO_BYTES = new Uint8Array(0);

/** Turns the forms of collected text columns into column values, by the kernels where there are some. */
export class FormCoder {
  readonly #kernels: KernelMemory | null;
  readonly #mark: number;

  /** What `encode` gives is valid until the next call. */
  constructor(kernels: KernelMemory | null) {
    this.#kernels = kernels;
    this.#mark = kernels?.mark() ?? 0;
  }

  survey(text: TextCollector, rows: number): FormSurvey {
    if (text.runs !== null) return surveyRuns(text.runs, rows);
    const forms = text.rows;
    const kernels = this.#kernels;
    if (kernels === null) return survey(forms, rows);
    let numbers = 0;
    let nothing = 0;
    let min = 0x7fffffff;
    let max = -1;
    for (let from = 0; from < rows; from += SURVEYED) {
      const count = Math.min(SURVEYED, rows - from);
      const placed = this.#place(kernels, forms, from, count);
      const out = kernels.allocate(16);
      if (placed === null || out === null) return survey(forms, rows);
      kernels.exports.surveyForms(placed, count, out);
      const result = new Int32Array(kernels.bytes.buffer, out, 4);
      numbers += result[0]!;
      nothing += result[1]!;
      min = Math.min(min, result[2]!);
      max = Math.max(max, result[3]!);
    }
    return { numbers, others: rows - numbers - nothing, min, max };
  }

  encode(text: TextCollector, from: number, to: number, target: FormTarget): EncodedForms {
    const only = text.runs?.only(from, to) ?? null;
    if (only !== null) return encodeAlike(only[0], to - from, target);
    const forms = text.rows;
    const kernels = this.#kernels;
    if (kernels === null) return encode(forms, from, to, target);
    const { kind, base, width } = target;
    const count = to - from;
    const placed = this.#place(kernels, forms, from, count);
    const values = kernels.allocate((count + 15) * width);
    const validity = kernels.allocate((count >> 3) + 2);
    const out = kernels.allocate(12);
    if (placed === null || values === null || validity === null || out === null) {
      return encode(forms, from, to, target);
    }
    const words = kind === 'words' ? 1 : 0;
    kernels.exports.encodeForms(placed, count, words, base, width, values, validity, out);
    const [nulls, min, max] = new Int32Array(kernels.bytes.buffer, out, 3);
    return {
      nulls: nulls!,
      min: min!,
      max: max!,
      validity: nulls === 0 ? NO_BYTES : kernels.bytes.subarray(validity, validity + ((count + 7) >> 3)),
      values: kernels.bytes.subarray(values, values + count * width),
    };
  }

  /** Where rows `[from, from + count)` lie in kernel memory, there already or as a copy; null when it is full. */
  #place(kernels: KernelMemory, forms: Int32Array, from: number, count: number): number | null {
    kernels.rewind(this.#mark);
    if (kernels.holds(forms)) return forms.byteOffset + from * 4;
    const copy = kernels.allocate(count * 4);
    if (copy !== null)
      new Int32Array(kernels.bytes.buffer, copy, count).set(forms.subarray(from, from + count));
    return copy;
  }
}

/** Rows that are surveyed at once: few enough to be copied cheaply. */
const SURVEYED = 1 << 18;

/** As `FormCoder.survey`, without kernels. */
function survey(forms: Int32Array, rows: number): FormSurvey {
  let numbers = 0;
  let nothing = 0;
  let min = 0x7fffffff;
  let max = -1;
  for (let row = 0; row < rows; row++) {
    const value = forms[row]!;
    if (value >= 0) {
      numbers++;
      if (value < min) min = value;
      if (value > max) max = value;
    } else if (value === NOTHING) nothing++;
  }
  return { numbers, others: rows - numbers - nothing, min, max };
}

/** As `FormCoder.encode`, without kernels. */
function encode(
  forms: Int32Array,
  from: number,
  to: number,
  { kind, base, width }: FormTarget,
): EncodedForms {
  const length = to - from;
  const values = new Int32Array(length);
  const validity = new Uint8Array((length + 7) >> 3);
  const numbers = kind === 'numbers';
  let there = 0;
  let min = 0x7fffffff;
  let max = -1;
  for (let row = 0; row < length; row++) {
    const form = forms[from + row]!;
    const value = numbers ? form : -1 - form;
    if (numbers ? value < 0 : value <= 0) continue;
    there++;
    validity[row >> 3]! |= 1 << (row & 7);
    values[row] = value - base;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const narrowed = width === 1 ? new Uint8Array(values) : width === 2 ? new Uint16Array(values) : values;
  return {
    nulls: length - there,
    min,
    max,
    validity: there === length ? NO_BYTES : validity,
    values: new Uint8Array(narrowed.buffer),
  };
}

/** As `survey`, of forms that are kept as runs. */
function surveyRuns(runs: Runs<number>, rows: number): FormSurvey {
  let numbers = 0;
  let others = 0;
  let min = 0x7fffffff;
  let max = -1;
  for (const { from, to, value } of runs) {
    const count = Math.min(to, rows) - Math.min(from, rows);
    if (count === 0 || value === NOTHING) continue;
    if (value < 0) others += count;
    else {
      numbers += count;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  return { numbers, others, min, max };
}

/** As `encode`, of rows that all have one form. */
function encodeAlike(form: number, length: number, { kind, base, width }: FormTarget): EncodedForms {
  const value = kind === 'numbers' ? form : -1 - form;
  const there = kind === 'numbers' ? value >= 0 : value > 0;
  const stored = there ? value - base : 0;
  const values = newArray(width, length);
  values.fill(stored);
  return {
    nulls: there ? 0 : length,
    min: there ? value : 0x7fffffff,
    max: there ? value : -1,
    validity: there ? NO_BYTES : new Uint8Array((length + 7) >> 3),
    values: new Uint8Array(values.buffer),
  };
}

/** Whole numbers of `width` bytes each. */
export function newArray(width: 1 | 2 | 4, length: number): Uint8Array | Uint16Array | Uint32Array {
  return width === 1
    ? new Uint8Array(length)
    : width === 2
      ? new Uint16Array(length)
      : new Uint32Array(length);
}
