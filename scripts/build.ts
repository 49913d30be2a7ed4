import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { build } from 'esbuild';

/**
 * Bundles the command line into dist/: a small entry, a chunk per command that is loaded when the
 * command runs, and the code of other threads. Start-up is part of the product. The folder appears
 * whole or not at all, so that a command which runs meanwhile never finds half of it.
 */
const FRESH = 'dist.new';
await rm(FRESH, { recursive: true, force: true });
await mkdir(FRESH, { recursive: true });
await build({
  entryPoints: {
    weir: 'src/cli/weir.ts',
    index: 'src/index.ts',
    worker: 'src/cli/worker.ts',
    'bulk-worker': 'src/store/bulk-worker.ts',
    'ingest-worker': 'src/ingest/ingest-worker.ts',
  },
  outdir: FRESH,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  chunkNames: 'chunk-[hash]',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await copyFile('src/engine/kernels/wasm/kernels.wasm', `${FRESH}/kernels.wasm`);
await rm('dist', { recursive: true, force: true });
await rename(FRESH, 'dist');
// A first run leaves the compiled code of what every query needs beside the bundle.
spawnSync(process.execPath, ['dist/weir.js', 'query', '* | count', '--input', 'package.json'], {
  stdio: 'ignore',
});
