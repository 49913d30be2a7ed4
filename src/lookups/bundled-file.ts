import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The folder that holds weir's `package.json`, whether this code runs from its sources or bundled.
 * Throws when there is none above this file.
 */
export function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "weir"')) return folder;
    if (folder === dirname(folder)) throw new Error('the package folder was not found');
  }
}

/** The bytes of a file that a dependency ships, or null when the package is not installed. */
export function dependencyFile(packageName: string, file: string): Buffer | null {
  const resolve = createRequire(import.meta.url).resolve;
  try {
    return readFileSync(join(dirname(resolve(`${packageName}/package.json`)), file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'MODULE_NOT_FOUND' || code === 'ENOENT') return null;
    throw error;
  }
}

/** A small table that ships with weir, as text: `protocol-numbers.csv`; null when there is none of that name. */
export function bundledTable(fileName: string): string | null {
  if (!/^[\w.-]+\.csv$/.test(fileName)) return null;
  const path = join(packageRoot(), 'queries', 'lookups', fileName);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
