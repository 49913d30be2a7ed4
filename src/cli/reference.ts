import type {
  AggregateDefinition,
  Example,
  FunctionDefinition,
  OperatorDefinition,
} from '../engine/define.ts';
import { registry } from '../engine/registry.ts';
import { usageOf } from '../language.ts';
import { SYNTAX_WORDS, type SyntaxWord } from './syntax-words.ts';

/** What a word of the language may be; `word` is a word or mark of the syntax itself. */
export type ReferenceKind = 'operator' | 'aggregate' | 'function' | 'word';

/** A word of the language with its documentation. */
export type ReferenceEntry = OperatorDefinition | AggregateDefinition | FunctionDefinition | SyntaxWord;

/** All entries, by kind, in alphabetical order whatever the letter case. */
export const ENTRIES: Readonly<Record<ReferenceKind, readonly ReferenceEntry[]>> = {
  operator: sorted(registry.operators),
  aggregate: sorted(registry.aggregates),
  function: sorted(registry.functions),
  word: sorted(SYNTAX_WORDS),
};

/** The kinds in the order in which lists show them. */
export const REFERENCE_KINDS: readonly ReferenceKind[] = ['operator', 'aggregate', 'function', 'word'];

/** All entries, one kind after the other. */
export const ALL_ENTRIES: readonly ReferenceEntry[] = REFERENCE_KINDS.flatMap((kind) => ENTRIES[kind]);

function sorted(entries: readonly ReferenceEntry[]): readonly ReferenceEntry[] {
  return entries.toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

/** The entries that a name or alias stands for: one per kind, but a mark may mean several things. */
export function entriesNamed(name: string): readonly ReferenceEntry[] {
  const registered = [registry.operator(name), registry.aggregate(name), registry.function(name)];
  const key = name.toLowerCase();
  const words = SYNTAX_WORDS.filter((word) => word.name === key || word.aliases?.includes(key));
  return [...registered.filter((entry) => entry !== null), ...words];
}

/** The usage line of an entry; one of a name that is both aggregate and function is of its own kind. */
export function usageLine(entry: ReferenceEntry): string {
  switch (entry.kind) {
    case 'operator':
      return usageOf(entry.name) ?? entry.name;
    case 'aggregate':
      return `${entry.name}${entry.usage}`;
    case 'word':
      return entry.usage;
    case 'function': {
      const parameters = entry.parameters.map(({ name, optional, rest }, at) => {
        const text = `${at === 0 ? '' : ', '}${name}${rest === undefined ? '' : ', …'}`;
        return optional === true ? `[${text}]` : text;
      });
      return `${entry.name}(${parameters.join('')})`;
    }
  }
}

const RELATED_LIMIT = 12;

/** The entries that an entry names in its description, then those whose descriptions name it. */
export function relatedTo(entry: ReferenceEntry): readonly ReferenceEntry[] {
  const namedHere = namesIn(entry);
  const here = ALL_ENTRIES.filter((other) => other !== entry && isNamed(other, namedHere));
  const back = ALL_ENTRIES.filter((other) => other !== entry && isNamed(entry, namesIn(other)));
  return [...new Set([...here, ...back])].slice(0, RELATED_LIMIT);
}

function isNamed(entry: ReferenceEntry, names: ReadonlySet<string>): boolean {
  return [entry.name, ...(entry.aliases ?? [])].some((name) => names.has(name.toLowerCase()));
}

/** The words in backticks, alone or before a parenthesis, in lower case. */
function namesIn({ summary, description = '' }: ReferenceEntry): ReadonlySet<string> {
  const quoted = `${summary}\n${description}`.matchAll(/`([a-z][\w ]*?)(?:\([^`]*\))?`/gi);
  return new Set([...quoted].map(([, name = '']) => name.toLowerCase()));
}

/** The reference of a word as Markdown, for an editor; null when nothing of that kind has the name. */
export function referenceMarkdown(name: string, kind: ReferenceKind): string | null {
  const entry = entriesNamed(name).find((each) => each.kind === kind);
  if (entry === undefined) return null;
  const parts = [
    fenced(usageLine(entry), 'sumo'),
    entry.summary,
    entry.description?.trim() ?? '',
    ...entry.examples.slice(0, 1).map(exampleMarkdown),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** An example as Markdown: the query, the messages it runs over, the result. */
export function exampleMarkdown({ query, input, expect }: Example): string {
  const over = input.trim() === '' ? '' : `over\n\n${fenced(input.replace(/^\n|\n$/g, ''))}\n\n`;
  return `${fenced(query.trim(), 'sumo')}\n\n${over}gives\n\n${fenced(expect.trim())}`;
}

/** A code block whose fence is longer than any in the text. */
function fenced(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}${language}\n${text}\n${fence}`;
}
