import type { Scope } from '../../src/grammar/ast.ts';
import { get, type Row, textIn } from './table.ts';

/** Runs of letters, digits and `_`, and every other character that is not white space. */
const termsOf = (text: string): string[] =>
  [...text.toLowerCase().matchAll(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu)].map(([term]) => term);

const wild = (glob: string): RegExp =>
  new RegExp(
    `^${[...glob.toLowerCase()].map((character) => (character === '*' ? '[^]*' : character === '?' ? '[^]' : character.replace(/[\\^$.+()[\]{}|/]/, '\\$&'))).join('')}$`,
    'u',
  );

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
      return value !== null && wild(scope.value).test(value.toLowerCase());
    }
    case 'term':
      return hasPhrase(termsOf(textIn(get(row, '_raw')) ?? ''), scope.text, scope.quoted);
    case 'subquery':
      throw new Error('the oracle has no subqueries');
  }
}

/** Whether the terms of a keyword or phrase follow each other somewhere. */
function hasPhrase(terms: readonly string[], text: string, quoted: boolean): boolean {
  if (!quoted && text === '*') return true;
  const wanted = quoted ? termsOf(text) : globsOf(text);
  if (!quoted && wanted.length > 1 && !wanted.every(isSupported)) return false;
  const tests = wanted.map((term) => {
    const pattern = wild(term);
    return (each: string) => (quoted ? each === term : pattern.test(each));
  });
  return terms.some((_, from) =>
    tests.every((fits, at) => from + at < terms.length && fits(terms[from + at]!)),
  );
}

const globsOf = (text: string): string[] =>
  [...text.toLowerCase().matchAll(/[\p{L}\p{N}_*?]+|[^\s\p{L}\p{N}_*?]/gu)].map(([term]) => term);

/** In a phrase a wildcard stands for a whole term, or for the outer end of the first or the last one. */
function isSupported(term: string, at: number, terms: readonly string[]): boolean {
  if (term === '*' || !/[*?]/.test(term)) return true;
  return (at === 0 && /^[*?]+[^*?]*$/.test(term)) || (at === terms.length - 1 && /^[^*?]*[*?]+$/.test(term));
}
