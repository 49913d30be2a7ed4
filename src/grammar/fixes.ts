import type { Diagnostic, Fix } from './diagnostics.ts';

type Edit = Fix['edits'][number];

/** The text with every fix applied as a whole; of two that touch the same place, the first. */
export function applyFixes(text: string, diagnostics: readonly Diagnostic[]): string {
  const edits: Edit[] = [];
  for (const { fix } of diagnostics) {
    if (fix?.edits.every((edit) => !edits.some((other) => touches(edit, other)))) edits.push(...fix.edits);
  }
  let fixed = '';
  let at = 0;
  for (const { span, text: replacement } of edits.toSorted((a, b) => a.span.start - b.span.start)) {
    fixed += text.slice(at, span.start) + replacement;
    at = span.end;
  }
  return fixed + text.slice(at);
}

function touches(one: Edit, other: Edit): boolean {
  return one.span.start <= other.span.end && other.span.start <= one.span.end;
}
