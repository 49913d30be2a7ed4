import type { IToken } from 'chevrotain';
import type { AggregateStage, OperatorStage, Pipeline, Query, Scope, Stage, Subquery } from './ast.ts';
import { type Diagnostic, error } from './diagnostics.ts';
import { foreignOperator, foreignStage } from './foreign-words.ts';
import type { Forms, OperatorForm } from './forms.ts';
import type { Layout, StageLayout, SubqueryLayout } from './layout.ts';
import type { MissingParameter } from './parameters.ts';
import type { Outcome } from './parser.ts';
import type { ParserCache } from './parser-cache.ts';
import { retype } from './retype.ts';
import { type Span, spanOver } from './span.ts';
import { type StageKind, stageKind } from './stage-kind.ts';
import { readCompose, withoutCompose } from './subquery.ts';
import { didYouMean } from './suggest.ts';
import { BinaryToken, LeftParen, Parameter, QuotedText, RightParen, type Token } from './tokens.ts';
import { usageOf } from './usage.ts';

/** After so many diagnostics no more are collected. */
const MAX_DIAGNOSTICS = 200;

/** Parses one text: collects its diagnostics. */
export class ParseRun {
  readonly #parsers: ParserCache;
  readonly #mode: 'run' | 'check';
  readonly #diagnostics: Diagnostic[];
  readonly #missing: readonly MissingParameter[];
  /** How many stages may be read again without a parameter. */
  #retries = 500;
  readonly #nested = new Map<IToken, Pipeline | Subquery>();

  constructor(
    parsers: ParserCache,
    mode: 'run' | 'check',
    layout: Layout,
    diagnostics: Diagnostic[],
    missing: readonly MissingParameter[],
  ) {
    this.#missing = missing;
    this.#parsers = parsers;
    this.#mode = mode;
    this.#diagnostics = diagnostics;
    const operators = new Set<OperatorForm>();
    collectOperators(layout, parsers.forms, operators);
    parsers.prepare(operators);
  }

  query(layout: Layout): Query {
    return this.#query(layout, false);
  }

