import type { Scope, ScopeTerm } from '../../grammar/ast.ts';
import { fieldsBehind } from './built-in-fields.ts';
import { isIndexPredicate } from './indexes.ts';
import { parsePhrase } from './phrase.ts';
import { scopeLeaves } from './scope-leaves.ts';

/**
 * The words that every matching message contains as whole terms, in lower case: what a term filter
 * can be asked. Empty when nothing is certain.
 */
export function requiredTerms(scope: Scope): readonly string[] {
  switch (scope.kind) {
    case 'term':
      return wordsOf(scope);
    case 'and':
      return [...new Set(scope.of.flatMap(requiredTerms))];
    case 'or': {
      const [first, ...others] = scope.of.map((part) => new Set(requiredTerms(part)));
      return first === undefined ? [] : [...first].filter((term) => others.every((terms) => terms.has(term)));
    }
    default:
      return [];
  }
}

/** Whether some message could match, when `hasTerm` says which words (lower case) occur at all. False is certain. */
export function mayMatch(scope: Scope, hasTerm: (term: string) => boolean): boolean {
  switch (scope.kind) {
    case 'term':
      return wordsOf(scope).every(hasTerm);
    case 'and':
      return scope.of.every((part) => mayMatch(part, hasTerm));
    case 'or':
      return scope.of.some((part) => mayMatch(part, hasTerm));
    default:
      return true;
  }
}

function wordsOf(term: ScopeTerm): string[] {
  const phrase = parsePhrase(term.text, term.quoted, term.exact) ?? [];
  return phrase.flatMap((pattern) => (pattern.kind === 'word' && !pattern.wild ? [pattern.text] : []));
}

/** The fields that the scope reads, as written; keywords read `_raw`. */
export function scopeFields(scope: Scope): readonly string[] {
  const fields = new Map<string, string>();
  for (const leaf of scopeLeaves(scope)) {
    if (leaf.kind === 'term') fields.set('_raw', '_raw');
    else if (leaf.kind === 'fieldPredicate') {
      const read = isIndexPredicate(leaf) ? ['_index'] : fieldsBehind(leaf.field.text);
      for (const name of read) fields.set(name.toLowerCase(), name);
    }
  }
  return [...fields.values()];
}

/** Keywords and phrases that match nothing because of a wildcard where none can stand. */
export function impossibleTerms(scope: Scope): readonly ScopeTerm[] {
  return scopeLeaves(scope)
    .filter((leaf) => leaf.kind === 'term')
    .filter(({ text, quoted, exact }) => parsePhrase(text, quoted, exact) === null);
}
