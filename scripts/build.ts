import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import { writeQuerySnapshot } from './query-snapshot.ts';
import { type Imports, staticImports, type WholeChunk, wholeChunks } from './whole-chunks.ts';

/**
 * Bundles the command line into dist/: a small entry, a chunk per command that is loaded when the
 * command runs, and the code of other threads. Start-up is part of the product. The folder appears
 * whole or not at all, so that a command which runs meanwhile never finds half of it.
 */
const FRESH = 'dist.new';
/** What runs before the compile cache is on, or to start a thread as early as can be. */
const ALONE = ['src/cli/weir.ts', 'src/cli/worker.ts', 'src/cli/early-thread.ts'];

await rm(FRESH, { recursive: true, force: true });
await mkdir(FRESH, { recursive: true });
const options: BuildOptions = {
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
};
const imports = await staticImports(options);
await build({ ...options, plugins: [wholeChunks(imports, queryChunks(imports), ALONE)] });
await copyFile('src/engine/kernels/wasm/kernels.wasm', `${FRESH}/kernels.wasm`);
if (!(await writeQuerySnapshot(FRESH)))
  console.warn('this Node cannot make dist/query.blob: `weir query` starts more slowly');
await rm('dist', { recursive: true, force: true });
await rename(FRESH, 'dist');
// A first run leaves the compiled code of what every query needs beside the bundle.
spawnSync(process.execPath, ['dist/weir.js', 'query', '* | count', '--input', 'package.json'], {
  stdio: 'ignore',
});

/** What a query loads: the part that its threads need as well, the rest, and the same for the store. */
function queryChunks(imports: Imports): WholeChunk[] {
  const of = (...files: string[]) => files.flatMap((file) => [...(imports.get(file) ?? [])]);
  const thread = new Set(of('src/cli/worker-tasks.ts'));
  const alone = new Set(['src/cli/main.ts', ...ALONE]);
  const query = new Set(
    of('src/cli/main.ts', 'src/cli/commands/query.ts').filter((file) => !alone.has(file)),
  );
  const store = new Set(of('src/store/store.ts').filter((file) => !query.has(file)));
  const chunk = (name: string, files: ReadonlySet<string>, threads: boolean): WholeChunk => ({
    name,
    files: new Set([...files].filter((file) => thread.has(file) === threads)),
  });
  return [
    chunk('engine', query, true),
    chunk('query', query, false),
    chunk('store-reader', store, true),
    chunk('store', store, false),
  ];
}
