import type { Batch } from '../columns/batch.ts';
import type { Sink, Stage } from '../define.ts';

/** What one stage of a chain did, for `--profile`. */
export interface StageProfile {
  readonly name: string;
  rowsIn: number;
  rowsOut: number;
  /** Milliseconds in the stage itself, without the stages after it. */
  ms: number;
}

/** Stages one after the other, as one stage. */
export interface Chain extends Stage {
  done(): boolean;
  readonly profiles: readonly StageProfile[];
}

/** A chain of named stages; without stages, batches pass. */
export function chainStages(stages: readonly { readonly name: string; readonly stage: Stage }[]): Chain {
  const profiles = stages.map(({ name }): StageProfile => ({ name, rowsIn: 0, rowsOut: 0, ms: 0 }));
  let last: Sink = { push() {} };
  const sinks: Sink[] = [];
  for (let at = stages.length - 1; at >= 0; at--) {
    const { stage } = stages[at]!;
    const profile = profiles[at]!;
    const next: Sink = sinks[0] ?? { push: (batch) => last.push(batch) };
    const out = countedSink(profile, next);
    sinks.unshift({
      push(batch) {
        profile.rowsIn += batch.length;
        const started = performance.now();
        stage.push(batch, out);
        profile.ms += performance.now() - started;
      },
    });
  }
  return {
    profiles,
    push(batch, out) {
      last = out;
      (sinks[0] ?? out).push(batch);
    },
    finish(out) {
      last = out;
      stages.forEach(({ stage }, at) => {
        const profile = profiles[at]!;
        const started = performance.now();
        stage.finish(countedSink(profile, sinks[at + 1] ?? out));
        profile.ms += performance.now() - started;
      });
    },
    done: () => stages.some(({ stage }) => stage.done?.() === true),
  };
}

/** Chains one after the other, as one. */
export function joinChains(chains: readonly Chain[]): Chain {
  let last: Sink = { push() {} };
  const sinks: Sink[] = [];
  for (let at = chains.length - 1; at >= 0; at--) {
    const next = sinks[0] ?? { push: (batch: Batch) => last.push(batch) };
    sinks.unshift({ push: (batch) => chains[at]!.push(batch, next) });
  }
  return {
    profiles: chains.flatMap(({ profiles }) => profiles),
    push(batch, out) {
      last = out;
      (sinks[0] ?? out).push(batch);
    },
    finish(out) {
      last = out;
      chains.forEach((chain, at) => {
        chain.finish(sinks[at + 1] ?? out);
      });
    },
    done: () => chains.some((chain) => chain.done()),
  };
}

/** Counts what leaves a stage, and takes the time of what follows off the stage's own. */
function countedSink(profile: StageProfile, next: Sink): Sink {
  return {
    push(batch: Batch) {
      if (batch.length === 0) return;
      profile.rowsOut += batch.length;
      const started = performance.now();
      next.push(batch);
      profile.ms -= performance.now() - started;
    },
  };
}
