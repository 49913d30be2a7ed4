import type { Args, Scope, Stage } from '../../grammar/ast.ts';
import { keepRows, type OperatorDefinition } from '../define.ts';
import { compileScope } from '../scope/compile.ts';
import { scopeFields } from '../scope/facts.ts';

/** A stage for what a search expression asks of fields that are made after the scan. No text can name it. */
export const scopeFilter: OperatorDefinition = {
  kind: 'operator',
  name: 'scope filter',
  summary: 'Keeps the messages that a search expression matches.',
  syntax: {},
  reads: (args) => scopeFields(scopeOf(args)),
  writes: () => [],
  order: 'keeps',
  split: 'anywhere',
  changesRowCount: true,
  start: (args) => keepRows(compileScope(scopeOf(args))),
  examples: [],
};

/** The stage that keeps what `scope` matches. */
export function scopeFilterStage(scope: Scope): Stage {
  const { span } = scope;
  const args = { scope } as unknown as Args;
  return { kind: 'operator', name: scopeFilter.name, nameSpan: span, args, span };
}

/** The scope is no argument that a text could give, so the type of arguments does not know it. */
function scopeOf(args: { readonly [clause: string]: unknown }): Scope {
  return args.scope as Scope;
}