  #query(layout: Layout, isSubquery: boolean): Query {
    const { scope, stages } = this.#pipelineParts(layout, isSubquery);
    const none: Scope = { kind: 'all', span: { start: layout.span.start, end: layout.span.start } };
    return { kind: 'query', scope: scope ?? none, stages, span: layout.span };
  }

  #pipelineParts(layout: Layout, isSubquery: boolean): { scope: Scope | null; stages: readonly Stage[] } {
    const scope =
      layout.scope === null || layout.scope.length === 0 || !layout.scopeUsable
        ? null
        : this.#scope(layout.scope, layout.scopeSpan);
    const stages: Stage[] = [];
    for (const stageLayout of layout.stages) {
      const stage = this.#stage(stageLayout);
      if (stage !== null) stages.push(stage);
    }
    if (isSubquery) return { scope, stages };
    return { scope, stages: withoutCompose(stages, (diagnostic) => this.#diagnostics.push(diagnostic)) };
  }

  #scope(tokens: readonly Token[], span: Span): Scope | null {
    this.#parseNested(tokens);
    const parser = this.#parsers.parserFor(null);
    parser.nested = this.#nested;
    return this.#finish(tokens, (kept) => parser.parseScope(kept, span), null);
  }

  #parseNested(tokens: readonly Token[]): void {
    for (const token of tokens) {
      if (token.nested === null) continue;
      if (token.nested.kind === 'subquery') this.#nested.set(token, this.#subquery(token.nested));
      else {
        const span = token.span;
        const { scope, stages } = this.#pipelineParts(token.nested, false);
        const hasScope = token.nested.scope !== null && token.nested.scope.length > 0;
        this.#nested.set(token, { kind: 'pipeline', scope: hasScope ? scope : null, stages, span });
      }
    }
  }

  #subquery(layout: SubqueryLayout): Subquery {
    const child = this.#query(layout.child, true);
    return readCompose(layout, child, (diagnostic) => this.#diagnostics.push(diagnostic));
  }

  // ---- stages -------------------------------------------------------------------------------

  #stage(layout: StageLayout): Stage | null {
    const { tokens } = layout;
    if (tokens.length === 0 || !layout.usable || this.#diagnostics.length > MAX_DIAGNOSTICS) return null;
    if (tokens.every((token) => token.tokenType === Parameter) && this.#mode === 'check') return null;
    this.#parseNested(tokens);
    const kind = stageKind(tokens, this.#parsers.forms);
    return this.#stageOf(kind, tokens, layout.span);
  }

  #stageOf(kind: StageKind, tokens: readonly Token[], span: Span): Stage | null {
    const parser = this.#parsers.parserFor(kind.kind === 'operator' ? kind.form : null);
    parser.nested = this.#nested;
    switch (kind.kind) {
      case 'operator': {
        const name = tokens.slice(0, kind.words);
        for (const token of name) token.role = 'keyword';
        const nameSpan = spanOver(name[0]?.span ?? span, name.at(-1)?.span ?? span);
        const args = this.#finish(
          tokens.slice(kind.words),
          (kept) => parser.parseOperator(kind.form, retype(kept, kind.form), span),
          kind.form,
          tokens.slice(0, kind.words),
        );
        if (args === null) return null;
        return { kind: 'operator', name: kind.form.entry.name, nameSpan, args, span } satisfies OperatorStage;
      }
      case 'aggregate':
        return this.#finish(
          tokens,
          (kept) => withAggregateHelp(parser.parseAggregateStage(retype(kept, null), span), kept),
          null,
        );
      case 'expression':
        return this.#finish(tokens, (kept) => parser.parseExpressionStage(retype(kept, null), span), null);
      case 'unknown':
        this.#unknownOperator(kind.name, tokens);
        return null;
    }
  }

  /**
   * Runs a rule. In `check`, parameters without a value may stand where nothing fits: they are left out
   * one after the other, and when that does not help, an error after a parameter is none of the user's.
   */
  #finish<T>(
    tokens: readonly Token[],
    parse: (tokens: readonly Token[]) => Outcome<T>,
    form: OperatorForm | null,
    before: readonly Token[] = [],
  ): T | null {
    let kept = tokens;
    let outcome = parse(kept);
    const first = outcome;
    if (this.#mode === 'check') {
      for (let attempt = 0; outcome.failedAt !== null && attempt < 4 && this.#retries > 0; attempt++) {
        this.#retries--;
        const drop = parameterBefore(kept, outcome.failedAt);
        if (drop < 0) break;
        kept = kept.filter((_, index) => index !== drop);
        outcome = parse(kept);
      }
      if (outcome.failedAt !== null && parameterBefore(tokens, first.failedAt ?? -1) >= 0) {
        for (const token of tokens) {
          token.role = null;
          token.spelling = null;
        }
        return null;
      }
    }
    if (outcome.failedAt === null) {
      this.#diagnostics.push(...outcome.problems);
      return outcome.value;
    }
    this.#report(first, form, [...before, ...tokens]);
    return null;
  }

  #report(outcome: Outcome<unknown>, form: OperatorForm | null, tokens: readonly Token[]): void {
    for (const found of outcome.problems) {
      const problem = found.code === 'syntax' ? explained(found, outcome, tokens) : found;
      const parameter = this.#missingNear(problem.span, tokens);
      if (parameter !== null) {
        this.#reportMissing(parameter);
        continue;
      }
      const help = problem.help ?? (form === null ? undefined : `the syntax is \`${usageOf(form.entry)}\``);
      this.#diagnostics.push(help === undefined ? problem : { ...problem, help });
    }
  }

  /** The parameter without a value that an error is about: the last one before it, whose `*` was taken for something. */
  #missingNear(span: Span, tokens: readonly Token[]): MissingParameter | null {
    if (this.#missing.length === 0) return null;
    const inside = tokens.find((token) => token.span.start <= span.start && span.start <= token.span.end);
    const index = inside === undefined ? tokens.length - 1 : tokens.indexOf(inside);
    for (const token of tokens.slice(0, index + 1).reverse()) {
      if (token.tokenType === QuotedText) continue;
      const found = this.#missing.find(
        ({ span: at }) => at.start <= token.span.end && token.span.start <= at.end,
      );
      if (found !== undefined) return found;
    }
    return null;
  }

  #reportMissing(parameter: MissingParameter): void {
    const message = `parameter \`${parameter.name}\` has no value, and \`*\` does not fit here`;
    this.#diagnostics.push(
      error('unknown-parameter', parameter.span, message, { help: `give \`${parameter.name}\` a value` }),
    );
  }

  #unknownOperator(name: Token, tokens: readonly Token[]): void {
    if (this.#mode === 'check' && tokens.some((token) => token.tokenType === Parameter)) return;
    const { forms } = this.#parsers;
    const names = [...forms.operators.keys(), ...[...forms.aggregates.values()].map((entry) => entry.name)];
    const help = foreignStage(name.image);
    const more = help === undefined ? didYouMean(name.image, names, name.span) : { help };
    this.#diagnostics.push(
      error('unknown-operator', name.span, `operator \`${name.image}\` is not known`, more),
    );
  }
}

