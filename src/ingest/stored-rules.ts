import type { DocumentStore } from '../lookups/document-store.ts';
import {
  type CheckedRule,
  checkRule,
  checkRuleSet,
  hasErrors,
  type RuleSetProblem,
} from '../rules/check-rule.ts';
import { parseRuleFile, type Rule, ruleFileText } from '../rules/rule.ts';
import { isSameName, oldestFirst, readDocuments } from './stored-documents.ts';

/** A rule of a store. `added` and `changed` are epoch ms; the oldest rule wins where two give one field. */
export interface StoredRule {
  readonly rule: Rule;
  readonly added: number;
  readonly changed: number;
}

const KIND = 'rule';

/** The rules of a store, oldest first. A document that cannot be read is left out and told to `onProblem`. */
export async function storedRules(
  documents: DocumentStore,
  onProblem: (message: string) => void,
): Promise<readonly StoredRule[]> {
  const rules = await readDocuments(documents, KIND, readStored, (name) =>
    onProblem(`the stored rule \`${name}\` cannot be read and does nothing`),
  );
  return oldestFirst(rules, ({ rule }) => rule.name);
}

/** The rule of that name in any letter case, or null. */
export async function storedRule(documents: DocumentStore, name: string): Promise<StoredRule | null> {
  const rules = await storedRules(documents, () => {});
  return rules.find(({ rule }) => isSameName(rule.name, name)) ?? null;
}

/** What saving a rule found: mistakes of the rule itself, and of the set of rules with it in. */
export interface SavedRule {
  readonly checked: CheckedRule;
  readonly setProblems: readonly RuleSetProblem[];
  readonly saved: boolean;
}

/**
 * Keeps a rule, in the place of the one called `replaced` (of the same name, if not said); refuses one
 * with errors. A rule keeps its age when its name changes: the oldest wins where two give one field.
 */
export async function saveRule(
  documents: DocumentStore,
  rule: Rule,
  now: number,
  replaced = rule.name,
): Promise<SavedRule> {
  const checked = checkRule(rule);
  const stored = await storedRules(documents, () => {});
  const others = stored.filter(
    (other) => !isSameName(other.rule.name, rule.name) && !isSameName(other.rule.name, replaced),
  );
  const setProblems = checkRuleSet([...others.map((other) => checkRule(other.rule)), checked]);
  const wrong = hasErrors(checked) || setProblems.some(({ severity }) => severity === 'error');
  if (wrong) return { checked, setProblems, saved: false };
  const before = stored.find((other) => isSameName(other.rule.name, replaced)) ?? null;
  const document = { added: before?.added ?? now, changed: now, text: ruleFileText(rule) };
  const oldName = before === null || before.rule.name === rule.name ? null : before.rule.name;
  const oneFile = oldName !== null && isSameName(oldName, rule.name);
  // Where letter case makes no other file, the new one would be removed; else a crash between must lose none.
  if (oldName !== null && oneFile) await documents.remove(KIND, oldName);
  await documents.put(KIND, rule.name, JSON.stringify(document));
  if (oldName !== null && !oneFile) await documents.remove(KIND, oldName);
  return { checked, setProblems, saved: true };
}

/** Removes a rule; false when there was none of that name. Fields that it made stay. */
export async function removeStoredRule(documents: DocumentStore, name: string): Promise<boolean> {
  const found = await storedRule(documents, name);
  if (found === null) return false;
  await documents.remove(KIND, found.rule.name);
  return true;
}

function readStored(text: string): StoredRule | null {
  const { added, changed, text: yaml } = JSON.parse(text) as { added: number; changed: number; text: string };
  const file = parseRuleFile(yaml);
  return file.ok ? { rule: file.rule, added, changed } : null;
}
