import {
  EmbeddedActionsParser,
  EOF,
  type IOrAlt,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  type ParserMethod,
  type TokenType,
} from 'chevrotain';
import { type AggregateRules, defineAggregate } from './aggregate-rules.ts';
import type { AggregateStage, Args, ExpressionStage, Scope } from './ast.ts';
import { defineOperator } from './clause-rules.ts';
import { type Diagnostic, error } from './diagnostics.ts';
import { defineExpression, type ExpressionRules } from './expression-rules.ts';
import type { Forms, OperatorForm } from './forms.ts';
import { defineScope } from './scope-rules.ts';
import type { Span } from './span.ts';
import { CORE_TOKENS, type Token, tokenName } from './tokens.ts';

/** A rule of the grammar that captures a `T`. */
export type Rule<T> = ParserMethod<[], T>;

/**
 * The Chevrotain parser for single stages and scopes. It holds the rules of the expressions, the
 * aggregate stage and the search expression, and one rule for each operator that it is made with.
 * Made once for a set of operators: building its rules costs more than parsing a query.
 */
export class StageParser extends EmbeddedActionsParser {
  readonly forms: Forms;
  /** Mistakes that are none of the token order: unknown functions, wrong arguments. */
  problems: Diagnostic[] = [];
  /** The nested pipelines and subqueries of the tokens being parsed, already parsed. */
  nested: ReadonlyMap<IToken, unknown> = new Map();
  readonly expressionRules: ExpressionRules;
  readonly #aggregateRules: AggregateRules;
  readonly #scope: Rule<Scope>;
  readonly #operators = new Map<OperatorForm, Rule<Args>>();

  constructor(forms: Forms, operators: readonly OperatorForm[]) {
    const words = new Set<TokenType>(CORE_TOKENS);
    for (const form of operators) for (const type of form.words.values()) words.add(type);
    super([...words], {
      maxLookahead: 1,
      recoveryEnabled: false,
      nodeLocationTracking: 'none',
      skipValidations: true,
      errorMessageProvider: MESSAGES,
    });
    this.forms = forms;
    this.expressionRules = defineExpression(this);
    this.#aggregateRules = defineAggregate(this);
    this.#scope = defineScope(this);
    for (const form of operators) this.#operators.set(form, defineOperator(this, form));
    this.performSelfAnalysis();
  }

  // ---- for the callers ----------------------------------------------------------------------

  parseScope(tokens: readonly Token[], end: Span): Outcome<Scope> {
    return this.#run(tokens, end, this.#scope);
  }

  parseExpressionStage(tokens: readonly Token[], end: Span): Outcome<ExpressionStage> {
    return this.#run(tokens, end, this.expressionRules.stage);
  }

  parseAggregateStage(tokens: readonly Token[], end: Span): Outcome<AggregateStage> {
    return this.#run(tokens, end, this.#aggregateRules.stage);
  }

  /** Parses what follows the operator's name. */
  parseOperator(form: OperatorForm, tokens: readonly Token[], end: Span): Outcome<Args> {
    const rule = this.#operators.get(form);
    if (rule === undefined) throw new Error(`no rule was built for ${form.entry.name}`);
    return this.#run(tokens, end, rule);
  }

