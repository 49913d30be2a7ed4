import type { IToken, TokenType } from 'chevrotain';
import type { OperatorStage, Pipeline, Query, Scope, Stage, Subquery } from './ast.ts';
import { type Diagnostic, error, warning } from './diagnostics.ts';
import { createForms, type Forms, type OperatorForm } from './forms.ts';
import type { Layout, StageLayout, SubqueryLayout } from './layout.ts';
import {
  expandMacros,
  type Macro,
  type MissingParameter,
  SAME_TEXT,
  type SourceMap,
  type Substituted,
  substituteParameters,
} from './parameters.ts';
import { type Outcome, StageParser } from './parser.ts';
import { type Scanned, scan } from './scanner.ts';
import { type Span, spanOver } from './span.ts';
import { type StageKind, stageKind } from './stage-kind.ts';
import { COMPOSE, readCompose, reportStrayCompose } from './subquery.ts';
import { didYouMean } from './suggest.ts';
import { As, By, EXPRESSION_WORDS, Group, Identifier, Parameter, QuotedText, type Token } from './tokens.ts';
import { usageOf } from './usage.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How to parse. */
export interface ParseOptions {
  /** Values of `{{parameters}}`. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** `run` (the default): a parameter without a value is `*`. `check`: it counts as any text. */
  readonly mode?: 'run' | 'check';
  readonly macros?: ReadonlyMap<string, Macro>;
  /** `scope` (the default): the text begins with a search expression. `stages`: it has none (rules). */
  readonly start?: 'scope' | 'stages';
}

/** What became of a text. Spans lie in the text as given, before parameters were put in. */
export interface Parsed {
  /** Null when there was an error anywhere. */
  readonly query: Query | null;
  /** What could be read: stages with errors are left out. */
  readonly partial: Query;
  readonly diagnostics: readonly Diagnostic[];
  /** The text with parameters and macros put in. */
  readonly text: string;
}

/** Words with a token type of their own in every stage. */
export const STAGE_WORDS: ReadonlyMap<string, TokenType> = new Map([
  ...EXPRESSION_WORDS,
  ['as', As],
  ['by', By],
  ['group', Group],
]);

/** Texts longer than this are read but get a warning: the cloud product rejects them. */
const LONG_TEXT = 15_000;
/** Texts longer than this are not read. */
const MAX_TEXT = 250_000;
/** After so many diagnostics no more are collected. */
const MAX_DIAGNOSTICS = 200;

/** Reads queries in one vocabulary. Holds the parsers that were built, so make one and keep it. */
export class Grammar {
  readonly forms: Forms;
  readonly #parsers = new Map<OperatorForm | null, StageParser>();
  #built = 0;

  constructor(vocabulary: Vocabulary) {
    this.forms = createForms({ ...vocabulary, operators: [...vocabulary.operators, COMPOSE] });
  }

  /** Parses a query. Never throws on any text. */
  parse(text: string, options: ParseOptions = {}): Parsed {
    return this.read(text, options).parsed;
  }

  /** Parses a query and keeps its tokens, each with what it was taken for. */
  read(text: string, options: ParseOptions = {}): { readonly parsed: Parsed; readonly layout: Layout } {
    if (text.length > MAX_TEXT) return tooLong(text);
    const mode = options.mode ?? 'run';
    let source = substituteParameters(text, options.parameters ?? new Map(), mode);
    const { missing } = source;
    let scanned = this.#scan(source, options);
    const diagnostics: Diagnostic[] = [];
    // Without definitions, the formatter and `check` leave macros alone.
    if (scanned.macros.length > 0 && (mode === 'run' || options.macros !== undefined)) {
      source = expandMacros(source, scanned.macros, options.macros ?? new Map());
      diagnostics.push(...source.diagnostics);
      scanned = this.#scan(source, options);
    }
    diagnostics.push(...scanned.diagnostics);
    const run = new ParseRun(this, mode, scanned.layout, diagnostics, missing);
    const partial = run.query(scanned.layout);
    reportStrayCompose(partial.stages, (diagnostic) => diagnostics.push(diagnostic));
    if (text.length > LONG_TEXT) {
      const message = `the query has ${text.length.toLocaleString('en')} characters, more than the 15,000 that the cloud product takes`;
      diagnostics.push(warning('too-long', { start: LONG_TEXT, end: text.length }, message));
    }
    diagnostics.sort((one, other) => one.span.start - other.span.start);
    const failed = diagnostics.some((diagnostic) => diagnostic.severity === 'error');
    const parsed = { query: failed ? null : partial, partial, diagnostics, text: source.text };
    return { parsed, layout: scanned.layout };
  }

