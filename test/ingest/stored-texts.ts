import { columnNamed } from '../../src/engine/columns/batch.ts';
import { textAt } from '../../src/engine/columns/column.ts';
import { ALL_TIME } from '../../src/engine/source.ts';
import type { Store } from '../../src/store/store.ts';

/** One field of everything in a store, as texts, sorted. */
export async function storedTexts(store: Store, field = '_raw'): Promise<string[]> {
  const scan = await store.source().scan({
    fields: [field],
    time: ALL_TIME,
    timeBasis: 'message',
    filter: { kind: 'all', span: { start: 0, end: 0 } },
    order: 'any',
    limit: null,
    batchRows: 4096,
    signal: new AbortController().signal,
  });
  const texts: string[] = [];
  for await (const batch of scan.batches()) {
    const column = columnNamed(batch, field);
    for (let row = 0; row < batch.length; row++) texts.push(textAt(column, row) ?? '');
  }
  return texts.sort();
}
