import { resolveStages } from '../engine/plan/forward.ts';
import { MESSAGES } from '../engine/plan/shape.ts';
import { registry } from '../engine/registry.ts';
import { stagesBefore } from '../language.ts';

/** The fields that there are at a place of a query: those of its data, and what the stages before make. */
export function fieldsAt(
  text: string,
  offset: number,
  data: readonly string[],
  start: 'scope' | 'stages' = 'scope',
): readonly string[] {
  let shape = MESSAGES;
  for (const { stages, searches } of stagesBefore(text, offset, start)) {
    const before = searches ? MESSAGES : shape;
    shape = resolveStages(stages, before, registry, () => {}).at(-1)?.after ?? before;
  }
  const { names, open } = shape;
  const known = new Map(names.values().map((name) => [name.toLowerCase(), name]));
  if (open) for (const name of data) if (!known.has(name.toLowerCase())) known.set(name.toLowerCase(), name);
  return [...known.values()];
}
