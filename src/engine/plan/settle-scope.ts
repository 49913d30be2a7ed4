import type { Scope, ScopeField } from '../../grammar/ast.ts';
import { type Diagnostic, error, warning } from '../../grammar/diagnostics.ts';
import { impossibleTerms } from '../scope/facts.ts';
import { isIndexAlias, isIndexPredicate, isUserIndex } from '../scope/indexes.ts';
import { scopeLeaves } from '../scope/scope-leaves.ts';

/** What the tiers of the cloud product are called; a store here has one, which is all of them. */
const TIERS = ['Continuous', 'Frequent', 'Infrequent', 'All'];

const MIXED_INDEXES = 'System indexes with alias names have been excluded from the results of the query';

/** The scope as the source is asked for it: modifiers that name no field are taken out. Reports what is wrong with it. */
export function settleScope(scope: Scope, report: (diagnostic: Diagnostic) => void): Scope {
  for (const term of impossibleTerms(scope)) {
    report(
      warning(
        'bad-pattern',
        term.span,
        `\`${term.text}\` matches nothing: a wildcard stands inside a phrase`,
        {
          help: 'in a phrase `*` stands for one whole term; parts of a term only at its two ends',
        },
      ),
    );
  }
  const indexes = indexPredicates(scope);
  const isMixed = indexes.some(({ value }) => isUserIndex(value));
  const skipped = isMixed ? indexes.filter(({ value }) => isIndexAlias(value)) : [];
  const [first] = skipped;
  if (first !== undefined) {
    report(
      warning('bad-value', first.span, MIXED_INDEXES, {
        help: 'ask for them in a query of their own, or by their whole names, as `sumologic_default`',
      }),
    );
  }
  return settled(scope, new Set(skipped), report);
}

function settled(
  scope: Scope,
  skipped: ReadonlySet<ScopeField>,
  report: (diagnostic: Diagnostic) => void,
): Scope {
  switch (scope.kind) {
    case 'fieldPredicate':
      if (isTierPredicate(scope)) {
        checkTier(scope, report);
        return { kind: 'all', span: scope.span };
      }
      return skipped.has(scope) ? nothing(scope) : scope;
    case 'not':
      if (scope.of.kind === 'fieldPredicate' && isTierPredicate(scope.of)) {
        report(
          error('bad-value', scope.span, '`_dataTier` chooses tiers and cannot be negated', {
            help: `name the tiers that are meant: ${TIERS.join(', ')}`,
          }),
        );
      }
      return { ...scope, of: settled(scope.of, skipped, report) };
    case 'and':
    case 'or':
      return joined(
        scope,
        scope.of.map((part) => settled(part, skipped, report)),
      );
    default:
      return scope;
  }
}

/** The parts of an `and` that ask for something, or the alternatives of an `or`. */
function joined(scope: Scope & { kind: 'and' | 'or' }, parts: readonly Scope[]): Scope {
  if (parts.every((part, at) => part === scope.of[at])) return scope;
  const { span } = scope;
  if (scope.kind === 'or') return parts.some(isAll) ? { kind: 'all', span } : { ...scope, of: parts };
  const asking = parts.filter((part) => !isAll(part));
  const [only] = asking;
  if (only === undefined) return { kind: 'all', span };
  // The whole span stays: it is what `explain` shows.
  return asking.length === 1 ? { ...only, span } : { ...scope, of: asking };
}

function isAll(scope: Scope): boolean {
  return scope.kind === 'all';
}

function nothing({ span }: Scope): Scope {
  return { kind: 'not', of: { kind: 'all', span }, span };
}

function isTierPredicate({ field }: ScopeField): boolean {
  return field.text.toLowerCase() === '_datatier';
}

function checkTier({ value, span }: ScopeField, report: (diagnostic: Diagnostic) => void): void {
  if (value === '*' || TIERS.some((tier) => tier.toLowerCase() === value.toLowerCase())) return;
  report(
    error('bad-value', span, `\`${value}\` is no data tier`, {
      help: `the tiers are ${TIERS.join(', ')}; a store has one, so each of them finds everything`,
    }),
  );
}

function indexPredicates(scope: Scope): readonly ScopeField[] {
  return scopeLeaves(scope)
    .filter((leaf) => leaf.kind === 'fieldPredicate')
    .filter(isIndexPredicate);
}
