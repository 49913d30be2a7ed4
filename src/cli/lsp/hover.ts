import { argParts, visitExpression } from '../../engine/expression/references.ts';
import { subqueriesOf } from '../../engine/plan/plan-query.ts';
import type { Expression, Stage } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/span.ts';
import { parseQuery, syntaxAt } from '../../language.ts';
import { type EmbeddedQuery, startOf } from '../embedded-query.ts';
import { type ReferenceKind, referenceMarkdown } from '../reference.ts';

/** The reference of the operator, aggregate, function or word of the syntax at a place of a query, and its span. */
export function hoverAt(
  { text, kind }: EmbeddedQuery,
  offset: number,
): { readonly markdown: string; readonly span: Span } | null {
  const start = startOf(kind);
  const { partial } = parseQuery(text, { mode: 'check', start });
  const stages = [...partial.stages, ...subqueriesOf(partial).flatMap(({ child }) => child.stages)];
  for (const word of stages.flatMap(wordsOf)) {
    if (offset < word.span.start || offset > word.span.end) continue;
    const markdown = referenceMarkdown(word.name, word.kind);
    if (markdown !== null) return { markdown, span: word.span };
  }
  const found = syntaxAt(text, offset, start);
  if (found === null) return null;
  const markdown = referenceMarkdown(nameOfSyntax(found.word), 'word');
  return markdown === null ? null : { markdown, span: found.span };
}

/** The name under which the reference has a mark. */
function nameOfSyntax(word: string): string {
  if (word === ':') return '?:';
  return word.startsWith('{{') || word.startsWith('$$') || word.startsWith('[[') ? 'parameter' : word;
}

interface Word {
  readonly name: string;
  readonly kind: ReferenceKind;
  readonly span: Span;
}

/** The names of the language in a stage. */
function wordsOf(stage: Stage): readonly Word[] {
  switch (stage.kind) {
    case 'aggregate':
      return stage.calls.map(({ name, nameSpan }) => ({ name, kind: 'aggregate', span: nameSpan }));
    case 'expression':
      return callsOf(stage.expression);
    case 'operator': {
      const { expressions, pipelines } = argParts(stage.args);
      return [
        { name: stage.name, kind: 'operator', span: stage.nameSpan },
        ...expressions.flatMap(callsOf),
        ...pipelines.flatMap((pipeline) => pipeline.stages.flatMap(wordsOf)),
      ];
    }
  }
}

function callsOf(expression: Expression): readonly Word[] {
  const found: Word[] = [];
  visitExpression(expression, (part) => {
    if (part.kind === 'call') found.push({ name: part.name, kind: 'function', span: part.nameSpan });
  });
  return found;
}
