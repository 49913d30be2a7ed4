import type { Scope, ScopeTerm } from '../../src/grammar/ast.ts';
import { get, type Row, textIn } from './table.ts';

/** Runs of letters, digits and `_`, and every other character that is not white space. */
const termsOf = (text: string): string[] =>
  [...text.toLowerCase().matchAll(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu)].map(([term]) => term);

/** A pattern in which these characters are wildcards: `*` for any run, `?` for one character. */
function wild(glob: string, wildcards = '*?'): RegExp {
  const parts = [...glob.toLowerCase()].map((character) => {
    if (wildcards.includes(character)) return character === '*' ? '[^]*' : '[^]';
    return character.replace(/[\\^$.+*?()[\]{}|/]/, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 'u');
}

/** Whether the message belongs to the search. */
export function inScope(scope: Scope, row: Row): boolean {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'not':
      return !inScope(scope.of, row);
    case 'and':
      return scope.of.every((each) => inScope(each, row));
    case 'or':
      return scope.of.some((each) => inScope(each, row));
    case 'fieldPredicate': {
      const value = textIn(get(row, scope.field.text));
      if (value === null) return false;
      if (scope.exact === true) return value.toLowerCase() === scope.value.toLowerCase();
      return wild(scope.value).test(value.toLowerCase());
    }
    case 'term':
      return hasPhrase(termsOf(textIn(get(row, '_raw')) ?? ''), scope);
    case 'subquery':
      throw new Error('a subquery is replaced before its query runs');
  }
}

/** Whether the terms of a keyword or phrase follow each other somewhere. In quotes only `*` is a wildcard. */
function hasPhrase(terms: readonly string[], { text, quoted, exact }: ScopeTerm): boolean {
  if (text === '*') return true;
  const wildcards = exact === true ? '' : quoted ? '*' : '*?';
  const wanted = globsOf(text, wildcards);
  if (wanted.length === 0) return true;
  if (wanted.length > 1 && !wanted.every(isSupported)) return false;
  const tests = wanted.map((term) => {
    const pattern = wild(term, wildcards);
    return (each: string) => pattern.test(each);
  });
  return terms.some((_, from) =>
    tests.every((fits, at) => from + at < terms.length && fits(terms[from + at]!)),
  );
}

const globsOf = (text: string, wildcards: string): string[] => {
  const word = `\\p{L}\\p{N}_${wildcards}`;
  return [...text.toLowerCase().matchAll(new RegExp(`[${word}]+|[^\\s${word}]`, 'gu'))].map(([term]) => term);
};

/** In a phrase a wildcard stands for a whole term, or for the outer end of the first or the last one. */
function isSupported(term: string, at: number, terms: readonly string[]): boolean {
  if (term === '*' || !/[*?]/.test(term)) return true;
  return (at === 0 && /^[*?]+[^*?]*$/.test(term)) || (at === terms.length - 1 && /^[^*?]*[*?]+$/.test(term));
}
