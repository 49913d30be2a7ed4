import { copyFile, mkdir, rm } from 'node:fs/promises';
import { build } from 'esbuild';

/**
 * Bundles the command line into dist/: one small entry, one chunk for what every query needs, and a
 * chunk per command that is loaded when the command runs, since start-up is part of the product.
 */
await rm(process.env.OUT, { recursive: true, force: true });
await mkdir(process.env.OUT, { recursive: true });
await build({
  entryPoints: {
    weir: 'src/cli/main.ts',
    index: 'src/index.ts',
    worker: 'src/cli/worker.ts',
    'bulk-worker': 'src/store/bulk-worker.ts',
  },
  outdir: process.env.OUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  keepNames: false,
  sourcemap: false,
  legalComments: 'none',
  chunkNames: 'chunk-[hash]',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await copyFile('src/engine/kernels/wasm/kernels.wasm', process.env.OUT + '/kernels.wasm');
