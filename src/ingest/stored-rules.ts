import {
  type CheckedRule,
  checkRule,
  checkRuleSet,
  hasErrors,
  type RuleSetProblem,
} from '../rules/check-rule.ts';
import { parseRuleFile, type Rule, ruleFileText } from '../rules/rule.ts';

/** The part of a store's documents that rules need. */
export interface RuleDocuments {
  get(kind: string, name: string): Promise<string | Uint8Array | null>;
  put(kind: string, name: string, content: string): Promise<void>;
  list(kind: string): Promise<readonly string[]>;
  remove(kind: string, name: string): Promise<unknown>;
}

/** A rule of a store. `added` and `changed` are epoch ms; the oldest rule wins where two give one field. */
export interface StoredRule {
  readonly rule: Rule;
  readonly added: number;
  readonly changed: number;
}

const KIND = 'rule';

/** The rules of a store, oldest first. A document that cannot be read is left out and told to `onProblem`. */
export async function storedRules(
  documents: RuleDocuments,
  onProblem: (message: string) => void,
): Promise<readonly StoredRule[]> {
  const rules: StoredRule[] = [];
  for (const name of await documents.list(KIND)) {
    const found = readStored(await documents.get(KIND, name));
    if (found === null) onProblem(`the stored rule \`${name}\` cannot be read and does nothing`);
    else rules.push(found);
  }
  return rules.toSorted((a, b) => a.added - b.added || (a.rule.name < b.rule.name ? -1 : 1));
}

/** The rule of that name in any letter case, or null. */
export async function storedRule(documents: RuleDocuments, name: string): Promise<StoredRule | null> {
  const rules = await storedRules(documents, () => {});
  return rules.find(({ rule }) => sameRuleName(rule.name, name)) ?? null;
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
  documents: RuleDocuments,
  rule: Rule,
  now: number,
  replaced = rule.name,
): Promise<SavedRule> {
  const checked = checkRule(rule);
  const others = (await storedRules(documents, () => {})).filter(
    (other) => !sameRuleName(other.rule.name, rule.name) && !sameRuleName(other.rule.name, replaced),
  );
  const setProblems = checkRuleSet([...others.map((other) => checkRule(other.rule)), checked]);
  const wrong = hasErrors(checked) || setProblems.some(({ severity }) => severity === 'error');
  if (wrong) return { checked, setProblems, saved: false };
  const before = await storedRule(documents, replaced);
  const stored = { added: before?.added ?? now, changed: now, text: ruleFileText(rule) };
  const oldName = before === null || before.rule.name === rule.name ? null : before.rule.name;
  const oneFile = oldName !== null && sameRuleName(oldName, rule.name);
  // Where letter case makes no other file, the new one would be removed; else a crash between must lose none.
  if (oldName !== null && oneFile) await documents.remove(KIND, oldName);
  await documents.put(KIND, rule.name, JSON.stringify(stored));
  if (oldName !== null && !oneFile) await documents.remove(KIND, oldName);
  return { checked, setProblems, saved: true };
}

/** Whether two names are one rule's. */
export function sameRuleName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Removes a rule; false when there was none of that name. Fields that it made stay. */
export async function removeStoredRule(documents: RuleDocuments, name: string): Promise<boolean> {
  const found = await storedRule(documents, name);
  if (found === null) return false;
  await documents.remove(KIND, found.rule.name);
  return true;
}

function readStored(content: string | Uint8Array | null): StoredRule | null {
  if (content === null) return null;
  try {
    const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
    const {
      added,
      changed,
      text: yaml,
    } = JSON.parse(text) as { added: number; changed: number; text: string };
    const file = parseRuleFile(yaml);
    return file.ok ? { rule: file.rule, added, changed } : null;
  } catch {
    return null;
  }
}
