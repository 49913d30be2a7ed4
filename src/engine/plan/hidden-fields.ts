import type { Scope } from '../../grammar/ast.ts';
import { scopeFields } from '../scope/facts.ts';
import { VIEW_NAME } from '../scope/indexes.ts';
import type { FieldNames } from './field-names.ts';
import type { ResolvedStage } from './forward.ts';

/** What the system writes to messages, in lower case; nobody wants it in every result. */
const SYSTEM_FIELDS = ['_index', '_source', VIEW_NAME.toLowerCase()];

/** The system's fields that messages as a result do not show: those that neither scope nor stages name. */
export function hiddenFields(
  scope: Scope,
  stages: readonly ResolvedStage[],
  names: FieldNames,
): readonly string[] {
  const named = new Set(scopeFields(scope).map((name) => name.toLowerCase()));
  // A stage such as `json auto` may make a field of any name, and then it is no longer the system's.
  const isOpen = stages.some(({ stage, definition }) => {
    return stage.kind === 'operator' && definition?.writes(stage.args) === 'all';
  });
  return SYSTEM_FIELDS.filter(
    (name) => !named.has(name) && !names.has(name) && !(isOpen && name === '_source'),
  );
}
