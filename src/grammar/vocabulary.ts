import type { Syntax } from './syntax.ts';

/** What the grammar must know of the language: names and what may follow them. Made from the registry by language.ts. */
export interface Vocabulary {
  readonly operators: readonly {
    readonly name: string;
    readonly aliases: readonly string[];
    readonly syntax: Syntax;
    readonly summary: string;
  }[];
  readonly functions: readonly {
    readonly name: string;
    readonly aliases: readonly string[];
    readonly usage: string;
    readonly summary: string;
  }[];
  readonly aggregates: readonly {
    readonly name: string;
    readonly aliases: readonly string[];
    readonly usage: string;
    readonly summary: string;
  }[];
}
