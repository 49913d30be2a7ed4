import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { type ThreadAnswer, type ThreadTask, workerPool } from '../../src/cli/worker-pool.ts';
import { QueryFailure } from '../../src/engine/define.ts';
import type { ShareAnswer, ShareTask } from '../../src/engine/run/share.ts';

/** A thread that answers when the test says so. */
class FakeThread extends EventEmitter {
  readonly asked: ThreadTask[] = [];
  readonly ref = vi.fn();
  readonly unref = vi.fn();

  postMessage(message: ThreadTask): void {
    this.asked.push(message);
  }

  answer(place: number, answer: Omit<ThreadAnswer, 'id'>): void {
    this.emit('message', { id: this.asked[place]!.id, ...answer });
  }
}

function pool() {
  const threads: FakeThread[] = [];
  const made = workerPool(() => {
    threads.push(new FakeThread());
    return threads.at(-1) as unknown as Worker;
  });
  return { made, threads };
}

const task = (kind: string) => ({ kind, counter: new SharedArrayBuffer(4) }) as ShareTask;
const answered = (rows: number) => ({ rows }) as ShareAnswer;
const { signal } = new AbortController();

test('runs at the same time get their own answers, whichever comes first', async () => {
  const { made, threads } = pool();
  const first = made.run(task('first'), 1, signal);
  const second = made.run(task('second'), 1, signal);
  const third = made.run(task('third'), 1, signal);
  expect(threads.length).toBe(1);
  const [thread] = threads;
  expect(thread!.asked.map(({ task: asked }) => asked.kind)).toEqual(['first', 'second', 'third']);
  thread!.answer(1, { answer: answered(2) });
  expect(await second).toEqual([{ rows: 2 }]);
  expect(thread!.unref).not.toHaveBeenCalled();
  thread!.answer(2, { stopped: { reason: 'cancelled', message: 'the query was cancelled', hint: null } });
  await expect(third).rejects.toThrow(QueryFailure);
  thread!.answer(0, { answer: answered(1) });
  expect(await first).toEqual([{ rows: 1 }]);
  expect(thread!.unref).toHaveBeenCalledTimes(1);
});

test('a thread that dies fails the runs that asked it, and the next run gets a new one', async () => {
  const { made, threads } = pool();
  const runs = [made.run(task('a'), 1, signal), made.run(task('b'), 1, signal)];
  threads[0]!.emit('error', new Error('out of memory'));
  for (const run of runs) await expect(run).rejects.toThrow('out of memory');
  const next = made.run(task('c'), 1, signal);
  expect(threads.length).toBe(2);
  threads[1]!.answer(0, { answer: answered(3) });
  expect(await next).toEqual([{ rows: 3 }]);
});

test('small runs add up to a thread; once there is one, it is asked for less', () => {
  const { made } = pool();
  const megabytes = (count: number) => made.pays(count << 20);
  expect([megabytes(20), megabytes(20), megabytes(1), megabytes(20)]).toEqual([false, false, false, true]);
  const running = pool().made;
  void running.run(task('a'), 1, signal);
  expect([running.pays(5 << 20), running.pays(1 << 20)]).toEqual([true, false]);
  expect(pool().made.pays(50 << 20)).toBe(true);
});
