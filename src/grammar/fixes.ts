import type { Diagnostic } from './diagnostics.ts';

/** The text with every fix applied; of two that touch the same place, the first. */
export function applyFixes(text: string, diagnostics: readonly Diagnostic[]): string {
  const edits = diagnostics
    .flatMap(({ fix }) => fix?.edits ?? [])
    .toSorted((a, b) => a.span.start - b.span.start);
  let fixed = '';
  let at = 0;
  for (const { span, text: replacement } of edits) {
    if (span.start < at) continue;
    fixed += text.slice(at, span.start) + replacement;
    at = span.end;
  }
  return fixed + text.slice(at);
}
