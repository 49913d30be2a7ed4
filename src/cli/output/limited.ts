import { type Batch, selectRows } from '../../engine/columns/batch.ts';

/** The first `rows` rows of a result; reading stops there. */
export async function* limited(batches: AsyncIterable<Batch>, rows: number): AsyncIterable<Batch> {
  let left = rows;
  for await (const batch of batches) {
    if (batch.length <= left) yield batch;
    else
      yield selectRows(
        batch,
        Uint32Array.from({ length: left }, (_, row) => row),
      );
    left -= batch.length;
    if (left <= 0) return;
  }
}
