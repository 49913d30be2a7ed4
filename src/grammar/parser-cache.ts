import type { Forms, OperatorForm } from './forms.ts';
import { StageParser } from './parser.ts';

/** The parsers that were built so far. Lives as long as its grammar: building rules costs more than parsing. */
export class ParserCache {
  readonly forms: Forms;
  readonly #parsers = new Map<OperatorForm | null, StageParser>();
  #built = 0;

  constructor(forms: Forms) {
    this.forms = forms;
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

  /** Makes sure that there are parsers for all operators. */
  prepareAll(): void {
    this.prepare(new Set(this.forms.operators.values()));
  }

  /** The parser for an operator; null asks for one that reads scopes, expressions and aggregates. */
  parserFor(form: OperatorForm | null): StageParser {
    const parser = this.#parsers.get(form);
    if (parser !== undefined) return parser;
    this.prepare(new Set(form === null ? [] : [form]));
    return this.#parsers.get(form) as StageParser;
  }
}
