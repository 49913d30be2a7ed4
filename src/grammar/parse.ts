import type { Query } from './ast.ts';
import { grouped } from './counted.ts';
import { type Diagnostic, error, warning } from './diagnostics.ts';
import { createForms, type Forms, type OperatorForm } from './forms.ts';
import type { Layout } from './layout.ts';
import {
  expandMacros,
  type Macro,
  SAME_TEXT,
  type SourceMap,
  type Substituted,
  substituteParameters,
} from './parameters.ts';
import { ParseRun } from './parse-run.ts';
import { ParserCache } from './parser-cache.ts';
import { retype } from './retype.ts';
import { type Scanned, scan } from './scanner.ts';
import { COMPOSE } from './subquery.ts';
import type { Token } from './tokens.ts';
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

/** Texts longer than this are read but get a warning: the cloud product rejects them. */
const LONG_TEXT = 15_000;
/** Texts longer than this are not read. */
const MAX_TEXT = 250_000;

/** Reads queries in one vocabulary. Holds the parsers that were built, so make one and keep it. */
export class Grammar {
  readonly forms: Forms;
  readonly parsers: ParserCache;

  constructor(vocabulary: Vocabulary) {
    this.forms = createForms({ ...vocabulary, operators: [...vocabulary.operators, COMPOSE] });
    this.parsers = new ParserCache(this.forms);
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
    const run = new ParseRun(this.parsers, mode, scanned.layout, diagnostics, missing);
    const partial = run.query(scanned.layout);
    if (text.length > LONG_TEXT) {
      const message = `the query has ${grouped(text.length)} characters, more than the 15,000 that the cloud product takes`;
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
}

function tooLong(text: string): { parsed: Parsed; layout: Layout } {
  const start = { start: 0, end: 0 };
  const partial: Query = { kind: 'query', scope: { kind: 'all', span: start }, stages: [], span: start };
  const message = `the query has ${grouped(text.length)} characters, more than ${grouped(MAX_TEXT)}`;
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
