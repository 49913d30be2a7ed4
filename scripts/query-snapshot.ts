import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** What `weir query` can need: its own code, and nothing that the other commands load. */
const QUERY_ONLY: Plugin = {
  name: 'query-only',
  setup(plugin) {
    plugin.onResolve({ filter: /^\.\.?\/commands\// }, ({ path, kind }) =>
      kind === 'dynamic-import' && !path.endsWith('/query.ts') ? { path, external: true } : undefined,
    );
  },
};

/**
 * Parts of Node that are loaded when one of their functions is called. A thread of a process that began
 * with them in its heap cannot load them: Node then ends the process.
 */
const LATE_PARTS: Plugin = {
  name: 'late-parts',
  setup(plugin) {
    plugin.onResolve({ filter: /^(node:)?(child_process|crypto|net)$/ }, ({ path }) => ({
      path: path.replace(/^(node:)?/, 'node:'),
      namespace: 'late-part',
    }));
    plugin.onLoad({ filter: /.*/, namespace: 'late-part' }, ({ path }) => {
      const part: object = process.getBuiltinModule(path) ?? {};
      const late = Object.entries(part).map(([name, value]) =>
        typeof value === 'function'
          ? `export function ${name}(...words) { return process.getBuiltinModule('${path}').${name}(...words); }`
          : '',
      );
      return { contents: `${late.join('\n')}\nexport default {};` };
    });
  },
};

/**
 * Writes `query.blob` into the folder of the bundle. False, and no blob, where this Node cannot make one
 * that works; `weir query` then starts from its files.
 */
export async function writeQuerySnapshot(folder: string): Promise<boolean> {
  const blob = resolve(folder, 'query.blob');
  if ((await makeQueryBlob(folder, blob)) && (await works(folder, blob))) return true;
  await rm(blob, { force: true });
  return false;
}

/**
 * Makes the heap of a Node that has loaded all that `weir query` needs, from which it starts in half the
 * time. bin/weir uses it where it is newer than the Node that made it. `folder` is for what is passing.
 */
export async function makeQueryBlob(folder: string, blob: string): Promise<boolean> {
  const script = resolve(folder, 'query-snapshot.cjs');
  const settings = resolve(folder, 'query-snapshot.json');
  await build({
    entryPoints: ['src/cli/query-snapshot.ts'],
    outfile: script,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    define: { 'import.meta.url': 'globalThis.weirModule', 'import.meta.dirname': 'globalThis.weirFolder' },
    plugins: [QUERY_ONLY, LATE_PARTS],
    logLevel: 'warning',
  });
  // Node's own compiled code would tie the blob to the features of this processor.
  await writeFile(settings, JSON.stringify({ builder: script, withoutCodeCache: true }));
  const words = ['--snapshot-blob', blob, '--build-snapshot-config', settings];
  const made = spawnSync(process.execPath, words, { stdio: 'ignore' }).status === 0;
  await Promise.all([rm(script), rm(settings)]);
  return made;
}

/** Whether a query over a file that is large enough for several threads gives what it should. */
async function works(folder: string, blob: string): Promise<boolean> {
  const input = join(folder, 'query-snapshot.log');
  const line = `${'x'.repeat(1023)}\n`;
  const lines = 60_000;
  await writeFile(input, line.repeat(lines));
  const words = ['--snapshot-blob', blob, resolve(folder, 'weir.js'), 'query', '* | count'];
  const env = { ...process.env, WEIR_THREADS: '2' };
  const { stdout } = spawnSync(process.execPath, [...words, '--input', input, '-o', 'json'], { env });
  await rm(input);
  return String(stdout).includes(`"_count":${lines}`);
}
