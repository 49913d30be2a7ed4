import type { TokenType } from 'chevrotain';
import type { OperatorForm } from './forms.ts';
import { innerLayout, type Layout } from './layout.ts';
import type { Grammar } from './parse.ts';
import { artificialToken, type Outcome } from './parser.ts';
import { STAGE_WORDS } from './retype.ts';
import type { Span } from './span.ts';
import { stageKind } from './stage-kind.ts';
import { COMPOSE } from './subquery.ts';
import {
  And,
  As,
  Bareword,
  Equals,
  Group,
  Identifier,
  LeftParen,
  NotEquals,
  Or,
  Path,
  QuotedName,
  RightParen,
  type Token,
} from './tokens.ts';

/** Something that could be written at a place. */
export interface Completion {
  readonly label: string;
  readonly kind: 'operator' | 'aggregate' | 'function' | 'keyword' | 'field' | 'value' | 'table';
  /** One sentence or a usage line; empty when there is nothing to say. */
  readonly detail: string;
  /** The text that it replaces: the word before the cursor. */
  readonly span: Span;
}

/** Names that only the caller knows. */
export interface KnownNames {
  /** Fields of the data and of the stages before. */
  readonly fields?: readonly string[];
  /** Values of metadata fields, by field name. */
  readonly values?: ReadonlyMap<string, readonly string[]>;
  /** Lookup tables. */
  readonly tables?: readonly string[];
}

/** Longer stages are not analysed token by token; their last word decides. */
const MAX_TOKENS = 60;

/** What could stand at an offset of a query, those that begin with the word before it. */
export function complete(
  grammar: Grammar,
  text: string,
  offset: number,
  known: KnownNames = {},
): readonly Completion[] {
  const before = text.slice(0, offset);
  const word = /[\w.$]*$/.exec(before)?.[0] ?? '';
  const start = offset - word.length;
  const completer = new Completer(grammar, known, { start, end: offset });
  const { layout, diagnostics } = grammar.scan(before.slice(0, start));
  const inText = diagnostics.some((diagnostic) => diagnostic.code === 'unterminated-string');
  if (inText || endsInComment(layout, start)) return inText ? completer.quotedValue(layout) : [];
  const lower = word.toLowerCase();
  const open = innermost(layout);
  return completer.at(open, open !== layout).filter(({ label }) => label.toLowerCase().startsWith(lower));
}

function endsInComment(layout: Layout, end: number): boolean {
  return layout.comments.some((comment) => comment.line && comment.span.end >= end);
}

/** The pipeline that is still open at the end of the text. */
function innermost(layout: Layout): Layout {
  return openPipelines(layout).at(-1)?.layout ?? layout;
}

/** A pipeline that is open at the end of a text. */
export interface OpenPipeline {
  readonly layout: Layout;
  /** Whether it searches by itself, as a subquery does, and does not get the rows of the pipeline around it. */
  readonly searches: boolean;
}

/** The pipelines that are open at the end of a text, the outermost first. */
export function openPipelines(layout: Layout, searches = true): readonly OpenPipeline[] {
  const last =
    layout.stages.at(-1)?.tokens.at(-1) ?? (layout.stages.length === 0 ? layout.scope?.at(-1) : undefined);
  const own = { layout, searches };
  if (last === undefined || last.nested === null || /[)\]]$/.test(last.image)) return [own];
  const inner = innerLayout(last.nested);
  return [own, ...openPipelines(inner, last.nested.kind === 'subquery' || inner.scope !== null)];
}

const NAME = artificialToken(Identifier, 'name');
const OPEN = artificialToken(LeftParen, '(');
const PATH = artificialToken(Path, 'a/b');

class Completer {
  readonly #grammar: Grammar;
  readonly #known: KnownNames;
  readonly #span: Span;

  constructor(grammar: Grammar, known: KnownNames, span: Span) {
    this.#grammar = grammar;
    this.#known = known;
    this.#span = span;
  }

  at(layout: Layout, nested: boolean): readonly Completion[] {
    const stage = layout.stages.at(-1);
    if (stage === undefined) return this.#inScope(layout.scope ?? []);
    if (stage.tokens.length === 0)
      return this.#stageStart().filter(({ label }) => nested || label !== COMPOSE.name);
    return this.#inStage(stage.tokens);
  }

  /** Inside an open quote: values after `field="`. */
  quotedValue(layout: Layout): readonly Completion[] {
    const scope = layout.stages.length === 0 ? (layout.scope ?? []) : [];
    return scope.at(-1)?.image === '"' ? this.#values(scope.slice(0, -1)) : [];
  }

  #inScope(tokens: readonly Token[]): readonly Completion[] {
    const last = tokens.at(-1)?.tokenType;
    if (last === Equals || last === NotEquals) return this.#values(tokens);
    const words = tokens.length > 0 && last !== And && last !== Or ? ['and', 'or', 'not'] : ['not'];
    return [...this.#fields(), ...words.map((word) => this.#item(word, 'keyword', ''))];
  }

