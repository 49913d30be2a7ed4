import { renderDiagnostics } from '../../grammar/render.ts';
import {
  addPartition as keepPartition,
  removePartition as stopPartition,
  storedPartitions,
} from '../../ingest/stored-partitions.ts';
import { storedViews } from '../../ingest/stored-views.ts';
import { CommandFailure, EXIT, wrongRequest } from '../failure.ts';
import { withDocuments } from '../open-documents.ts';
import { withStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { existingStore, type StoreOptions } from '../store-directory.ts';
import { warn } from '../warn.ts';

/** `weir partitions list` */
export async function listPartitions(options: StoreOptions): Promise<void> {
  const partitions = await withStore(options, (store) => storedPartitions(store.documents, warn));
  if (options.output === 'json') {
    const rows = partitions.map(({ name, scope, added, removed }) => ({
      name,
      scope,
      added,
      active: removed === null,
    }));
    return await write(`${JSON.stringify(rows)}\n`);
  }
  if (partitions.length === 0)
    return await write("no partitions; weir partitions add NAME --scope 'SCOPE' adds one\n");
  for (const { name, scope, removed } of partitions)
    await write(`${name}${removed === null ? '' : ' (takes no more messages)'}\n  scope  ${scope}\n`);
}

/** `weir partitions add NAME --scope SCOPE` */
export async function addPartition(
  name: string,
  options: StoreOptions & { readonly scope: string },
): Promise<void> {
  const { scope } = options;
  const { problems, diagnostics, added } = await withDocuments(options, async (documents) => {
    const views = (await storedViews(documents)).map((view) => view.name);
    return await keepPartition(documents, { name, scope }, views, Date.now());
  });
  if (diagnostics.length > 0) process.stderr.write(`${renderDiagnostics(scope, diagnostics)}\n`);
  if (problems.length > 0) throw wrongRequest(problems.join('; '));
  if (!added) throw new CommandFailure(EXIT.wrongRequest, '');
  process.stderr.write(`added ${name}; it takes messages that arrive from now on\n`);
}

/** `weir partitions remove NAME` */
export async function removePartition(name: string, options: StoreOptions): Promise<void> {
  existingStore(options);
  const removed = await withDocuments(options, (documents) => stopPartition(documents, name, Date.now()));
  if (!removed)
    throw wrongRequest(`there is no partition \`${name}\``, '`weir partitions list` shows the partitions');
  process.stderr.write(`removed ${name}: it takes no more messages; those that it has stay in it\n`);
}
