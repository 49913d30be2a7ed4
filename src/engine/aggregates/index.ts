import type { AggregateDefinition } from '../define.ts';

/** Every aggregate of the language; one line each, in alphabetical order. */
export const aggregates: readonly AggregateDefinition[] = [];
