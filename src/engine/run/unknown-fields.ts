import type { Scope } from '../../grammar/ast.ts';
import type { RunContext } from '../define.ts';
import { scopeFields } from '../scope/facts.ts';
import type { Source } from '../source.ts';

/** Says which fields of the search expression no message of the source has: testing one matches nothing. */
export async function warnOfUnknownFields(scope: Scope, source: Source, context: RunContext): Promise<void> {
  // What begins with an underscore is the system's, and there without being stored.
  const named = scopeFields(scope).filter((name) => !name.startsWith('_'));
  const known = named.length === 0 ? null : await source.fields();
  if (known === null) return;
  const have = new Set(known.map((name) => name.toLowerCase()));
  for (const name of named) {
    if (!have.has(name.toLowerCase()))
      context.warn(`no message has the field \`${name}\`, so \`${name}=…\` matches nothing`);
  }
}
