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

/** Fixes are applied one at a time, each to a text that was checked again; no text needs this many. */
const MOST_FIXES = 500;

/** The text with all fixes applied, one after the other, because one may change what the next should do. */
export function fixedBy(text: string, check: (text: string) => readonly Diagnostic[]): string {
  const seen = new Set<string>();
  let current = text;
  for (let count = 0; count < MOST_FIXES && !seen.has(current); count++) {
    seen.add(current);
    const next = check(current).find(({ fix }) => fix !== undefined);
    if (next === undefined) break;
    current = applyFixes(current, [next]);
  }
  return current;
}
