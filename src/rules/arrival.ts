import { type CompiledRules, compileRules } from './compile-rules.ts';
import type { Partition } from './partition.ts';
import { withPartitions } from './route.ts';
import type { Rule } from './rule.ts';

/** What happens to messages when they arrive, as plain data: rules give them fields, partitions take them. */
export interface Arrival {
  /** Oldest first; those that are not enabled do nothing. */
  readonly rules: readonly Rule[];
  readonly partitions: readonly Partition[];
}

/** Ready to be applied; null when nothing happens. Throws a RuleProblem for a rule with mistakes. */
export function compileArrival(
  { rules, partitions }: Arrival,
  now: () => number = Date.now,
): CompiledRules | null {
  const running = rules.filter((rule) => rule.enabled);
  return withPartitions(running.length === 0 ? null : compileRules(running, now), partitions);
}

/** An arrival as a text to be kept beside messages that still have to go through it. */
export function arrivalText({ rules, partitions }: Arrival): string {
  const needed: Arrival = {
    rules: rules.filter((rule) => rule.enabled).map((rule) => ({ ...rule, description: null, examples: [] })),
    partitions: partitions.filter(({ removed }) => removed === null),
  };
  return JSON.stringify(needed);
}

/** The arrival of a text that `arrivalText` made. */
export function readArrival(text: string): Arrival {
  return JSON.parse(text) as Arrival;
}
