import type { Expression } from './ast.ts';
import { error } from './diagnostics.ts';
import { nameText } from './expression-rules.ts';
import type { StageParser } from './parser.ts';
import type { Span } from './span.ts';
import { didYouMean } from './suggest.ts';
import type { Token } from './tokens.ts';

/** The tree of `name(args)`. Unknown names and wrong argument counts of the built-in forms become problems of the parser. */
export function makeCall(
  parser: StageParser,
  name: Token,
  args: readonly Expression[],
  span: Span,
): Expression {
  const written = nameText(name);
  const lower = written.toLowerCase();
  switch (lower) {
    case 'if':
      name.spelling = lower;
      return conditional(parser, name, args, span);
    case 'matches':
    case 'contains': {
      name.spelling = lower;
      const [left, right, ...more] = args;
      if (left !== undefined && right !== undefined && more.length === 0) {
        return { kind: 'binary', operator: lower, left, right, span };
      }
      wrongCount(
        parser,
        name,
        'two arguments',
        args.length,
        `write \`${lower}(field, "text")\` or \`field ${lower} "text"\``,
      );
      return { kind: 'literal', value: null, span };
    }
  }
  const known = parser.forms.functions.get(lower);
  name.spelling = known === undefined ? null : ownSpelling(known, lower);
  if (known !== undefined) return { kind: 'call', name: known.name, nameSpan: name.span, args, span };
  if (!name.hasParameter) unknownFunction(parser, name, written);
  return { kind: 'call', name: written, nameSpan: name.span, args, span };
}

/** The name or alias that was written, as the vocabulary spells it. */
export function ownSpelling(
  entry: { readonly name: string; readonly aliases: readonly string[] },
  lower: string,
): string | null {
  return [entry.name, ...entry.aliases].find((name) => name.toLowerCase() === lower) ?? null;
}

function conditional(parser: StageParser, name: Token, args: readonly Expression[], span: Span): Expression {
  const [condition, yes, no, ...more] = args;
  if (condition !== undefined && yes !== undefined && no !== undefined && more.length === 0) {
    return { kind: 'conditional', condition, yes, no, span };
  }
  wrongCount(parser, name, 'three arguments', args.length, 'write `if(condition, value, other)`');
  return { kind: 'literal', value: null, span };
}

function wrongCount(parser: StageParser, name: Token, wanted: string, count: number, help: string): void {
  const message = `\`${name.image}\` takes ${wanted}, found ${count}`;
  parser.problems.push(error('wrong-arguments', name.span, message, { help }));
}

function unknownFunction(parser: StageParser, name: Token, written: string): void {
  const { functions, aggregates } = parser.forms;
  if (aggregates.has(written.toLowerCase())) {
    parser.problems.push(
      error(
        'unknown-function',
        name.span,
        `\`${written}\` is an aggregate and cannot be used in an expression`,
        {
          help: `write \`| ${written}(field) as name\` as a stage of its own and use \`name\` after it`,
        },
      ),
    );
    return;
  }
  const names = [...functions.values()].map((entry) => entry.name);
  parser.problems.push(
    error(
      'unknown-function',
      name.span,
      `function \`${written}\` is not known`,
      didYouMean(written, [...names, 'if'], name.span),
    ),
  );
}
