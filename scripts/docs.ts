import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { commandLine } from '../src/cli/command-line.ts';
import {
  ALL_ENTRIES,
  ENTRIES,
  exampleMarkdown,
  REFERENCE_KINDS,
  type ReferenceEntry,
  type ReferenceKind,
  relatedTo,
  usageLine,
} from '../src/cli/reference.ts';
import type {
  AggregateDefinition,
  FunctionDefinition,
  OperatorDefinition,
  Parameter,
} from '../src/engine/define.ts';
import { DIAGNOSTIC_CODES } from '../src/grammar/diagnostics.ts';

/**
 * Writes docs/reference/ from the declarations in the code: a page per operator, aggregate, function
 * and word of the syntax, and the lists of all of them, of the diagnostics and of the commands. With `--check` it
 * changes nothing and fails when the pages are not what it would write. corpus.md is not its own.
 */
const ROOT = join(import.meta.dirname, '../docs/reference');
const KEPT = new Set(['corpus.md']);

function page(entry: ReferenceEntry): string {
  const aliases = (entry.aliases ?? []).map((alias) => `\`${alias}\``);
  const related = relatedTo(entry);
  const parts = [
    `# ${entry.name}`,
    entry.summary,
    `\`\`\`\n${usageLine(entry)}\n\`\`\``,
    aliases.length === 0 ? '' : `Other names: ${aliases.join(', ')}.`,
    entry.description?.trim() ?? '',
    factsOf(entry),
    entry.examples.length > 1 ? '## Examples' : '## Example',
    ...entry.examples.map(exampleMarkdown),
    related.length === 0
      ? ''
      : `## See also\n\n${related.map((other) => `[${labelOf(other, entry)}](../${pathOf(other)})`).join(', ')}`,
    `---\n\nOne of the [${entry.kind}s](../language.md#${entry.kind}s) · [guide](../../guide/first-query.md)`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A name that two kinds have is told apart. */
function labelOf(other: ReferenceEntry, from: ReferenceEntry): string {
  return other.name === from.name ? `${other.name} (${other.kind})` : other.name;
}

function factsOf(entry: ReferenceEntry): string {
  switch (entry.kind) {
    case 'operator':
      return operatorFacts(entry);
    case 'aggregate':
      return aggregateFacts(entry);
    case 'function':
      return functionFacts(entry);
    case 'word':
      return '';
  }
}

function table(rows: readonly (readonly [string, string])[]): string {
  return ['| | |', '|---|---|', ...rows.map(([name, text]) => `| ${name} | ${text} |`)].join('\n');
}

const STANDS = {
  both: 'messages and aggregate rows',
  raw: 'messages',
  aggregate: 'aggregate rows',
  'raw-to-aggregate': 'messages; gives aggregate rows',
} as const;
const ORDER = {
  keeps: 'kept',
  makes: 'made by this stage',
  needs: 'matters to this stage',
} as const;
const RUNS = {
  anywhere: 'on every worker, on its share of the data',
  'both-sides': 'on every worker in part, finished in one place',
  coordinator: 'in one place, on all rows',
} as const;

function operatorFacts({ stands, order, split, inRules, prepare }: OperatorDefinition): string {
  return table([
    ['Works on', STANDS[stands ?? 'both']],
    ['Order of rows', ORDER[order]],
    ['Runs', RUNS[prepare === undefined ? split : 'coordinator']],
    ['In extraction rules', inRules === true ? 'yes' : 'no'],
  ]);
}

function aggregateFacts({ name, input, mergeable, ordered, outputs }: AggregateDefinition): string {
  const span = { start: 0, end: 0 };
  const field = { kind: 'field', name: 'field', span } as const;
  const call = { name, nameSpan: span, args: [field], alias: null, span };
  const output = outputs(call)[0];
  return table([
    [
      'Takes',
      input === 'number' ? 'numbers; text is converted, what is no number is left out' : 'any values',
    ],
    ...(output === undefined ? [] : [['Result without `as`', `\`${output}\``] as const]),
    ['Runs', RUNS[mergeable ? 'both-sides' : 'coordinator']],
    ...(ordered === true ? [['Order of rows', 'matters'] as const] : []),
  ]);
}

const TYPES = {
  string: 'text; a number or boolean as its text',
  number: 'number; text is converted, other text gives null',
  boolean: 'boolean',
  any: 'any value',
  'regex-or-string': 'text or regular expression',
} as const;
const RETURNS: Readonly<Record<string, string>> = {
  string: 'text',
  long: 'whole number',
  double: 'number',
  boolean: 'boolean',
};

function functionFacts({ parameters, returns, nulls, dropsRowsOnNull }: FunctionDefinition): string {
  return table([
    ...parameters.map((parameter) => [`\`${parameter.name}\``, parameterText(parameter)] as const),
    ['Gives', RETURNS[returns] ?? returns],
    ['Null', nullText(nulls, dropsRowsOnNull === true, parameters.length)],
  ]);
}

function parameterText({ type, optional, rest }: Parameter): string {
  const text = TYPES[type];
  if (rest !== undefined) return `${text}; up to ${rest.atMost} arguments in all`;
  return optional === true ? `${text}; may be missing` : text;
}

function nullText(
  nulls: FunctionDefinition['nulls'],
  drops: boolean | undefined,
  parameters: number,
): string {
  if (drops === true) return 'a null result takes the row out';
  if (parameters === 0) return 'never';
  return nulls === 'handle' ? 'see above' : 'null for a null argument';
}

function languagePage(): string {
  const sections = REFERENCE_KINDS.map((kind) => {
    const entries = ENTRIES[kind];
    const rows = entries.map((entry) => `| [${entry.name}](${pathOf(entry)}) | ${cell(entry.summary)} |`);
    return [
      `## ${title(kind)}`,
      `${entries.length} ${kind}s.`,
      ['| Name | What it does |', '|---|---|', ...rows].join('\n'),
    ].join('\n\n');
  });
  return `${[
    '# The language',
    'Every operator, aggregate and function and the words of the syntax, made from the declarations in the code (`npm run docs`). How they make a query is told in [first query](../guide/first-query.md); what differs from the cloud product in [from Sumo](../guide/from-sumo.md). `weir help NAME` shows the same pages in the terminal. See also [diagnostics](diagnostics.md) and [commands](commands.md).',
    ...sections,
    `## Other names\n\n${otherNames()}`,
  ].join('\n\n')}\n`;
}

function otherNames(): string {
  const rows = ALL_ENTRIES.flatMap((entry) => (entry.aliases ?? []).map((alias) => ({ alias, entry })));
  const lines = rows
    .toSorted((a, b) => (a.alias.toLowerCase() < b.alias.toLowerCase() ? -1 : 1))
    .map(({ alias, entry }) => `| \`${alias}\` | [${entry.name}](${pathOf(entry)}) |`);
  return ['| Written | Means |', '|---|---|', ...lines].join('\n');
}

