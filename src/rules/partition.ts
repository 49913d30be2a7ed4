import { type ScopeLeaf, scopeLeaves } from '../engine/scope/scope-leaves.ts';
import type { Scope } from '../grammar/ast.ts';
import { type Diagnostic, error } from '../grammar/diagnostics.ts';
import { parseQuery } from '../language.ts';

/** A named part of a store, and which messages go there when they arrive. */
export interface Partition {
  readonly name: string;
  /** The routing expression, as written. */
  readonly scope: string;
  /** When it stopped to take messages (epoch ms), or null. What it has stays, and its name with it. */
  readonly removed: number | null;
}

const MOST_SCOPE = 2048;

/** The routing expression as a scope, or null with errors; it may ask for all that a message has when it arrives. */
export function readRouting(text: string): {
  readonly scope: Scope | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const parsed = parseQuery(text);
  const diagnostics = [...parsed.diagnostics];
  if (text.length > MOST_SCOPE) {
    const span = { start: MOST_SCOPE, end: text.length };
    const message = `the routing expression has ${text.length} characters; a partition may have ${MOST_SCOPE}`;
    diagnostics.push(error('too-long', span, message));
  }
  const [stage] = parsed.partial.stages;
  if (stage !== undefined) {
    diagnostics.push(
      error('not-allowed', stage.span, 'a routing expression is a search expression without stages'),
    );
  }
  diagnostics.push(...scopeLeaves(parsed.partial.scope).flatMap(refusal));
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  return { scope: failed ? null : parsed.partial.scope, diagnostics };
}

function refusal(leaf: ScopeLeaf): readonly Diagnostic[] {
  if (leaf.kind === 'subquery') {
    return [error('not-allowed', leaf.span, 'a routing expression cannot search with a subquery')];
  }
  if (leaf.kind !== 'fieldPredicate') return [];
  const { text, span } = leaf.field;
  if (!/^_(?:index|view|datatier)$/i.test(text)) return [];
  return [
    error('not-allowed', span, `\`${text}\` cannot be used in a routing expression`, {
      help: 'it decides where a message goes: ask for keywords and metadata such as `_sourceCategory`',
    }),
  ];
}