  #values(tokens: readonly Token[]): readonly Completion[] {
    const field = tokens.at(-2);
    if (field === undefined || (field.tokenType !== Bareword && field.tokenType !== QuotedName)) return [];
    const name = field.image.replace(/^%"?|"$/g, '').toLowerCase();
    for (const [key, values] of this.#known.values ?? []) {
      if (key.toLowerCase() === name) return values.map((value) => this.#item(value, 'value', ''));
    }
    return [];
  }

  #stageStart(): readonly Completion[] {
    const { forms } = this.#grammar;
    const operators = [
      ...new Map([...forms.operators.values()].map((form) => [form.entry.name, form.entry])).values(),
    ];
    return [
      ...operators.map((entry) => this.#item(entry.name, 'operator', entry.summary)),
      ...this.#aggregates(),
      ...this.#functions(),
    ];
  }

  #inStage(tokens: readonly Token[]): readonly Completion[] {
    const { forms } = this.#grammar;
    const kind = stageKind(tokens, forms);
    const items = [...this.#restOfName(tokens)];
    if (kind.kind === 'unknown') return items;
    const form = kind.kind === 'operator' ? kind.form : null;
    const after = this.#grammar.withTypes(kind.kind === 'operator' ? tokens.slice(kind.words) : tokens, form);
    if (after.at(-1)?.tokenType === As) return items;
    if (tokens.length > MAX_TOKENS) return [...items, ...this.#fields(), ...this.#functions()];
    const parser = this.#grammar.parsers.parserFor(form);
    const end = { start: 0, end: 0 };
    const parse = (more: readonly Token[]): Outcome<unknown> => {
      if (form !== null) return parser.parseOperator(form, more, end);
      return kind.kind === 'aggregate'
        ? parser.parseAggregateStage(more, end)
        : parser.parseExpressionStage(more, end);
    };
    const fits = (...probe: Token[]): boolean => {
      const { failedAt } = parse([...after, ...probe]);
      return failedAt === null || failedAt < 0 || failedAt >= after.length + probe.length;
    };
    if (fits(NAME)) {
      items.push(...this.#fields());
      if (kind.kind !== 'aggregate' && fits(NAME, OPEN)) items.push(...this.#functions());
      // An aggregate takes fields, no other aggregate.
      if (kind.kind === 'aggregate' && !isInParentheses(after) && fits(NAME, OPEN))
        items.push(...this.#aggregates());
    }
    if (mayTakeTable(form, after) && fits(PATH))
      items.push(...(this.#known.tables ?? []).map((table) => this.#item(table, 'table', '')));
    const words = new Map<string, TokenType>([...STAGE_WORDS, ...(form?.words ?? [])]);
    for (const [word, type] of words) {
      if (type === Group) continue;
      // A keyword that fits only because any name fits is no suggestion.
      if (fits(artificialToken(type, word)) && !this.#readsAsName(parse, after, type, word)) {
        items.push(this.#item(word, 'keyword', ''));
      }
    }
    return items;
  }

  #readsAsName(
    parse: (tokens: readonly Token[]) => Outcome<unknown>,
    tokens: readonly Token[],
    type: TokenType,
    word: string,
  ): boolean {
    const probe = artificialToken(type, word);
    parse([...tokens, probe]);
    return probe.role !== 'keyword' && probe.role !== 'prefix';
  }

  /** `regex` after `parse`: the other words of longer operator names. */
  #restOfName(tokens: readonly Token[]): readonly Completion[] {
    const written = `${tokens.map((token) => token.image.toLowerCase()).join(' ')} `;
    const found: Completion[] = [];
    for (const [name, form] of this.#grammar.forms.operators) {
      if (name.startsWith(written))
        found.push(this.#item(name.slice(written.length), 'operator', form.entry.summary));
    }
    return found;
  }

  #fields(): readonly Completion[] {
    return (this.#known.fields ?? []).map((name) => this.#item(fieldLabel(name), 'field', ''));
  }

  #functions(): readonly Completion[] {
    const entries = [...new Set(this.#grammar.forms.functions.values())];
    return entries.map((entry) => this.#item(entry.name, 'function', entry.summary));
  }

  #aggregates(): readonly Completion[] {
    const entries = [...new Set(this.#grammar.forms.aggregates.values())];
    return entries.map((entry) => this.#item(entry.name, 'aggregate', entry.summary));
  }

  #item(label: string, kind: Completion['kind'], detail: string): Completion {
    return { label, kind, detail, span: this.#span };
  }
}

/** In an expression a table fits wherever a value does, but only `lookupContains` takes one. */
function mayTakeTable(form: OperatorForm | null, tokens: readonly Token[]): boolean {
  if (form !== null && form.pathAfter.size > 0) return true;
  return tokens.at(-1)?.tokenType === LeftParen && /^lookupContains$/i.test(tokens.at(-2)?.image ?? '');
}

function isInParentheses(tokens: readonly Token[]): boolean {
  const depth = tokens.reduce(
    (open, { tokenType }) => open + (tokenType === LeftParen ? 1 : tokenType === RightParen ? -1 : 0),
    0,
  );
  return depth > 0;
}

/** A field name as it must be written: `%"a b"` when it is no plain name. */
function fieldLabel(name: string): string {
  return /^[A-Za-z_]\w*(?:\.\w+)*$/.test(name) ? name : `%"${name.replaceAll('"', '\\"')}"`;
}
