import type { TokenType } from 'chevrotain';
import type { ClauseShape } from './syntax.ts';
import { EXPRESSION_WORDS, keywordToken } from './tokens.ts';
import type { Vocabulary } from './vocabulary.ts';

/** An operator of the vocabulary. */
export type OperatorEntry = Vocabulary['operators'][number];
/** A function of the vocabulary. */
export type FunctionEntry = Vocabulary['functions'][number];
/** An aggregate of the vocabulary. */
export type AggregateEntry = Vocabulary['aggregates'][number];

/** What the scanner and the parser must know of an operator before they read its stage. */
export interface OperatorForm {
  readonly entry: OperatorEntry;
  /** The keywords of its syntax (in lower case) with their token types. */
  readonly words: ReadonlyMap<string, TokenType>;
  /** What may stand first after its name. */
  readonly first: FirstSet;
  /** Keywords after which a table name may stand; `''` when it may stand first. */
  readonly pathAfter: ReadonlySet<string>;
  readonly hasPipeline: boolean;
}

/** What a clause may start with. */
export interface FirstSet {
  readonly words: ReadonlySet<string>;
  readonly symbols: ReadonlySet<string>;
  /** True when a name may stand there. */
  readonly name: boolean;
  readonly text: boolean;
  readonly number: boolean;
  readonly path: boolean;
  readonly expression: boolean;
  /** True when the clause may be empty. */
  readonly empty: boolean;
}

/** A vocabulary with everything findable by name, in lower case. */
export interface Forms {
  /** By name or alias, words separated by one space. */
  readonly operators: ReadonlyMap<string, OperatorForm>;
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly aggregates: ReadonlyMap<string, AggregateEntry>;
  /** The largest number of words in an operator's name. */
  readonly longestName: number;
}

/** Indexes a vocabulary. */
export function createForms(vocabulary: Vocabulary): Forms {
  const operators = new Map<string, OperatorForm>();
  let longestName = 1;
  for (const entry of vocabulary.operators) {
    const form = describeOperator(entry);
    for (const name of [entry.name, ...entry.aliases]) {
      operators.set(name.toLowerCase(), form);
      longestName = Math.max(longestName, name.split(' ').length);
    }
  }
  return {
    operators,
    functions: byName(vocabulary.functions),
    aggregates: byName(vocabulary.aggregates),
    longestName,
  };
}

function byName<E extends { readonly name: string; readonly aliases: readonly string[] }>(
  entries: readonly E[],
): Map<string, E> {
  const found = new Map<string, E>();
  for (const entry of entries) {
    for (const name of [entry.name, ...entry.aliases]) found.set(name.toLowerCase(), entry);
  }
  return found;
}

function describeOperator(entry: OperatorEntry): OperatorForm {
  const words = new Map<string, TokenType>();
  const clauses = Object.values(entry.syntax);
  for (const word of clauses.flatMap(clauseWords)) words.set(word, keywordToken(word));
  const pathAfter = new Set<string>();
  collectPathStarts(clauses, new Set(['']), pathAfter);
  return {
    entry,
    words,
    first: firstOfSequence(clauses),
    pathAfter,
    hasPipeline: clauses.some((clause) => contains(clause, 'pipeline')),
  };
}

/** The clauses directly inside a clause. */
function innerClauses(clause: ClauseShape): readonly ClauseShape[] {
  switch (clause.kind) {
    case 'setting':
    case 'optional':
    case 'list':
      return [clause.of];
    case 'sequence':
    case 'anyOrder':
      return Object.values(clause.parts);
    case 'choice':
      return Object.values(clause.options);
    default:
      return [];
  }
}

function contains(clause: ClauseShape, kind: ClauseShape['kind']): boolean {
  return clause.kind === kind || innerClauses(clause).some((inner) => contains(inner, kind));
}

/** All keywords in a clause, in lower case. */
function clauseWords(clause: ClauseShape): readonly string[] {
  const inner = innerClauses(clause).flatMap(clauseWords);
  if (clause.kind === 'word') return clause.words.map((word) => word.toLowerCase());
  if (clause.kind === 'setting') return [clause.word.toLowerCase(), ...inner];
  if (clause.kind === 'list' && clause.separator === 'and') return ['and', ...inner];
  return inner;
}

const NOTHING: FirstSet = {
  words: new Set(),
  symbols: new Set(),
  name: false,
  text: false,
  number: false,
  path: false,
  expression: false,
  empty: true,
};

function union(one: FirstSet, other: FirstSet, empty: boolean): FirstSet {
  return {
    words: new Set([...one.words, ...other.words]),
    symbols: new Set([...one.symbols, ...other.symbols]),
    name: one.name || other.name,
    text: one.text || other.text,
    number: one.number || other.number,
    path: one.path || other.path,
    expression: one.expression || other.expression,
    empty,
  };
}

