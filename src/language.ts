import { registry } from './engine/registry.ts';
import type { Stage } from './grammar/ast.ts';
import { type Completion, complete, type KnownNames, openPipelines } from './grammar/complete.ts';
import { type Formatted, formatText } from './grammar/format.ts';
import { tokenAt } from './grammar/layout.ts';
import { Grammar, type Parsed, type ParseOptions } from './grammar/parse.ts';
import type { Span } from './grammar/span.ts';
import { isSyntax } from './grammar/tokens.ts';
import { usageOf as usage } from './grammar/usage.ts';
import type { Vocabulary } from './grammar/vocabulary.ts';

/** What the grammar knows of the language as it ships. */
export const vocabulary: Vocabulary = {
  operators: registry.operators.map(({ name, aliases, syntax, summary }) => ({
    name,
    aliases: aliases ?? [],
    syntax,
    summary,
  })),
  functions: registry.functions.map(({ name, aliases, parameters, summary }) => ({
    name,
    aliases: aliases ?? [],
    usage: `${name}(${parameters.map((parameter) => (parameter.optional ? `[${parameter.name}]` : parameter.name)).join(', ')})`,
    summary,
  })),
  aggregates: registry.aggregates.map(({ name, aliases, usage: arguments_, summary }) => ({
    name,
    aliases: aliases ?? [],
    usage: `${name}${arguments_}`,
    summary,
  })),
};

const grammar = new Grammar(vocabulary);

/** Builds now what is else built of the parsers when a query first needs it. */
export function prepareParsers(): void {
  grammar.parsers.prepareAll();
}

/** Parses a query in the language as it ships. Never throws; `query` is null when there is an error. */
export function parseQuery(text: string, options: ParseOptions = {}): Parsed {
  return grammar.parse(text, options);
}

/** The complete stages before an offset in a pipeline that is open there. */
export interface StagesBefore {
  readonly stages: readonly Stage[];
  /** Whether the pipeline searches by itself and does not get the rows of the one around it. */
  readonly searches: boolean;
}

/** What stands before an offset: in the query, then in each pipeline that nests around the offset. */
export function stagesBefore(
  text: string,
  offset: number,
  start: 'scope' | 'stages' = 'scope',
): readonly StagesBefore[] {
  const { layout } = grammar.scan(text.slice(0, offset), start);
  return openPipelines(layout).map(({ layout: { span, scope, stages }, searches }) => {
    const before = text.slice(span.start, stages.at(-1)?.span.start ?? span.start);
    const parsed = grammar.parse(before, { mode: 'check', start: scope === null ? 'stages' : 'scope' });
    return { stages: parsed.partial.stages, searches };
  });
}

/** The word or mark of the syntax at an offset: `as`, `nodrop`, `&&`; null at fields, values and names of operators. */
export function syntaxAt(
  text: string,
  offset: number,
  start: ParseOptions['start'] = 'scope',
): { readonly word: string; readonly span: Span } | null {
  const token = tokenAt(grammar.read(text, { mode: 'check', start }).layout, offset);
  return token !== null && isSyntax(token) ? { word: token.image.toLowerCase(), span: token.span } : null;
}

/** Prints a query in its standard form; `text` is null when it has errors. No line break at the end. */
export function formatQuery(text: string): Formatted {
  return formatText(grammar, text);
}

/** Prints a pipeline without a search expression in its standard form. */
export function formatStages(text: string): Formatted {
  return formatText(grammar, text, 'stages');
}

/** What could be written at an offset of a query. `known` holds names that only the caller has. */
export function completeAt(text: string, offset: number, known: KnownNames = {}): readonly Completion[] {
  return complete(grammar, text, offset, known);
}

/** The usage line of an operator, aggregate or function, or null when nothing has that name. */
export function usageOf(name: string): string | null {
  const lower = name.toLowerCase();
  const operator = grammar.forms.operators.get(lower);
  if (operator !== undefined) return usage(operator.entry);
  return grammar.forms.aggregates.get(lower)?.usage ?? grammar.forms.functions.get(lower)?.usage ?? null;
}
