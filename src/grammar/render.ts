import type { Diagnostic } from './diagnostics.ts';

/** How to print diagnostics. */
export interface RenderOptions {
  /** Named in the line above the text: a file. */
  readonly source?: string;
}

/** Lines longer than this are cut around the place that a diagnostic points at. */
const MAX_WIDTH = 160;

/**
 * Diagnostics as text for people, one blank line between them:
 *
 * ```
 * error[unknown-operator]: operator `cuont` is not known
 *   |
 * 1 | * | json | cuont by status
 *   |            ^^^^^
 *   = help: `count` might be meant
 * ```
 */
export function renderDiagnostics(
  text: string,
  diagnostics: readonly Diagnostic[],
  options: RenderOptions = {},
): string {
  return diagnostics.map((diagnostic) => renderDiagnostic(text, diagnostic, options)).join('\n\n');
}

function renderDiagnostic(text: string, diagnostic: Diagnostic, options: RenderOptions): string {
  const { line, number, start } = lineAt(text, diagnostic.span.start);
  const column = diagnostic.span.start - start;
  const length = Math.max(1, Math.min(diagnostic.span.end, start + line.length) - diagnostic.span.start);
  const shown = window(line, column, length);
  const margin = ' '.repeat(String(number).length);
  const lines = [`${diagnostic.severity}[${diagnostic.code}]: ${diagnostic.message}`];
  if (options.source !== undefined) lines.push(`${margin}--> ${options.source}:${number}:${column + 1}`);
  lines.push(`${margin} |`);
  lines.push(`${number} | ${shown.text}`);
  lines.push(`${margin} | ${' '.repeat(shown.column)}${'^'.repeat(shown.length)}`);
  for (const note of diagnostic.notes ?? []) lines.push(`${margin} = note: ${note}`);
  if (diagnostic.help !== undefined) lines.push(`${margin} = help: ${diagnostic.help}`);
  return lines.map((each) => each.trimEnd()).join('\n');
}

/** The line that an offset lies in, its number (from 1) and where it starts. */
function lineAt(
  text: string,
  offset: number,
): { readonly line: string; readonly number: number; readonly start: number } {
  const at = Math.max(0, Math.min(offset, text.length));
  const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  const next = text.indexOf('\n', start);
  const line = text.slice(start, next < 0 ? text.length : next).replace(/\r$/, '');
  let number = 1;
  for (let index = text.indexOf('\n'); index >= 0 && index < start; index = text.indexOf('\n', index + 1))
    number++;
  return { line, number, start };
}

/** The part of a line to show, with tabs and control characters as single spaces so that the carets fit. */
function window(
  line: string,
  column: number,
  length: number,
): { readonly text: string; readonly column: number; readonly length: number } {
  const flat = line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
  if (flat.length <= MAX_WIDTH) return { text: flat, column: Math.min(column, flat.length), length };
  const from = Math.max(0, Math.min(column - MAX_WIDTH / 4, flat.length - MAX_WIDTH));
  const before = from > 0 ? '…' : '';
  const after = from + MAX_WIDTH < flat.length ? '…' : '';
  const visible = Math.max(1, Math.min(length, MAX_WIDTH - (column - from)));
  return {
    text: `${before}${flat.slice(from, from + MAX_WIDTH)}${after}`,
    column: Math.min(column, flat.length) - from + before.length,
    length: visible,
  };
}