/** What a sequence of clauses may start with. */
export function firstOfSequence(clauses: readonly ClauseShape[]): FirstSet {
  let first = NOTHING;
  for (const clause of clauses) {
    const next = firstOf(clause);
    first = union(first, next, next.empty);
    if (!next.empty) return first;
  }
  return first;
}

/** What a clause may start with. */
export function firstOf(clause: ClauseShape): FirstSet {
  const filled: FirstSet = { ...NOTHING, empty: false };
  switch (clause.kind) {
    case 'word': {
      const words = clause.words.map((word) => word.toLowerCase());
      // `group by` is `by` everywhere.
      return { ...filled, words: new Set(words.includes('by') ? [...words, 'group'] : words) };
    }
    case 'setting':
      return { ...filled, words: new Set([clause.word.toLowerCase()]) };
    case 'symbol':
      return { ...filled, symbols: new Set([clause.symbol.slice(0, 1)]) };
    case 'field':
    case 'name':
      return { ...filled, name: true };
    case 'text':
      return { ...filled, text: true, name: clause.bare, number: clause.bare };
    case 'path':
      return { ...filled, path: true, text: true };
    case 'amount':
      return { ...filled, number: true, symbols: clause.signed ? new Set(['-', '+']) : new Set() };
    case 'expression':
      return {
        ...filled,
        name: true,
        text: true,
        number: true,
        expression: true,
        symbols: new Set(['(', '-', '!']),
      };
    case 'pipeline':
      return { ...filled, symbols: new Set(['(']) };
    case 'optional':
      return { ...firstOf(clause.of), empty: true };
    case 'list': {
      const one = firstOf(clause.of);
      const first = isFieldList(clause) ? { ...one, symbols: new Set([...one.symbols, '(']) } : one;
      return clause.atLeast === 0 ? { ...first, empty: true } : first;
    }
    case 'sequence':
      return firstOfSequence(Object.values(clause.parts));
    case 'choice':
      return Object.values(clause.options).reduce<FirstSet>(
        (first, option) => {
          const next = firstOf(option);
          return union(first, next, first.empty || next.empty);
        },
        { ...NOTHING, empty: false },
      );
    case 'anyOrder':
      return Object.values(clause.parts).reduce<FirstSet>(
        (first, part) => union(first, firstOf(part), true),
        NOTHING,
      );
  }
}

/** A list of plain fields may stand in parentheses: `fields (a, b)`. */
export function isFieldList(clause: ClauseShape): boolean {
  return clause.kind === 'list' && clause.of.kind === 'field' && clause.separator === 'comma';
}

/** Adds the keywords that may stand right before a path; returns what may stand before the clause after these. */
function collectPathStarts(
  clauses: readonly ClauseShape[],
  before: Set<string>,
  found: Set<string>,
): Set<string> {
  let last = before;
  for (const clause of clauses) last = pathStartsIn(clause, last, found);
  return last;
}

function pathStartsIn(clause: ClauseShape, before: Set<string>, found: Set<string>): Set<string> {
  switch (clause.kind) {
    case 'path':
      for (const word of before) found.add(word);
      return new Set();
    case 'word':
      return new Set(clause.words.map((word) => word.toLowerCase()));
    case 'setting':
      return pathStartsIn(clause.of, new Set([clause.word.toLowerCase()]), found);
    case 'optional':
      return new Set([...before, ...pathStartsIn(clause.of, before, found)]);
    case 'list':
      return pathStartsIn(clause.of, before, found);
    case 'sequence':
      return collectPathStarts(Object.values(clause.parts), before, found);
    case 'choice':
    case 'anyOrder': {
      const parts = innerClauses(clause);
      const after = parts.flatMap((part) => [...pathStartsIn(part, before, found)]);
      return new Set(clause.kind === 'anyOrder' ? [...before, ...after] : after);
    }
    default:
      return new Set();
  }
}

/** The operator that a stage's first words name: the longest name that fits. Null when there is none. */
export function operatorAt(
  forms: Forms,
  wordAt: (index: number) => string | null,
): { readonly form: OperatorForm; readonly words: number } | null {
  let name = '';
  let best: { form: OperatorForm; words: number } | null = null;
  for (let index = 0; index < forms.longestName; index++) {
    const word = wordAt(index);
    if (word === null) break;
    name = index === 0 ? word.toLowerCase() : `${name} ${word.toLowerCase()}`;
    const form = forms.operators.get(name);
    if (form !== undefined) best = { form, words: index + 1 };
  }
  return best;
}

/** True for the words that are operators in expressions, in any letter case. */
export function isExpressionWord(word: string): boolean {
  return EXPRESSION_WORDS.has(word.toLowerCase());
}
