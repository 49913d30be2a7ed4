import { parentPort, workerData } from 'node:worker_threads';
import type { Batch } from '../engine/columns/batch.ts';
import { inKernels } from '../engine/kernels/batch-in-kernels.ts';
import { acquireKernels, withKernels } from '../engine/kernels/wasm/memory.ts';
import { codeOf, reasonOf } from '../engine/reason-of.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './bulk-thread.ts';
import { realDisk } from './disk.ts';
import { LateFields } from './late-fields.ts';
import { SegmentCollector } from './segment-collector.ts';
import { openSharedBatch } from './shared-batch.ts';
import { decodeFrameBatch } from './write-ahead-log.ts';
import { writeSegment } from './write-segment.ts';

// The thread that turns batches of a bulk ingest into segments, while another one reads and parses.
const { folder, memories } = workerData as WorkerSetup;
const answer = (message: FromWorker): void => parentPort?.postMessage(message);

/** For the rules of batches that still have to go through them. */
const kernels = acquireKernels();
let collector = new SegmentCollector(Infinity);
/** What came while a full segment waits for its name. */
const queue: ToWorker[] = [];
let waiting = false;
let running = Promise.resolve();

parentPort?.on('message', (message: ToWorker) => {
  running = running.then(() => take(message)).catch(fail);
});
answer({ kind: 'ready' });

async function take(message: ToWorker): Promise<void> {
  if (waiting && message.kind !== 'write') {
    queue.push(message);
    return;
  }
  switch (message.kind) {
    case 'batch': {
      const memory = message.memory ?? memories[message.slot]!;
      await collect(openSharedBatch(message.batch, memory), message.late);
      answer({ kind: 'free', slot: message.slot });
      if (collector.full) askForName();
      return;
    }
    case 'frame': {
      const { batch, late } = decodeFrameBatch(message.frame, message.batch);
      await collect(batch, late);
      if (collector.full) askForName();
      return;
    }
    case 'finish':
      if (collector.rows === 0) answer({ kind: 'finished' });
      else {
        queue.push(message);
        askForName();
      }
      return;
    case 'write': {
      const done = collector;
      collector = new SegmentCollector(Infinity);
      waiting = false;
      const entry = await writeSegment(realDisk, folder, message.file, done, message.sequence);
      answer({ kind: 'written', segment: { entry, fields: done.fieldNames() } });
      for (const later of queue.splice(0)) await take(later);
      return;
    }
  }
}

async function collect(batch: Batch, late: string | null): Promise<void> {
  const fields = late === null ? null : await LateFields.of(late);
  if (fields === null) collector.add(batch);
  else if (kernels === null) collector.add(fields.add(batch));
  else {
    const loaded = inKernels(batch, kernels);
    collector.add(withKernels(kernels, () => fields.add(loaded)));
    kernels.reset();
  }
}

function askForName(): void {
  waiting = true;
  answer({ kind: 'full', rows: collector.rows });
}

function fail(error: unknown): void {
  answer({ kind: 'failed', code: codeOf(error), message: reasonOf(error) });
}
