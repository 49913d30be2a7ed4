import { scopeLeaves } from '../engine/scope/scope-leaves.ts';
import type { Scope, ScopeField } from '../grammar/ast.ts';
import { type Diagnostic, error } from '../grammar/diagnostics.ts';

/** The fields that a rule's scope may ask for: what every message has when it arrives. */
const SCOPE_FIELDS = [
  '_sourceCategory',
  '_sourceName',
  '_sourceHost',
  '_source',
  '_collector',
  '_size',
  '_raw',
  '_messageTime',
  '_receiptTime',
];

/** Everything in a scope that cannot be known when a message arrives. */
export function checkRuleScope(scope: Scope): readonly Diagnostic[] {
  return scopeLeaves(scope).flatMap((leaf) => {
    if (leaf.kind === 'fieldPredicate') return checkField(leaf);
    if (leaf.kind !== 'subquery') return [];
    return [error('not-allowed', leaf.span, 'a rule cannot search with a subquery')];
  });
}

function checkField({ field }: ScopeField): readonly Diagnostic[] {
  const name = field.text.toLowerCase();
  if (SCOPE_FIELDS.some((known) => known.toLowerCase() === name)) return [];
  return [
    error('not-allowed', field.span, `the field \`${field.text}\` cannot be used in the scope of a rule`, {
      help: 'only keywords and built-in metadata are known when a message arrives, such as `_sourceCategory`',
    }),
  ];
}

/** Whether some message may be in both scopes. False is certain: a metadata field would need two values. */
export function mayOverlap(a: Scope, b: Scope): boolean {
  const other = required(b);
  return required(a).every((one) => other.every((two) => !areDisjoint(one, two)));
}

function required(scope: Scope): readonly ScopeField[] {
  if (scope.kind === 'fieldPredicate') return [scope];
  return scope.kind === 'and' ? scope.of.flatMap(required) : [];
}

function areDisjoint(a: ScopeField, b: ScopeField): boolean {
  if (a.field.text.toLowerCase() !== b.field.text.toLowerCase()) return false;
  const one = a.value.toLowerCase();
  const two = b.value.toLowerCase();
  const [head, otherHead] = [fixedHead(one), fixedHead(two)];
  const shared = Math.min(head.length, otherHead.length);
  if (head.slice(0, shared) !== otherHead.slice(0, shared)) return true;
  // Same beginning: only two values without wildcards are certainly different.
  return head === one && otherHead === two && one !== two;
}

function fixedHead(value: string): string {
  const at = value.search(/[*?]/);
  return at < 0 ? value : value.slice(0, at);
}
