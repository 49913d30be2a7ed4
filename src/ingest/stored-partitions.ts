import { DEFAULT_INDEX, SYSTEM_PREFIX } from '../engine/scope/indexes.ts';
import type { Diagnostic } from '../grammar/diagnostics.ts';
import type { DocumentStore } from '../lookups/document-store.ts';
import { type Partition, readRouting } from '../rules/partition.ts';
import { isSameName, oldestFirst, readDocuments } from './stored-documents.ts';

/** A partition as a store keeps it. */
export interface StoredPartition extends Partition {
  /** Epoch ms. */
  readonly added: number;
}

const KIND = 'partition';
const MOST_PARTITIONS = 50;

/** All partitions of a store, oldest first, those that were removed too. A document that cannot be read is told to `onProblem`. */
export async function storedPartitions(
  documents: DocumentStore,
  onProblem: (message: string) => void = () => {},
): Promise<readonly StoredPartition[]> {
  const partitions = await readDocuments(documents, KIND, readStored, (name) =>
    onProblem(`the stored partition \`${name}\` cannot be read and takes nothing`),
  );
  return oldestFirst(partitions, ({ name }) => name);
}

/** What adding a partition found: problems of the name or the set, and of the routing expression (spans lie in it). */
export interface AddedPartition {
  readonly problems: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly added: boolean;
}

/** Adds a partition, which takes messages from now on. `taken` are names of other indexes, as those of views. */
export async function addPartition(
  documents: DocumentStore,
  { name, scope }: { readonly name: string; readonly scope: string },
  taken: readonly string[],
  now: number,
): Promise<AddedPartition> {
  const others = await storedPartitions(documents);
  const problems = [...nameProblems(name, others, taken)];
  if (others.filter(({ removed }) => removed === null).length >= MOST_PARTITIONS) {
    problems.push(`there are ${MOST_PARTITIONS} partitions, and no more are possible`);
  }
  const { diagnostics } = readRouting(scope);
  const refused = problems.length > 0 || diagnostics.some(({ severity }) => severity === 'error');
  if (refused) return { problems, diagnostics, added: false };
  await put(documents, { name, scope, added: now, removed: null });
  return { problems, diagnostics, added: true };
}

/** Lets a partition take no more messages; false when there is none of that name that does. */
export async function removePartition(documents: DocumentStore, name: string, now: number): Promise<boolean> {
  const found = (await storedPartitions(documents)).find(
    (partition) => partition.removed === null && isSameName(partition.name, name),
  );
  if (found === undefined) return false;
  await put(documents, { ...found, removed: now });
  return true;
}

function nameProblems(
  name: string,
  others: readonly StoredPartition[],
  taken: readonly string[],
): readonly string[] {
  if (!/^[A-Za-z0-9]\w*$/.test(name) || name.toLowerCase().startsWith(SYSTEM_PREFIX)) {
    return [
      `\`${name}\` cannot be the name of a partition: use letters, digits and \`_\`, with no \`_\` or \`${SYSTEM_PREFIX}\` (as in \`${DEFAULT_INDEX}\`) in front`,
    ];
  }
  if (name.length > 255) return ['the name of a partition has at most 255 characters'];
  const used = others.find((other) => isSameName(other.name, name));
  if (used !== undefined && used.removed !== null) {
    return [
      `there was a partition \`${used.name}\`; its messages still have that name, so it is not used again`,
    ];
  }
  if (used !== undefined) return [`there is a partition \`${used.name}\` already`];
  if (taken.some((other) => isSameName(other, name))) return [`\`${name}\` is the name of a view`];
  return [];
}

async function put(documents: DocumentStore, partition: StoredPartition): Promise<void> {
  await documents.put(KIND, partition.name, JSON.stringify(partition));
}

function readStored(text: string): StoredPartition | null {
  const found = JSON.parse(text) as StoredPartition;
  return readRouting(found.scope).scope === null ? null : found;
}
