import type { OperatorDefinition } from '../define.ts';

/** Every operator of the language; one line each, in alphabetical order. */
export const operators: readonly OperatorDefinition[] = [];
