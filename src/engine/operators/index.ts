import type { OperatorDefinition } from '../define.ts';
import { fields } from './fields.ts';
import { limit } from './limit.ts';
import { sort } from './sort.ts';
import { where } from './where.ts';

/** Every operator of the language; one line each, in alphabetical order. */
export const operators: readonly OperatorDefinition[] = [
  fields,
  limit,
  sort,
  where,
];
