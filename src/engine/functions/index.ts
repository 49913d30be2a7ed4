import type { FunctionDefinition } from '../define.ts';

/** Every function of the language; one line each, in alphabetical order. */
export const functions: readonly FunctionDefinition[] = [];
