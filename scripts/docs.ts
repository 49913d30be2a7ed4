import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Example } from '../src/engine/define.ts';
import { registry } from '../src/engine/registry.ts';
import { usageOf, vocabulary } from '../src/language.ts';

/**
 * Writes docs/reference/ from the registry: a page per operator, aggregate and function, and an
 * index. With `--check` it changes nothing and fails when the pages are not what it would write.
 */
const ROOT = 'docs/reference';
const GENERATED = ['operators', 'aggregates', 'functions'] as const;

interface Entry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly examples: readonly Example[];
}

const pages = new Map<string, string>();
for (const kind of GENERATED) {
  for (const entry of registry[kind]) pages.set(`${kind}/${fileName(entry.name)}.md`, page(kind, entry));
}
pages.set('language.md', index());

if (process.argv.includes('--check')) {
  const differing = [...new Set([...pages.keys(), ...existing()])].filter(
    (path) => pages.get(path) !== read(path),
  );
  if (differing.length > 0) {
    console.error(`docs/reference is not up to date (npm run docs): ${differing.slice(0, 10).join(', ')}`);
    process.exitCode = 1;
  }
} else {
  for (const kind of GENERATED) rmSync(join(ROOT, kind), { recursive: true, force: true });
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
  console.log(`${pages.size} pages written to ${ROOT}`);
}

function page(kind: (typeof GENERATED)[number], entry: Entry): string {
  const lines = [
    `# ${entry.name}`,
    '',
    entry.summary,
    '',
    '## Synopsis',
    '',
    '```',
    usageOf(entry.name) ?? entry.name,
    '```',
    '',
  ];
  if (entry.aliases !== undefined && entry.aliases.length > 0) {
    lines.push(`Other names: ${entry.aliases.map((alias) => `\`${alias}\``).join(', ')}.`, '');
  }
  if (entry.description !== undefined) lines.push('## Description', '', entry.description.trim(), '');
  if (entry.examples.length > 0) lines.push(entry.examples.length === 1 ? '## Example' : '## Examples', '');
  for (const example of entry.examples) {
    lines.push('```sumo', example.query.trim(), '```', '');
    if (example.input.trim() !== '')
      lines.push('over', '', '```', example.input.replace(/^\n|\n$/g, ''), '```', '', 'gives', '');
    lines.push('```', example.expect.trim(), '```', '');
  }
  return `${lines.join('\n').trimEnd()}\n\n[All ${kind}](../language.md)\n`;
}

function index(): string {
  const lines = [
    '# The language',
    '',
    'Made from the declarations in the code (`npm run docs`). How a query is built is told in the [guide](../guide/first-query.md).',
    '',
  ];
  for (const kind of GENERATED) {
    lines.push(`## ${kind[0]!.toUpperCase()}${kind.slice(1)}`, '', '| Name | What it does |', '|---|---|');
    for (const entry of [...registry[kind]].sort((a, b) =>
      a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1,
    )) {
      lines.push(
        `| [${entry.name}](${kind}/${fileName(entry.name)}.md) | ${entry.summary.replaceAll('|', '\\|')} |`,
      );
    }
    lines.push('');
  }
  lines.push(
    `${vocabulary.operators.length} operators, ${vocabulary.aggregates.length} aggregates, ${vocabulary.functions.length} functions.`,
  );
  return `${lines.join('\n')}\n`;
}

function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase();
}

function existing(): string[] {
  return GENERATED.flatMap((kind) => {
    const folder = join(ROOT, kind);
    if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
    return readdirSync(folder).map((file) => `${kind}/${file}`);
  });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return undefined;
  }
}
