import type { Scope } from '../../grammar/ast.ts';

/** A part of a scope that is not made of others. */
export type ScopeLeaf = Exclude<Scope, { readonly kind: 'not' | 'and' | 'or' }>;

/** What a scope asks for, in order and whether negated or not: its parts that are not made of others. */
export function scopeLeaves(scope: Scope): readonly ScopeLeaf[] {
  switch (scope.kind) {
    case 'not':
      return scopeLeaves(scope.of);
    case 'and':
    case 'or':
      return scope.of.flatMap(scopeLeaves);
    default:
      return [scope];
  }
}

/** The scope with every such part replaced by what `replace` gives for it. */
export function mapScopeLeaves(scope: Scope, replace: (leaf: ScopeLeaf) => Scope): Scope {
  switch (scope.kind) {
    case 'not':
      return { ...scope, of: mapScopeLeaves(scope.of, replace) };
    case 'and':
    case 'or':
      return { ...scope, of: scope.of.map((part) => mapScopeLeaves(part, replace)) };
    default:
      return replace(scope);
  }
}
