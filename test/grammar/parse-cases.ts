import { Grammar, type Parsed, type ParseOptions } from '../../src/grammar/parse.ts';
import { vocabulary } from '../../src/language.ts';

/** One grammar for all tests of a file: building its parsers takes time. */
export const grammar = new Grammar(vocabulary);

/** Parses a query that must be right; throws its diagnostics otherwise. */
export function parsed(text: string, options: ParseOptions = {}): NonNullable<Parsed['query']> {
  const { query, diagnostics } = grammar.parse(text, options);
  if (query === null) throw new Error(`${text}\n${diagnostics.map(({ message }) => message).join('\n')}`);
  return query;
}

/** The only stage of `* | stage`, without spans. */
export function stageOf(stage: string): unknown {
  return bare(parsed(`* | ${stage}`).stages[0]);
}

/** The expression of `* | expression as x`, without spans. */
export function expressionOf(text: string): unknown {
  const stage = parsed(`* | where ${text}`).stages[0];
  if (stage?.kind !== 'operator') throw new Error(`${text} is no operator stage`);
  return bare(stage.args.condition);
}

/** Codes and the texts that the diagnostics point at. */
export function mistakes(text: string, options: ParseOptions = {}): readonly string[] {
  return grammar
    .parse(text, options)
    .diagnostics.map(
      ({ code, span }) =>
        `${code} at ${JSON.stringify(text.slice(span.start, Math.min(span.end, span.start + 60)))}`,
    );
}

/** A tree without its spans. */
export function bare(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) => (key === 'span' || key === 'nameSpan' ? undefined : inner)) ??
      'null',
  );
}
