import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** The files that a file imports statically, and those that these import, by file, itself included. */
export type Imports = ReadonlyMap<string, ReadonlySet<string>>;

/** Files that are loaded together, and what loads them: paths as in `Imports`. */
export interface WholeChunk {
  readonly name: string;
  readonly files: ReadonlySet<string>;
}

/** The static imports of the files that a build bundles, in paths relative to the working folder. */
export async function staticImports(options: BuildOptions): Promise<Imports> {
  const { metafile } = await build({ ...options, write: false, metafile: true });
  const closures = new Map<string, ReadonlySet<string>>();
  for (const file of Object.keys(metafile?.inputs ?? {})) closures.set(file, closureOf(file, metafile!));
  return closures;
}

function closureOf(file: string, { inputs }: Metafile): ReadonlySet<string> {
  const files = new Set([file]);
  // A set gives what is added while it is read, too.
  for (const each of files) {
    for (const { path, kind, external } of inputs[each]?.imports ?? []) {
      if (kind !== 'dynamic-import' && external !== true) files.add(path);
    }
  }
  return files;
}

/**
 * esbuild puts files into one chunk when the same entries and dynamic imports need them, which makes
 * dozens of small ones; each costs about a millisecond to load. With this, whatever needs one file of a
 * whole chunk loads all of it, so that esbuild leaves it in one piece. `alone` are files that must not
 * wait for that.
 */
export function wholeChunks(
  imports: Imports,
  chunks: readonly WholeChunk[],
  alone: readonly string[],
): Plugin {
  const root = process.cwd();
  const absolute = (file: string) => JSON.stringify(join(root, file));
  return {
    name: 'whole-chunks',
    setup(plugin) {
      plugin.onResolve({ filter: /^[^:]+$/ }, async ({ path, kind, resolveDir, pluginData }) => {
        if ((kind !== 'entry-point' && kind !== 'dynamic-import') || pluginData === RESOLVED) return;
        const from = kind === 'entry-point' ? root : resolveDir;
        const given = kind === 'entry-point' ? `./${path}` : path;
        const found = await plugin.resolve(given, { kind, resolveDir: from, pluginData: RESOLVED });
        const file = found.path.startsWith(`${root}/`) ? found.path.slice(root.length + 1) : found.path;
        if (found.errors.length > 0 || !imports.has(file) || alone.includes(file)) return;
        return { path: file, namespace: 'with-chunks' };
      });
      plugin.onLoad({ filter: /.*/, namespace: 'with-chunks' }, ({ path }) => {
        const needed = imports.get(path) ?? new Set();
        const touched = chunks.filter(({ files }) => [...needed].some((file) => files.has(file)));
        const loads = touched.map(({ name }) => `import 'whole-chunk:${name}';`);
        return { contents: [...loads, `export * from ${absolute(path)};`].join('\n'), resolveDir: root };
      });
      plugin.onResolve({ filter: /^whole-chunk:/ }, ({ path }) => ({ path, namespace: 'whole-chunk' }));
      plugin.onLoad({ filter: /.*/, namespace: 'whole-chunk' }, ({ path }) => {
        const chunk = chunks.find(({ name }) => path === `whole-chunk:${name}`);
        // What packages bring is reached through files of ours.
        const files = [...(chunk?.files ?? [])].filter((file) => file.startsWith('src/'));
        return { contents: files.map((file) => `import ${absolute(file)};`).join('\n'), resolveDir: root };
      });
    },
  };
}

/** Marks a path that is only looked up. */
const RESOLVED = 'resolved';
