import { expect, test } from 'vitest';
import { SegmentCollector } from '../../src/store/segment-collector.ts';
import { SegmentPool } from '../../src/store/segment-pool.ts';
import { segmentFile, writeSegment } from '../../src/store/write-segment.ts';
import { MemoryDisk } from './memory-disk.ts';
import { messages } from './messages.ts';

const FOLDER = '/segments';

/** A disk with so many segments of one message each. */
async function segments(count: number): Promise<{ disk: MemoryDisk; files: string[] }> {
  const disk = new MemoryDisk();
  await disk.makeFolder(FOLDER);
  const files = Array.from({ length: count }, (_, number) => segmentFile(number));
  for (const [number, file] of files.entries()) {
    const collector = new SegmentCollector(1);
    collector.add(messages([`message ${number}`]));
    await writeSegment(disk, FOLDER, file, collector, number);
  }
  return { disk, files };
}

test('segments that nobody reads do not all stay open, those that are read do', async () => {
  const { disk, files } = await segments(140);
  const pool = new SegmentPool(disk, FOLDER);
  const readers = [];
  for (const file of files) readers.push(await pool.acquire(file));
  const again = await pool.acquire(files[0]!);
  expect(again).toBe(readers[0]);
  for (const reader of readers) await pool.release(reader);
  // The first one is read still; of the others the oldest were closed.
  expect(await pool.acquire(files[0]!)).toBe(again);
  expect(await pool.acquire(files[139]!)).toBe(readers[139]);
  expect(await pool.acquire(files[120]!)).toBe(readers[120]);
  const reopened = await pool.acquire(files[1]!);
  expect(reopened).not.toBe(readers[1]);
  expect(reopened.index.rows).toBe(1);
  await pool.close();
});

test('a segment that is retired while it is read goes afterwards', async () => {
  const { disk, files } = await segments(2);
  const pool = new SegmentPool(disk, FOLDER);
  const reader = await pool.acquire(files[0]!);
  await pool.retire(files[0]!);
  expect(reader.index.rows).toBe(1);
  expect(await disk.exists(`${FOLDER}/${files[0]}`)).toBe(true);
  await pool.release(reader);
  expect(await disk.exists(`${FOLDER}/${files[0]}`)).toBe(false);
  await pool.release(await pool.acquire(files[1]!));
  await pool.retire(files[1]!);
  expect(await disk.exists(`${FOLDER}/${files[1]}`)).toBe(false);
  await pool.close();
});