  /** Cuts a text into tokens without parsing it; parameters stay. */
  scan(text: string, start: 'scope' | 'stages' = 'scope'): Scanned {
    return scan(text, { forms: this.forms, map: SAME_TEXT, start });
  }

  /** The tokens of a stage after the operator's name, with the types that its words have there. */
  withTypes(tokens: readonly Token[], form: OperatorForm | null): readonly Token[] {
    return retype(tokens, form);
  }

  #scan(source: Substituted, options: ParseOptions): Scanned {
    const map: SourceMap = source.map;
    return scan(source.text, { forms: this.forms, map, start: options.start ?? 'scope' });
  }

  /**
   * Makes sure that there are parsers for these operators. Those that are new are built together; when
   * several parsers were built already, all that are left are built at once.
   */
  prepare(operators: ReadonlySet<OperatorForm>): void {
    let missing = [...operators].filter((form) => !this.#parsers.has(form));
    if (missing.length === 0 && this.#parsers.has(null)) return;
    this.#built++;
    if (this.#built > 4)
      missing = [...new Set(this.forms.operators.values())].filter((form) => !this.#parsers.has(form));
    const parser = new StageParser(this.forms, missing);
    for (const form of missing) this.#parsers.set(form, parser);
    if (!this.#parsers.has(null)) this.#parsers.set(null, parser);
  }

  /** The parser for an operator; null asks for one that reads scopes, expressions and aggregates. */
  parserFor(form: OperatorForm | null): StageParser {
    const parser = this.#parsers.get(form);
    if (parser !== undefined) return parser;
    this.prepare(new Set(form === null ? [] : [form]));
    return this.#parsers.get(form) as StageParser;
  }
}

function tooLong(text: string): { parsed: Parsed; layout: Layout } {
  const start = { start: 0, end: 0 };
  const partial: Query = { kind: 'query', scope: { kind: 'all', span: start }, stages: [], span: start };
  const message = `the query has ${text.length.toLocaleString('en')} characters, more than ${MAX_TEXT.toLocaleString('en')}`;
  const diagnostics = [error('too-long', { start: MAX_TEXT, end: text.length }, message)];
  const layout: Layout = {
    kind: 'layout',
    scope: null,
    scopeSpan: start,
    scopeUsable: true,
    stages: [],
    comments: [],
    span: start,
  };
  return { parsed: { query: null, partial, diagnostics, text }, layout };
}

/** Parses one text: collects its diagnostics. */
class ParseRun {
  readonly #grammar: Grammar;
  readonly #mode: 'run' | 'check';
  readonly #diagnostics: Diagnostic[];
  readonly #missing: readonly MissingParameter[];
  readonly #hasOpenText: boolean;
  readonly #nested = new Map<IToken, Pipeline | Subquery>();

  constructor(
    grammar: Grammar,
    mode: 'run' | 'check',
    layout: Layout,
    diagnostics: Diagnostic[],
    missing: readonly MissingParameter[],
  ) {
    this.#missing = missing;
    this.#hasOpenText = diagnostics.some((diagnostic) => diagnostic.code === 'unterminated-string');
    this.#grammar = grammar;
    this.#mode = mode;
    this.#diagnostics = diagnostics;
    const operators = new Set<OperatorForm>();
    collectOperators(layout, grammar.forms, operators);
    grammar.prepare(operators);
  }

  query(layout: Layout): Query {
    const { scope, stages } = this.#pipelineParts(layout);
    const none: Scope = { kind: 'all', span: { start: layout.span.start, end: layout.span.start } };
    return { kind: 'query', scope: scope ?? none, stages, span: layout.span };
  }

  #pipelineParts(layout: Layout): { scope: Scope | null; stages: readonly Stage[] } {
    const scope =
      layout.scope === null || layout.scope.length === 0 || !layout.scopeUsable
        ? null
        : this.#scope(layout.scope, layout.scopeSpan);
    const stages: Stage[] = [];
    for (const stageLayout of layout.stages) {
      const stage = this.#stage(stageLayout);
      if (stage !== null) stages.push(stage);
    }
    return { scope, stages };
  }

  #scope(tokens: readonly Token[], span: Span): Scope | null {
    this.#parseNested(tokens);
    const parser = this.#grammar.parserFor(null);
    parser.nested = this.#nested;
    return this.#finish(tokens, (kept) => parser.parseScope(kept, span), null);
  }

  #parseNested(tokens: readonly Token[]): void {
    for (const token of tokens) {
      if (token.nested === null) continue;
      if (token.nested.kind === 'subquery') this.#nested.set(token, this.#subquery(token.nested));
      else {
        const span = token.span;
        const { scope, stages } = this.#pipelineParts(token.nested);
        const hasScope = token.nested.scope !== null && token.nested.scope.length > 0;
        this.#nested.set(token, { kind: 'pipeline', scope: hasScope ? scope : null, stages, span });
      }
    }
  }

  #subquery(layout: SubqueryLayout): Subquery {
    const child = this.query(layout.child);
    return readCompose(layout, child, (diagnostic) => this.#diagnostics.push(diagnostic));
  }

  // ---- stages -------------------------------------------------------------------------------

  #stage(layout: StageLayout): Stage | null {
    const { tokens } = layout;
    if (tokens.length === 0 || !layout.usable || this.#diagnostics.length > MAX_DIAGNOSTICS) return null;
    if (tokens.every((token) => token.tokenType === Parameter) && this.#mode === 'check') return null;
    this.#parseNested(tokens);
    const kind = stageKind(tokens, this.#grammar.forms);
    return this.#stageOf(kind, tokens, layout.span);
  }

  #stageOf(kind: StageKind, tokens: readonly Token[], span: Span): Stage | null {
    const parser = this.#grammar.parserFor(kind.kind === 'operator' ? kind.form : null);
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
        return this.#finish(tokens, (kept) => parser.parseAggregateStage(retype(kept, null), span), null);
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
      for (let attempt = 0; outcome.failedAt !== null && attempt < 4; attempt++) {
        const drop = parameterBefore(kept, outcome.failedAt);
        if (drop < 0) break;
        kept = kept.filter((_, index) => index !== drop);
        outcome = parse(kept);
      }
      if (outcome.failedAt !== null && parameterBefore(tokens, first.failedAt ?? -1) >= 0) return null;
    }
    if (outcome.failedAt === null) {
      this.#diagnostics.push(...outcome.problems);
      return outcome.value;
    }
    this.#report(first, form, [...before, ...tokens]);
    return null;
  }

  #report(outcome: Outcome<unknown>, form: OperatorForm | null, tokens: readonly Token[]): void {
    // After an open quote everything is shifted: only the quote is worth a message.
    if (this.#hasOpenText) return;
    for (const problem of outcome.problems) {
      const parameter = this.#missingNear(problem.span, tokens);
      if (parameter !== null) {
        this.#reportMissing(parameter);
        continue;
      }
      const help = problem.help ?? (form === null ? undefined : `the syntax is \`${usageOf(form.entry)}\``);
      this.#diagnostics.push(help === undefined ? problem : { ...problem, help });
    }
  }

  /** The parameter without a value that an error is about: its `*` does not fit where it stands. */
  #missingNear(span: Span, tokens: readonly Token[]): MissingParameter | null {
    if (this.#missing.length === 0) return null;
    const inside = tokens.find((token) => token.span.start <= span.start && span.start <= token.span.end);
    const index = inside === undefined ? tokens.length - 1 : tokens.indexOf(inside);
    for (const token of [tokens[index], tokens[index - 1]]) {
      if (token === undefined || token.tokenType === QuotedText) continue;
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
    if (this.#hasOpenText) return;
    const { forms } = this.#grammar;
    const names = [...forms.operators.keys(), ...[...forms.aggregates.values()].map((entry) => entry.name)];
    this.#diagnostics.push(
      error(
        'unknown-operator',
        name.span,
        `operator \`${name.image}\` is not known`,
        didYouMean(name.image, names, name.span),
      ),
    );
  }
}

/** The parameter without a value that stands nearest before (or at) a token, -1 when there is none. */
function parameterBefore(tokens: readonly Token[], failedAt: number): number {
  for (let index = failedAt < 0 ? tokens.length - 1 : failedAt; index >= 0; index--) {
    if (tokens[index]?.tokenType === Parameter) return index;
  }
  return -1;
}

/** Gives the words of a stage the token types that they have there. */
function retype(tokens: readonly Token[], form: OperatorForm | null): readonly Token[] {
  for (const token of tokens) {
    if (!/^[A-Za-z_]/.test(token.image)) continue;
    const isPlain =
      token.tokenType === Identifier || STAGE_WORDS.get(token.tokenType.name) === token.tokenType;
    if (!isPlain && !(form?.words.get(token.tokenType.name) === token.tokenType)) continue;
    const word = token.image.toLowerCase();
    const type = form?.words.get(word) ?? STAGE_WORDS.get(word);
    if (type === undefined) continue;
    token.tokenType = type;
    token.tokenTypeIdx = type.tokenTypeIdx ?? 0;
  }
  return tokens;
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