/** `sum(a)/60 as b`: what to do instead. */
function withAggregateHelp(
  outcome: Outcome<AggregateStage>,
  tokens: readonly Token[],
): Outcome<AggregateStage> {
  const token = tokens[outcome.failedAt ?? -1];
  if (token === undefined || !(token.tokenType.CATEGORIES?.includes(BinaryToken) ?? false)) return outcome;
  const help =
    'nothing is calculated with the result in the same stage: give it a name and add a stage after it';
  return { ...outcome, problems: outcome.problems.map((problem) => ({ ...problem, help })) };
}

/** A better message for common mistakes. */
function explained(problem: Diagnostic, outcome: Outcome<unknown>, tokens: readonly Token[]): Diagnostic {
  if (outcome.failedAt === -1) {
    const open = unclosed(tokens);
    if (open === null) return problem;
    return error('syntax', open.span, '`(` is not closed', { notes: [problem.message], help: 'add `)`' });
  }
  const failed = tokens.find(({ span }) => span.start === problem.span.start);
  const help = foreignOperator(failed?.image ?? '');
  return help === undefined ? problem : { ...problem, help };
}

/** The last parenthesis that is opened and not closed. */
function unclosed(tokens: readonly Token[]): Token | null {
  const open: Token[] = [];
  for (const token of tokens) {
    if (token.tokenType === LeftParen) open.push(token);
    else if (token.tokenType === RightParen) open.pop();
  }
  return open.at(-1) ?? null;
}

/** The parameter without a value that stands nearest before (or at) a token, -1 when there is none. */
function parameterBefore(tokens: readonly Token[], failedAt: number): number {
  for (let index = failedAt < 0 ? tokens.length - 1 : failedAt; index >= 0; index--) {
    if (tokens[index]?.tokenType === Parameter) return index;
  }
  return -1;
}

/** The operators whose names stand at the start of stages, nested ones included. */
function collectOperators(layout: Layout, forms: Forms, found: Set<OperatorForm>): void {
  for (const token of layout.scope ?? []) collectNested(token, forms, found);
  for (const stage of layout.stages) {
    const kind = stageKind(stage.tokens, forms);
    if (kind.kind === 'operator') found.add(kind.form);
    for (const token of stage.tokens) collectNested(token, forms, found);
  }
}

function collectNested(token: Token, forms: Forms, found: Set<OperatorForm>): void {
  if (token.nested === null) return;
  collectOperators(token.nested.kind === 'subquery' ? token.nested.child : token.nested, forms, found);
}
