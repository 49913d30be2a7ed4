import { type RuleDocuments, storedRules } from '../../ingest/stored-rules.ts';
import { type CompiledRules, compileRules } from '../../rules/compile-rules.ts';
import type { Rule } from '../../rules/rule.ts';
import type { Log } from '../operations/log.ts';
import { WatchedDocuments } from '../operations/watched-documents.ts';

/** The extraction rules of a store, compiled; made anew when they change. Null while there are none. */
export type RunningRules = WatchedDocuments<CompiledRules | null>;

/** Opens them. A rule that cannot run is told to the log and does nothing. */
export async function openRules(documents: RuleDocuments, log: Log): Promise<RunningRules> {
  return await WatchedDocuments.open(documents, ['rule'], async () => {
    const stored = await storedRules(documents, (problem) =>
      log.write('error', 'rule-unusable', { problem }),
    );
    const usable = stored.map(({ rule }) => rule).filter((rule) => rule.enabled && canRun(rule, log));
    return usable.length === 0 ? null : compileRules(usable);
  });
}

function canRun(rule: Rule, log: Log): boolean {
  try {
    compileRules([rule]);
    return true;
  } catch (failure) {
    log.write('error', 'rule-unusable', { rule: rule.name, problem: (failure as Error).message });
    return false;
  }
}