  #run<T>(tokens: readonly Token[], end: Span, rule: Rule<T>): Outcome<T> {
    this.problems = [];
    this.input = [...tokens];
    const value = rule.call(this);
    const [first] = this.errors;
    if (first === undefined) return { value, problems: this.problems, failedAt: null };
    return {
      value: null,
      problems: [syntaxError(first, tokens, end)],
      failedAt: tokens.indexOf(first.token as Token),
    };
  }

  // ---- for the rules ------------------------------------------------------------------------

  rule<T>(name: string, body: () => T): Rule<T> {
    return this.RULE(name, body) as Rule<T>;
  }

  /** Reads one token of a type. `index` tells apart the uses of one type inside one rule. */
  read(index: number, type: TokenType): Token {
    const token = this.consume(index, type);
    // While rules are recorded, Chevrotain hands out a frozen token without our fields.
    return this.RECORDING_PHASE ? { ...RECORDED } : (token as Token);
  }

  call<T>(index: number, rule: Rule<T>): T {
    return this.subrule(index, rule);
  }

  perhaps<T>(index: number, body: () => T, gate?: () => boolean): T | undefined {
    return gate === undefined ? this.option(index, body) : this.option(index, { GATE: gate, DEF: body });
  }

  repeat(index: number, body: () => void, gate?: () => boolean): void {
    if (gate === undefined) this.many(index, body);
    else this.many(index, { GATE: gate, DEF: body });
  }

  choose<T>(index: number, options: readonly IOrAlt<T>[]): T {
    return this.or(index, options as IOrAlt<T>[]);
  }

  /** Notes what a token was taken for. */
  mark(token: Token, role: Token['role'], spelling: string | null = null): Token {
    if (this.RECORDING_PHASE) return token;
    token.role = role;
    token.spelling = spelling;
    return token;
  }

  /** The token `ahead` places on, without reading it; null past the end. */
  peek(ahead: number): Token | null {
    const token = this.LA(ahead);
    return token.tokenType === EOF ? null : (token as Token);
  }

  /** True while Chevrotain records the rules instead of parsing. */
  get recording(): boolean {
    return this.RECORDING_PHASE;
  }
}

/** What one rule made of the tokens: `value` is null when there was a syntax error. */
export interface Outcome<T> {
  readonly value: T | null;
  readonly problems: readonly Diagnostic[];
  /** The index of the token that did not fit, -1 for the end of the text, null when all fitted. */
  readonly failedAt: number | null;
}

function syntaxError(failure: IRecognitionException, tokens: readonly Token[], end: Span): Diagnostic {
  const at = failure.token.tokenType === EOF ? null : (failure.token as Token);
  const last = tokens.at(-1)?.span.end ?? end.end;
  return error('syntax', at?.span ?? { start: last, end: last }, failure.message);
}

function found(token: IToken): string {
  if (token.tokenType === EOF) return 'the end of the stage';
  const text = token.image.length > 30 ? `${token.image.slice(0, 29)}…` : token.image;
  return `\`${text.replaceAll('\n', ' ')}\``;
}

function expected(types: readonly (TokenType | undefined)[]): string {
  const names = [...new Set(types.flatMap((type) => (type === undefined ? [] : [tokenName(type)])))];
  const listed = names.slice(0, 6);
  const last = listed.pop() ?? 'something else';
  if (names.length > 6) return `${[...listed, last].join(', ')} or one of ${names.length - 6} others`;
  return listed.length === 0 ? last : `${listed.join(', ')} or ${last}`;
}

/** What rules with many alternatives want, in short. */
const WANTED: ReadonlyMap<string, string> = new Map([
  ['primary', 'a field or a value'],
  ['scopeTerm', 'a word or a text to search for'],
]);

const MESSAGES: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: (options) =>
    `expected ${tokenName(options.expected)}, found ${found(options.actual)}`,
  buildNotAllInputParsedMessage: (options) => `${found(options.firstRedundant)} is not expected here`,
  buildNoViableAltMessage: (options) => {
    const wanted = WANTED.get(options.ruleName);
    if (wanted !== undefined) return `expected ${wanted}, found ${found(options.actual[0] ?? END)}`;
    const types = options.expectedPathsPerAlt.flatMap((paths) => paths.map((path) => path[0]));
    return `expected ${expected(types)}, found ${found(options.actual[0] ?? END)}`;
  },
  buildEarlyExitMessage: (options) => {
    const types = options.expectedIterationPaths.map((path) => path[0]);
    return `expected ${expected(types)}, found ${found(options.actual[0] ?? END)}`;
  },
};

const RECORDED: Token = artificialToken(EOF, '');

/** A token that stands in no text. */
export function artificialToken(type: TokenType, image: string): Token {
  return {
    image,
    startOffset: 0,
    endOffset: 0,
    tokenTypeIdx: type.tokenTypeIdx ?? 0,
    tokenType: type,
    span: { start: 0, end: 0 },
    at: 0,
    gap: 'none',
    comments: [],
    nested: null,
    hasParameter: false,
    role: null,
    spelling: null,
  };
}

const END: IToken = { image: '', startOffset: 0, tokenTypeIdx: EOF.tokenTypeIdx ?? 0, tokenType: EOF };
