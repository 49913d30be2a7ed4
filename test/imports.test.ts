import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');
const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

/** The folders of a line such as `a -> b, c -> d`, each with its place: lower may be imported by higher. */
function ranks(firstFolder: string): Map<string, number> {
  const line = new RegExp(`^\`(${firstFolder} -> [^\`]+)\`$`, 'm').exec(architecture)?.[1];
  if (line === undefined) throw new Error(`ARCHITECTURE.md has no line that starts with ${firstFolder}`);
  const groups = line.split('->').map((group) => group.split(',').map((folder) => folder.trim()));
  return new Map(groups.flatMap((group, rank) => group.map((folder) => [folder, rank] as const)));
}

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts') && !name.includes('/assembly/'));

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(src, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({
      from: file,
      to: relative(src, resolve(src, dirname(file), specifier)).replaceAll('\\', '/'),
    }));
});

function wrongImports(order: Map<string, number>, folderOf: (file: string) => string | undefined): string[] {
  return imports.flatMap(({ from, to }) => {
    const here = folderOf(from);
    const there = folderOf(to);
    const hereRank = here === undefined ? undefined : order.get(here);
    const thereRank = there === undefined ? undefined : order.get(there);
    if (here === there || hereRank === undefined || thereRank === undefined || thereRank < hereRank)
      return [];
    return [`${from} imports ${to}`];
  });
}

test('folders import only from folders to their left', () => {
  const order = ranks('grammar');
  expect(wrongImports(order, (file) => file.split('/')[0])).toEqual([]);
});

test('folders of the engine import only from folders to their left', () => {
  const order = ranks('columns');
  const folderOf = (file: string) => (file.startsWith('engine/') ? file.split('/')[1] : undefined);
  expect(wrongImports(order, folderOf)).toEqual([]);
});

test('every folder of src stands in the lines of ARCHITECTURE.md', () => {
  const order = new Set([...ranks('grammar').keys(), 'web']);
  const inner = new Set([...ranks('columns').keys(), 'time']);
  const unknown = files.filter((file) => {
    const [folder = '', inside = ''] = file.split('/');
    if (!file.includes('/')) return false;
    return !order.has(folder) || (folder === 'engine' && !inside.endsWith('.ts') && !inner.has(inside));
  });
  expect(unknown).toEqual([]);
});

test('only registry, plan and run know the registry inside the engine', () => {
  const known = /^engine\/(?:plan|run)\//;
  const wrong = imports.filter(
    ({ from, to }) => to === 'engine/registry.ts' && from.startsWith('engine/') && !known.test(from),
  );
  expect(wrong).toEqual([]);
});

test('grammar uses no node: module', () => {
  const wrong = files
    .filter((file) => file.startsWith('grammar/'))
    .filter((file) => /'node:/.test(readFileSync(join(src, file), 'utf8')));
  expect(wrong).toEqual([]);
});

for (const folder of ['operators', 'aggregates', 'functions']) {
  test(`every definition in engine/${folder} is in its index`, async () => {
    const inFolder = files.filter(
      (file) => file.startsWith(`engine/${folder}/`) && !file.endsWith('/index.ts'),
    );
    const index: Record<string, readonly unknown[]> = await import(join(src, 'engine', folder, 'index.ts'));
    const listed = new Set([...(index[folder] ?? []), ...(index.plannedOperators ?? [])]);
    const forgotten: string[] = [];
    for (const file of inFolder) {
      const module: Record<string, unknown> = await import(join(src, file));
      const kind = folder.slice(0, -1);
      for (const [name, value] of Object.entries(module)) {
        const isDefinition =
          typeof value === 'object' &&
          value !== null &&
          'kind' in value &&
          value.kind === kind &&
          'examples' in value;
        if (isDefinition && !listed.has(value)) forgotten.push(`${file}: ${name}`);
      }
    }
    expect(forgotten).toEqual([]);
  });
}
