import { createHash } from 'node:crypto';
import { readDocuments } from '../../ingest/stored-documents.ts';
import { type StoredRule, storedRules } from '../../ingest/stored-rules.ts';
import type { DocumentStore } from '../../lookups/document-store.ts';

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
export async function identifiedRules(documents: DocumentStore): Promise<readonly IdentifiedRule[]> {
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
export async function keepIdentity(documents: DocumentStore, identity: RuleIdentity): Promise<void> {
  await documents.put(KIND, identity.id, JSON.stringify(identity));
}

export async function forgetIdentity(documents: DocumentStore, id: string): Promise<void> {
  await documents.remove(KIND, id);
}

/** The id of a rule that has none of its own: 16 hexadecimal digits. */
export function idOf(name: string): string {
  return createHash('sha256').update(name.toLowerCase()).digest('hex').slice(0, 16).toUpperCase();
}

/** By names in small letters. A rule whose identity cannot be read falls back to the id of its name. */
async function storedIdentities(documents: DocumentStore): Promise<Map<string, RuleIdentity>> {
  const identities = await readDocuments(documents, KIND, (text) => {
    const identity = JSON.parse(text) as RuleIdentity;
    return typeof identity.name === 'string' ? identity : null;
  });
  return new Map(identities.map((identity) => [identity.name.toLowerCase(), identity]));
}
