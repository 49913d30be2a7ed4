import { Follower } from '../../ingest/follow.ts';
import { interruptSignal } from '../interrupt.ts';
import { withWritableStore } from '../open-store.ts';
import { warn } from '../warn.ts';
import { cloudwatchOf, type IngestOptions, printReceipt, readingOf, rulesOf } from './ingest.ts';

/** `weir ingest --follow`: goes on until it is interrupted, which is its ordinary end. */
export async function ingestFollowed(paths: readonly string[], options: IngestOptions): Promise<void> {
  const { source, cloudwatch } = await readingOf(options);
  const signal = interruptSignal();
  const receipt = await withWritableStore(options, async (store) => {
    const rules = await rulesOf(store);
    const work = {
      paths,
      settings: { format: options.format, source, ...cloudwatchOf(cloudwatch), now: Date.now },
      category: source.given.category ?? '',
    };
    const follower = new Follower(store, work, {
      rules: () => rules,
      now: Date.now,
      write: (level, event, { path, problem } = {}) => {
        const where = path === undefined ? '' : `\`${String(path)}\`: `;
        const waiting = event === 'follow-waits' ? '; waiting for it' : '';
        if (level !== 'info') warn(`${where}${String(problem)}${waiting}`);
      },
    });
    process.stderr.write('following; Ctrl-C ends\n');
    await follower.run(signal);
    return follower.receipt();
  });
  await printReceipt(receipt, options);
}