function diagnosticsPage(): string {
  const rows = Object.entries(DIAGNOSTIC_CODES)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, meaning]) => `| \`${code}\` | ${cell(meaning)} |`);
  return `${[
    '# Diagnostics',
    'What `weir check`, `weir query`, the language server and the APIs say of a query, by code. An error keeps a query from running, a warning does not; a hint is advice that only `weir check` and editors give.',
    ['| Code | Meaning |', '|---|---|', ...rows].join('\n'),
  ].join('\n\n')}\n`;
}

function commandsPage(): string {
  const program = commandLine();
  const sections = program.commands.map((command) => {
    const inner = command.commands.map((each) => `\`\`\`\n${helpOf(each)}\n\`\`\``);
    return [`## weir ${command.name()}`, `\`\`\`\n${helpOf(command)}\n\`\`\``, ...inner].join('\n\n');
  });
  return `${['# Commands', 'What `weir COMMAND --help` says. The guide is [command line](../guide/command-line.md).', ...sections].join('\n\n')}\n`;
}

function helpOf(command: Command): string {
  command.configureHelp({ ...command.configureHelp(), helpWidth: 96 });
  // An option that may come several times starts from nothing: no news.
  return command
    .helpInformation()
    .replaceAll(/\s*\(default: (?:\{\}|\[\])\)/g, '')
    .trimEnd();
}

function title(kind: ReferenceKind): string {
  return `${kind[0]?.toUpperCase()}${kind.slice(1)}s`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function pathOf({ kind, name }: ReferenceEntry): string {
  return `${kind}s/${name.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase()}.md`;
}

/** The pages that are there, but for those that someone else writes. */
function existing(): string[] {
  try {
    return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.md') && !KEPT.has(path));
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return undefined;
  }
}

function main(): void {
  const pages = new Map<string, string>();
  for (const entry of ALL_ENTRIES) pages.set(pathOf(entry), page(entry));
  pages.set('language.md', languagePage());
  pages.set('diagnostics.md', diagnosticsPage());
  pages.set('commands.md', commandsPage());

  if (process.argv.includes('--check')) {
    const differing = [...new Set([...pages.keys(), ...existing()])].filter(
      (path) => pages.get(path) !== read(path),
    );
    if (differing.length > 0) {
      console.error(`docs/reference is not up to date (npm run docs): ${differing.slice(0, 10).join(', ')}`);
      process.exitCode = 1;
    }
  } else {
    for (const path of existing()) if (!pages.has(path)) rmSync(join(ROOT, path));
    for (const [path, text] of pages) {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true });
      writeFileSync(join(ROOT, path), text);
    }
    console.log(`${pages.size} pages written to docs/reference`);
  }
}

main();
