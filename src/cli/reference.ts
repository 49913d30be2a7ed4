import type {
  AggregateDefinition,
  Example,
  FunctionDefinition,
  OperatorDefinition,
} from '../engine/define.ts';
import { registry } from '../engine/registry.ts';
import { usageOf } from '../language.ts';

/** What a word of the language may be. */
export type ReferenceKind = 'operator' | 'aggregate' | 'function';

type Entry = OperatorDefinition | AggregateDefinition | FunctionDefinition;

/** The definitions that a name stands for, one per kind. */
export function entriesNamed(name: string): readonly Entry[] {
  return [registry.operator(name), registry.aggregate(name), registry.function(name)].filter(
    (entry) => entry !== null,
  );
}

/** The reference of a word as Markdown, for an editor; null when nothing of that kind has the name. */
export function referenceMarkdown(name: string, kind: ReferenceKind): string | null {
  const entry = entriesNamed(name).find((each) => each.kind === kind);
  if (entry === undefined) return null;
  const parts = [
    fenced(usageOf(entry.name) ?? entry.name, 'sumo'),
    entry.summary,
    entry.description?.trim() ?? '',
    ...entry.examples.slice(0, 1).map(exampleMarkdown),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function exampleMarkdown({ query, input, expect }: Example): string {
  const over = input.trim() === '' ? '' : `over\n\n${fenced(input)}\n\n`;
  return `${fenced(query.trim(), 'sumo')}\n\n${over}gives\n\n${fenced(expect.trim())}`;
}

/** A code block whose fence is longer than any in the text. */
function fenced(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}${language}\n${text}\n${fence}`;
}
