import { reasonOf } from '../../engine/reason-of.ts';
import { storedPartitions } from '../../ingest/stored-partitions.ts';
import { storedRules } from '../../ingest/stored-rules.ts';
import type { DocumentStore } from '../../lookups/document-store.ts';
import { arrivalText, compileArrival } from '../../rules/arrival.ts';
import { type CompiledRules, compileRules } from '../../rules/compile-rules.ts';
import type { Rule } from '../../rules/rule.ts';
import { LateFields } from '../../store/late-fields.ts';
import type { Log } from '../operations/log.ts';
import { WatchedDocuments } from '../operations/watched-documents.ts';

/** What messages go through when they arrive: at once, or after they were acknowledged. */
export interface RunningArrival {
  readonly rules: CompiledRules;
  readonly late: LateFields | null;
}

/** The extraction rules and partitions of a store, compiled; made anew when they change. Null while there are none. */
export type RunningRules = WatchedDocuments<RunningArrival | null>;

/** Opens them. A rule or partition that cannot be used is told to the log and does nothing. */
export async function openRules(documents: DocumentStore, log: Log): Promise<RunningRules> {
  return await WatchedDocuments.open(documents, ['rule', 'partition'], async () => {
    const stored = await storedRules(documents, (problem) =>
      log.write('error', 'rule-unusable', { problem }),
    );
    const usable = stored.map(({ rule }) => rule).filter((rule) => rule.enabled && canRun(rule, log));
    const partitions = await storedPartitions(documents, (problem) =>
      log.write('error', 'partition-unusable', { problem }),
    );
    const arrival = { rules: usable, partitions };
    const rules = compileArrival(arrival);
    return rules === null ? null : { rules, late: await LateFields.of(arrivalText(arrival)) };
  });
}

function canRun(rule: Rule, log: Log): boolean {
  try {
    compileRules([rule]);
    return true;
  } catch (failure) {
    log.write('error', 'rule-unusable', { rule: rule.name, problem: reasonOf(failure) });
    return false;
  }
}
