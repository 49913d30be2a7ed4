import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test('the clients of AWS services work in a bundle, and are loaded only when they are used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-bundle-'));
  try {
    const { metafile } = await build({
      stdin: {
        contents: `export { Bucket } from './src/ingest/s3-bucket.ts';
          export { Queue } from './src/ingest/sqs-queue.ts';
          export { NetworkInterfaces } from './src/ingest/network-interfaces.ts';`,
        resolveDir: join(import.meta.dirname, '../..'),
      },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      metafile: true,
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    });
    const entry = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === '<stdin>');
    expect(entry?.bytes).toBeLessThan(100_000);
    const bundle = (await import(join(folder, 'stdin.mjs'))) as {
      Bucket: typeof import('../../src/ingest/s3-bucket.ts').Bucket;
      Queue: typeof import('../../src/ingest/sqs-queue.ts').Queue;
      NetworkInterfaces: typeof import('../../src/ingest/network-interfaces.ts').NetworkInterfaces;
    };
    const address = { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' };
    const bucket = await bundle.Bucket.open({
      ...address,
      bucket: 'b',
      path: '*',
      forcePathStyle: true,
      scanInterval: 1000,
      start: 'all',
      notifications: null,
    });
    bucket.close();
    (await bundle.Queue.open({ ...address, queue: 'http://127.0.0.1:1/q' }, null)).close();
    const interfaces = await bundle.NetworkInterfaces.open(address);
    expect(interfaces.region).toBe('eu-west-1');
    interfaces.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
