import { parentPort } from 'node:worker_threads';
import { acquireKernels, releaseKernels } from '../engine/kernels/wasm/memory.ts';
import { type IngestTask, ingestRuns } from './shared-ingest.ts';

// One of several threads that read files into segments together: takes a task, answers with what it did.
parentPort?.on('message', async (task: IngestTask) => {
  const kernels = acquireKernels();
  if (kernels === null) throw new Error('there are no kernels on this thread');
  parentPort?.postMessage(await ingestRuns(task, kernels, () => null));
  releaseKernels(kernels);
});
