import { type Batch, pickColumns } from '../columns/batch.ts';
import type { Plan } from '../plan/plan.ts';
import { MESSAGE_FIELDS } from '../source.ts';

/** Messages show the fields that every message has first, and not those that are the system's own. */
export function arranged(batch: Batch, { raw, hidden }: Pick<Plan, 'raw' | 'hidden'>): Batch {
  if (!raw) return batch;
  const { schema } = batch;
  const first = MESSAGE_FIELDS.map((name) => schema.find(name)).filter((position) => position >= 0);
  const unseen = hidden.map((name) => schema.find(name)).filter((position) => position >= 0);
  if (unseen.length === 0 && first.every((position, at) => position === at)) return batch;
  const chosen = new Set([...first, ...unseen]);
  const others = schema.names.map((_, position) => position).filter((position) => !chosen.has(position));
  return pickColumns(batch, [...first, ...others]);
}
