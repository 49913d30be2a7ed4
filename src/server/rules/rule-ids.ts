import { createHash } from 'node:crypto';
import { type RuleDocuments, type StoredRule, storedRules } from '../../ingest/stored-rules.ts';

/** What the API keeps of a rule beside the rule itself: its id outlives a change of its name. */
export interface RuleIdentity {
  readonly id: string;
  readonly name: string;
  readonly createdBy: string;
  readonly modifiedBy: string;
}

/** A stored rule with its identity. */
export interface IdentifiedRule extends StoredRule {
  readonly identity: RuleIdentity;
}

const KIND = 'rule-id';
/** Who made a rule that the command line added. */
const COMMAND_LINE = 'weir';

/** All rules, oldest first. Rules that did not come through the API have an id by their name. */
export async function identifiedRules(documents: RuleDocuments): Promise<readonly IdentifiedRule[]> {
  const identities = await storedIdentities(documents);
  const rules = await storedRules(documents, () => {});
  return rules.map((stored) => ({
    ...stored,
    identity: identities.get(stored.rule.name.toLowerCase()) ?? {
      id: idOf(stored.rule.name),
      name: stored.rule.name,
      createdBy: COMMAND_LINE,
      modifiedBy: COMMAND_LINE,
    },
  }));
}

/** Keeps the identity of a rule. */
export async function keepIdentity(documents: RuleDocuments, identity: RuleIdentity): Promise<void> {
  await documents.put(KIND, identity.id, JSON.stringify(identity));
}

export async function forgetIdentity(documents: RuleDocuments, id: string): Promise<void> {
  await documents.remove(KIND, id);
}

/** The id of a rule that has none of its own: 16 hexadecimal digits. */
export function idOf(name: string): string {
  return createHash('sha256').update(name.toLowerCase()).digest('hex').slice(0, 16).toUpperCase();
}

async function storedIdentities(documents: RuleDocuments): Promise<Map<string, RuleIdentity>> {
  const identities = new Map<string, RuleIdentity>();
  for (const id of await documents.list(KIND)) {
    const text = await documents.get(KIND, id);
    try {
      const identity = JSON.parse(String(text)) as RuleIdentity;
      if (typeof identity.name === 'string') identities.set(identity.name.toLowerCase(), identity);
    } catch {
      // An identity that cannot be read is none: the rule falls back to the id of its name.
    }
  }
  return identities;
}
