import type { Diagnostic } from '../grammar/diagnostics.ts';
import { prepareQuery } from '../index.ts';

/** Everything that can be said of a query without running it: grammar, names, types, plan, lint; in order of place. */
export async function diagnose(text: string): Promise<readonly Diagnostic[]> {
  const { diagnostics } = prepareQuery(text, { mode: 'check' });
  return diagnostics.toSorted((a, b) => a.span.start - b.span.start);
}
