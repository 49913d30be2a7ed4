import type { AggregateCall, AggregateStage, Expression, Name } from './ast.ts';
import { type Diagnostic, error } from './diagnostics.ts';
import { ownSpelling } from './expression-calls.ts';
import { nameOf, nameText } from './expression-rules.ts';
import type { Rule, StageParser } from './parser.ts';
import { type Span, spanOver } from './span.ts';
import { didYouMean } from './suggest.ts';
import { As, By, Comma, Group, LeftParen, NameToken, RightParen, Star, type Token } from './tokens.ts';

/** The rule that the parser calls. */
export interface AggregateRules {
  readonly stage: Rule<AggregateStage>;
}

/** Defines the aggregate stage: calls, then the fields to group by, with or without `by`. */
export function defineAggregate(parser: StageParser): AggregateRules {
  const alias = parser.rule('aggregateAlias', () => {
    parser.mark(parser.read(1, As), 'keyword');
    return nameOf(parser.read(1, NameToken));
  });

  const call = parser.rule('aggregateCall', (): AggregateCall => {
    const name = parser.read(1, NameToken);
    const list = parser.perhaps(1, () => {
      parser.read(1, LeftParen);
      const args = parser.perhaps(2, () =>
        parser.choose<readonly Expression[]>(1, [
          {
            ALT: () => {
              parser.mark(parser.read(1, Star), 'tight');
              return [];
            },
          },
          { ALT: () => parser.call(1, expressions) },
        ]),
      );
      return { args: args ?? [], close: parser.read(1, RightParen).span };
    });
    const as = parser.perhaps(3, () => parser.call(2, alias));
    const end = as?.span ?? list?.close ?? name.span;
    if (parser.recording) return { kind: 'call' } as unknown as AggregateCall;
    checkArguments(parser, name, list?.args ?? []);
    return {
      name: aggregateName(parser, name),
      nameSpan: name.span,
      args: list?.args ?? [],
      alias: as ?? null,
      span: spanOver(name.span, end),
    };
  });

  const expressions = parser.rule('aggregateArguments', () => {
    const list = [parser.call(1, parser.expressionRules.expression)];
    parser.repeat(1, () => {
      parser.read(1, Comma);
      list.push(parser.call(2, parser.expressionRules.expression));
    });
    return list;
  });

  const group = parser.rule('group', (): readonly Name[] => {
    parser.perhaps(1, () => {
      parser.mark(parser.read(1, Group), 'keyword');
    });
    parser.perhaps(2, () => {
      parser.mark(parser.read(1, By), 'keyword');
    });
    const names = [nameOf(parser.read(1, NameToken))];
    parser.repeat(1, () => {
      parser.read(1, Comma);
      names.push(nameOf(parser.read(2, NameToken)));
    });
    return names;
  });

  const stage = parser.rule('aggregateStage', (): AggregateStage => {
    const calls = [parser.call(1, call)];
    parser.repeat(1, () => {
      parser.read(1, Comma);
      calls.push(parser.call(2, call));
    });
    const by = parser.perhaps(1, () => parser.call(1, group)) ?? [];
    const late = parser.perhaps(2, () => parser.call(1, alias));
    if (parser.recording) return { kind: 'aggregate', calls, by: [], span: { start: 0, end: 0 } };
    return {
      kind: 'aggregate',
      calls: withLateAlias(calls, late ?? null),
      by,
      span: stageSpan(calls, by, late ?? null),
    };
  });
  return { stage };
}

/** `values(f) by g as name`: the alias belongs to the last call. */
function withLateAlias(calls: readonly AggregateCall[], late: Name | null): readonly AggregateCall[] {
  if (late === null) return calls;
  return calls.map((call, index) => (index === calls.length - 1 ? { ...call, alias: late } : call));
}

function stageSpan(calls: readonly AggregateCall[], by: readonly Name[], late: Name | null): Span {
  const first = calls[0]?.span ?? { start: 0, end: 0 };
  return spanOver(first, late?.span ?? by.at(-1)?.span ?? calls.at(-1)?.span ?? first);
}

function aggregateName(parser: StageParser, token: Token): string {
  const written = nameText(token);
  const known = parser.forms.aggregates.get(written.toLowerCase());
  token.spelling = known === undefined ? null : ownSpelling(known, written.toLowerCase());
  if (known !== undefined || token.hasParameter) return known?.name ?? written;
  const comma = parser.peek(-1);
  if (written.toLowerCase() === 'by' && comma?.tokenType === Comma) {
    parser.problems.push(commaBeforeBy(comma));
    return written;
  }
  const names = [...parser.forms.aggregates.values()].map((entry) => entry.name);
  const help = didYouMean(written, names, token.span);
  parser.problems.push(error('unknown-aggregate', token.span, `aggregate \`${written}\` is not known`, help));
  return written;
}

function commaBeforeBy({ span }: Token): Diagnostic {
  return error('syntax', span, 'no comma stands before `by`', {
    fix: { title: 'remove the comma', edits: [{ span, text: '' }] },
  });
}

function checkArguments(parser: StageParser, name: Token, args: readonly Expression[]): void {
  for (const arg of args) {
    if (arg.kind === 'field' || arg.kind === 'literal') continue;
    parser.problems.push(
      error('wrong-arguments', arg.span, `\`${name.image}\` takes a field, found an expression`, {
        help: `give the expression a name before: \`| … as value | ${name.image}(value)\``,
      }),
    );
  }
}
