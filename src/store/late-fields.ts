import { type Batch, columnNamed } from '../engine/columns/batch.ts';
import { valueAt } from '../engine/columns/column.ts';
import { inKernels } from '../engine/kernels/batch-in-kernels.ts';
import { outOfKernels } from '../engine/kernels/out-of-kernels.ts';
import {
  acquireKernels,
  type KernelMemory,
  releaseKernels,
  withKernels,
} from '../engine/kernels/wasm/memory.ts';
import type { CompiledRules, RuleNotes } from '../rules/compile-rules.ts';

/** What rules did was told when the messages arrived, if anybody wanted to know. */
const NOBODY: RuleNotes = { extract() {}, flag() {}, warn() {} };
const MOST_KNOWN = 16;
const known = new Map<string, LateFields>();

/**
 * The fields that rules and partitions give to messages which were acknowledged before they went
 * through them. The log keeps the messages and the text of the arrival (`arrivalText`); the fields are
 * made when somebody asks for them, and for good when the messages go into a segment.
 */
export class LateFields {
  readonly text: string;
  readonly #rules: CompiledRules;
  readonly #clock: { now: number };
  readonly #complete = new WeakMap<Batch, Batch>();

  private constructor(text: string, rules: CompiledRules, clock: { now: number }) {
    this.text = text;
    this.#rules = rules;
    this.#clock = clock;
  }

  /** Those of a text, compiled once. Null when it makes none. Throws when it cannot be read. */
  static async of(text: string): Promise<LateFields | null> {
    const found = known.get(text);
    if (found !== undefined) return found;
    // The whole language comes with it, and most stores that are opened have no such messages.
    const { compileArrival, readArrival } = await import('../rules/arrival.ts');
    const clock = { now: 0 };
    const rules = compileArrival(readArrival(text), () => clock.now);
    if (rules === null) return null;
    const made = new LateFields(text, rules, clock);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, made);
    return made;
  }

  /** The fields that a message may get. */
  get fields(): readonly string[] {
    return this.#rules.fields;
  }

  /** The batch with its fields; they are made once. */
  complete(batch: Batch): Batch {
    let complete = this.#complete.get(batch);
    if (complete === undefined) {
      const kernels = acquireKernels();
      try {
        complete = this.#apart(batch, kernels);
      } finally {
        releaseKernels(kernels);
      }
      this.#complete.set(batch, complete);
    }
    return complete;
  }

  #apart(batch: Batch, kernels: KernelMemory | null): Batch {
    if (kernels === null) return this.add(batch);
    const raw = columnNamed(batch, '_raw');
    const loaded = inKernels(batch, kernels);
    const made = withKernels(kernels, () => this.add(loaded));
    const inside = columnNamed(loaded, '_raw');
    if (raw.kind !== 'text' || inside.kind !== 'text' || raw.length === 0) return made;
    return outOfKernels(made, kernels, inside.starts[0]! - raw.starts[0]!, raw.data);
  }

  /** As `complete`, with the kernels in use and columns that do not outlive the batch's bytes. */
  add(batch: Batch): Batch {
    const receipt = batch.length === 0 ? null : valueAt(columnNamed(batch, '_receiptTime'), 0);
    // Rules that ask for the time get the same answer whenever they run.
    this.#clock.now = typeof receipt === 'number' ? receipt : 0;
    return this.#rules.apply(batch, NOBODY);
  }
}
