import { builtInFields } from '../operators/built-in-fields.ts';
import { BUILT_IN_NAMES } from '../scope/built-in-fields.ts';
import { fieldsRead, type ResolvedStage } from './forward.ts';

/** The built-in fields that stages read of messages, before one of the stages makes a field of that name. */
export function builtInsRead(stages: readonly ResolvedStage[]): readonly string[] {
  const open = new Set(BUILT_IN_NAMES);
  const found = new Set<string>();
  visit(stages, open, found);
  return [...found];
}

function visit(stages: readonly ResolvedStage[], open: Set<string>, found: Set<string>): void {
  for (const resolved of stages) {
    const { stage, definition, target, before, pipelines } = resolved;
    if (!before.raw || definition === builtInFields) return;
    const read = pipelines.size > 0 ? (definition?.reads(argsOf(resolved)) ?? []) : fieldsRead(resolved);
    if (read !== 'all')
      for (const name of read) if (open.has(name.toLowerCase())) found.add(name.toLowerCase());
    for (const nested of pipelines.values()) visit(nested, new Set(open), found);
    const written = stage.kind === 'operator' ? (definition?.writes(stage.args) ?? []) : [target ?? ''];
    if (written !== 'all') for (const name of written) open.delete(name.toLowerCase());
  }
}

function argsOf({ stage }: ResolvedStage) {
  return stage.kind === 'operator' ? stage.args : {};
}
