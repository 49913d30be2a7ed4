import { isoText } from '../../engine/time/civil.ts';
import { parseTime } from '../../engine/time/range.ts';
import { counted, grouped } from '../../grammar/counted.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import {
  type RefreshedView,
  refreshViews as refreshAll,
  viewCheckpoint,
} from '../../ingest/refresh-views.ts';
import { forgetView, addView as keepView, storedView, storedViews } from '../../ingest/stored-views.ts';
import { CommandFailure, EXIT, wrongRequest } from '../failure.ts';
import { interruptSignal } from '../interrupt.ts';
import { withDocuments } from '../open-documents.ts';
import { withStore, withWritableStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { existingStore, type StoreOptions } from '../store-directory.ts';
import { workerPool } from '../worker-pool.ts';

/** `weir views list` */
export async function listViews(options: StoreOptions): Promise<void> {
  const views = await withStore(options, async (store) => {
    const checkpoints = await store.checkpoints();
    return (await storedViews(store.documents)).map((view) => {
      const text = checkpoints.get(viewCheckpoint(view));
      return { ...view, until: text === undefined ? null : Number(text) };
    });
  });
  if (options.output === 'json') return await write(`${JSON.stringify(views)}\n`);
  if (views.length === 0) return await write("no views; weir views add NAME --query 'QUERY' adds one\n");
  for (const { name, query, from, until } of views) {
    const reach = until === null ? 'nothing yet' : `${isoText(from)} to ${isoText(until)}`;
    await write(`${name}\n  query  ${query.replaceAll('\n', '\n         ')}\n  has    ${reach}\n`);
  }
}

export interface AddOptions extends StoreOptions {
  readonly query: string;
  readonly from?: string;
  readonly tz: string;
}

/** `weir views add NAME --query QUERY [--from T]` */
export async function addView(name: string, options: AddOptions): Promise<void> {
  const { query } = options;
  const now = Date.now();
  const from = options.from === undefined ? null : startOf(options.from, options.tz, now);
  const { problems, diagnostics, added } = await withDocuments(options, (documents) =>
    keepView(documents, { name, query, from }, now),
  );
  if (diagnostics.length > 0) process.stderr.write(`${renderDiagnostics(query, diagnostics)}\n`);
  if (problems.length > 0) throw wrongRequest(problems.join('; '));
  if (!added) throw new CommandFailure(EXIT.wrongRequest, '');
  process.stderr.write(`added ${name}; weir serve keeps it up to date, or \`weir views refresh\` does\n`);
}

function startOf(text: string, timeZone: string, now: number): number {
  const time = parseTime(text, { now, timeZone });
  if (!time.ok) throw wrongRequest(`--from: ${time.problem}`, time.hint ?? undefined);
  return time.value;
}

/** `weir views refresh [NAME]` */
export async function refreshViews(name: string | undefined, options: StoreOptions): Promise<void> {
  existingStore(options);
  const signal = interruptSignal();
  const refreshed = await withWritableStore(options, async (store) => {
    if (name !== undefined && (await storedView(store.documents, name)) === null) throw noView(name);
    return await refreshAll(store, {
      ...(name === undefined ? {} : { name }),
      workers: workerPool(),
      signal,
    });
  });
  if (options.output === 'json') await write(`${JSON.stringify(refreshed)}\n`);
  else for (const view of refreshed) process.stderr.write(`${refreshedText(view)}\n`);
  if (signal.aborted) throw new CommandFailure(EXIT.interrupted, '');
  if (refreshed.some(({ problem }) => problem !== null)) throw new CommandFailure(EXIT.failed, '');
}

function refreshedText({ name, rows, until, problem }: RefreshedView): string {
  const added = `${counted(rows, 'row')} added, complete until ${isoText(until)}`;
  return problem === null ? `${name}: ${added}` : `error: ${name}: ${problem} (${added})`;
}

/** `weir views remove NAME` */
export async function removeView(name: string, options: StoreOptions): Promise<void> {
  existingStore(options);
  const removed = await withWritableStore(options, async (store) => {
    const view = await storedView(store.documents, name);
    if (view === null) throw noView(name);
    await forgetView(store.documents, view);
    return await store.delete({ filter: rowsOf(view.name) });
  });
  process.stderr.write(`removed ${name} and its ${grouped(removed)} rows\n`);
}

function rowsOf(name: string) {
  const span = { start: 0, end: 0 };
  const field = { kind: 'name', text: '_view', span } as const;
  return { kind: 'fieldPredicate', field, value: name, quoted: true, exact: true, span } as const;
}

function noView(name: string): CommandFailure {
  return wrongRequest(`there is no view \`${name}\``, '`weir views list` shows the views');
}
