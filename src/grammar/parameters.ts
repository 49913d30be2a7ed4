import { counted, grouped } from './counted.ts';
import { type Diagnostic, error } from './diagnostics.ts';
import { nameList } from './name-list.ts';
import type { Span } from './span.ts';

/** A place where the scanned text differs from the text of the user. */
interface Replacement {
  /** Where it came from, in the text of the user. */
  readonly from: Span;
  /** Where it went, in the scanned text. */
  readonly to: Span;
}

/** Turns offsets of the scanned text into offsets of the text that the user wrote. */
export interface SourceMap {
  /** The user's span for `[start, end)` of the scanned text; a span inside a replacement becomes the whole placeholder. */
  original(start: number, end: number): Span;
}

/** The map of a text that was scanned as the user wrote it. */
export const SAME_TEXT: SourceMap = { original: (start, end) => ({ start, end }) };

/** A text with replacements made, and the way back. */
export interface Substituted {
  readonly text: string;
  readonly map: SourceMap;
  readonly diagnostics: readonly Diagnostic[];
  /** The parameters that became `*` for want of a value. */
  readonly missing: readonly MissingParameter[];
}

/** A parameter without a value, and where it stands in the text of the user. */
export interface MissingParameter {
  readonly name: string;
  readonly span: Span;
}

/** What to put in place of a piece of a text. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Makes the edits (in ascending order, not overlapping) and maps the result back through `before`. */
function substitute(text: string, edits: readonly Edit[], before: SourceMap): Substituted {
  if (edits.length === 0) return { text, map: before, diagnostics: [], missing: [] };
  const replacements: Replacement[] = [];
  let result = '';
  let read = 0;
  for (const edit of edits) {
    result += text.slice(read, edit.span.start);
    const start = result.length;
    result += edit.text;
    replacements.push({ from: edit.span, to: { start, end: result.length } });
    read = edit.span.end;
  }
  result += text.slice(read);
  const map = { original: (start: number, end: number) => originalSpan(replacements, before, start, end) };
  return { text: result, map, diagnostics: [], missing: [] };
}

function originalSpan(
  replacements: readonly Replacement[],
  before: SourceMap,
  start: number,
  end: number,
): Span {
  const from = originalOffset(replacements, start, 'start');
  const to = end === start ? from : originalOffset(replacements, end, 'end');
  return before.original(from, Math.max(from, to));
}

function originalOffset(replacements: readonly Replacement[], offset: number, side: 'start' | 'end'): number {
  let low = 0;
  let high = replacements.length;
  // The last replacement that begins at or before the offset (before it, for an end).
  while (low < high) {
    const middle = (low + high) >> 1;
    const begin = replacements[middle]?.to.start ?? 0;
    if (side === 'start' ? begin <= offset : begin < offset) low = middle + 1;
    else high = middle;
  }
  const replacement = replacements[low - 1];
  if (replacement === undefined) return offset;
  const inside = side === 'start' ? offset < replacement.to.end : offset <= replacement.to.end;
  if (inside) return side === 'start' ? replacement.from.start : replacement.from.end;
  return replacement.from.end + (offset - replacement.to.end);
}

/** `{{name}}` or `{{{name}}}`. A name may have spaces, dots and dashes. */
const PARAMETER = /\{\{\{\s*([^{}|"\n]+?)\s*\}\}\}|\{\{\s*([^{}|"\n]+?)\s*\}\}/g;

/** `$$name` and `[[name]]`: older spellings of a parameter. */
const LEGACY = /\$\$([A-Za-z_]\w*)|\[\[([A-Za-z_]\w*)\]\]/g;

/** The names of the parameters in a text, in the order of their first use. */
export function parameterNames(text: string): readonly string[] {
  const names = new Set<string>();
  for (const found of text.matchAll(PARAMETER)) names.add(found[1] ?? found[2] ?? '');
  return [...names];
}

/**
 * Puts values in place of `{{name}}`, `{{{name}}}`, `$$name` and `[[name]]`. A parameter without a
 * value becomes `*` when the query is to run; in `check` it stays, and the parser takes it for anything.
 */
export function substituteParameters(
  text: string,
  values: ReadonlyMap<string, string>,
  mode: 'run' | 'check',
): Substituted {
  const edits: Edit[] = [];
  const missing: MissingParameter[] = [];
  if (text.includes('{{')) {
    for (const found of text.matchAll(PARAMETER)) {
      const name = found[1] ?? found[2] ?? '';
      const value = values.get(name);
      if (value === undefined && mode === 'check') continue;
      const span = { start: found.index, end: found.index + found[0].length };
      if (value === undefined) missing.push({ name, span });
      edits.push({ span, text: value ?? '*' });
    }
  }
  if (text.includes('$$') || text.includes('[[')) {
    for (const found of text.matchAll(LEGACY)) {
      const value = values.get(found[1] ?? found[2] ?? '');
      // Only the scope has these without a value, and there the scanner reads them; `[[` in a pattern is no parameter.
      if (value === undefined) continue;
      edits.push({ span: { start: found.index, end: found.index + found[0].length }, text: value });
    }
    edits.sort((one, other) => one.span.start - other.span.start);
  }
  return { ...substitute(text, edits, SAME_TEXT), missing };
}

/** A use of a macro: `` `name` `` or `` `name(1, "two")` ``, found by the scanner. */
export interface MacroUse {
  readonly name: string;
  readonly args: readonly string[];
  /** In the scanned text. */
  readonly span: Span;
}

/** A stored query fragment; `{{parameter}}`s in `text` stand for the arguments, in the order of `parameters`. */
export interface Macro {
  readonly text: string;
  readonly parameters?: readonly string[];
  /** What is put in for the arguments of a call, or what is wrong with them. Without it they go in as written. */
  accept?(args: readonly string[]): MacroArguments;
}

/** The texts to put in for the arguments of a macro call, or why it is refused. */
export type MacroArguments =
  | { readonly ok: true; readonly texts: readonly string[] }
  | { readonly ok: false; readonly problem: string; readonly help: string };

const MACRO = /^\s*([A-Za-z_][\w.-]*)\s*(?:\(([\s\S]*)\))?\s*$/;

/** Reads what stands between backticks; null when it is no macro call. */
export function readMacroUse(inside: string, span: Span): MacroUse | null {
  const found = MACRO.exec(inside);
  if (found === null) return null;
  const list = found[2];
  const args = list === undefined || list.trim() === '' ? [] : splitArguments(list);
  return { name: found[1] ?? '', args, span };
}

function splitArguments(list: string): string[] {
  const args = list.match(/(?:"(?:\\[\s\S]|[^"\\])*"|[^,"])+/g) ?? [];
  return args.map((arg) => {
    const text = arg.trim();
    return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  });
}

/** Puts the definitions in place of macro calls, also those inside definitions. */
export function expandMacros(
  source: Substituted,
  uses: readonly MacroUse[],
  macros: ReadonlyMap<string, Macro>,
): Substituted {
  const diagnostics: Diagnostic[] = [];
  const budget = { left: MOST_EXPANSIONS };
  const edits = uses.map((use): Edit => {
    const report = (message: string, help: string): string => {
      diagnostics.push(error('syntax', source.map.original(use.span.start, use.span.end), message, { help }));
      return '';
    };
    return { span: use.span, text: expandMacro(use, { macros, report, budget }, []) };
  });
  return { ...substitute(source.text, edits, source.map), diagnostics };
}

/** Definitions that one query may use, each as often as it stands somewhere: macros of macros multiply. */
const MOST_EXPANSIONS = 1000;

interface Expansion {
  readonly macros: ReadonlyMap<string, Macro>;
  readonly report: (message: string, help: string) => string;
  readonly budget: { left: number };
}

function expandMacro(use: MacroUse, expansion: Expansion, outer: readonly string[]): string {
  const { macros, report, budget } = expansion;
  if (budget.left === 0) return '';
  if (--budget.left === 0) {
    return report(
      `the macros of the query stand for more than ${grouped(MOST_EXPANSIONS)} definitions`,
      'macros that use others several times multiply',
    );
  }
  const macro = macros.get(use.name);
  if (macro === undefined) {
    const names = [...macros.keys()];
    const help = names.length === 0 ? 'no macros are defined' : `the macros are ${nameList(names)}`;
    return report(`macro \`${use.name}\` is not known`, help);
  }
  if (outer.includes(use.name)) {
    return report(`macro \`${use.name}\` uses itself`, `the chain is ${[...outer, use.name].join(' -> ')}`);
  }
  const parameters = macro.parameters ?? [];
  if (use.args.length !== parameters.length) {
    return report(
      `macro \`${use.name}\` takes ${counted(parameters.length, 'argument')}, found ${use.args.length}`,
      parameters.length === 0
        ? `write \`${use.name}\` between backticks`
        : `write \`${use.name}(${parameters.join(', ')})\` between backticks`,
    );
  }
  const accepted: MacroArguments = macro.accept?.(use.args) ?? { ok: true, texts: use.args };
  if (!accepted.ok) return report(`macro \`${use.name}\`: ${accepted.problem}`, accepted.help);
  const values = new Map(parameters.map((name, index) => [name, accepted.texts[index] ?? '']));
  const text = macro.text.replace(PARAMETER, (whole, triple?: string, double?: string) => {
    return values.get(triple ?? double ?? '') ?? whole;
  });
  return text.replace(/`([^`]*)`/g, (whole, inside: string) => {
    const inner = readMacroUse(inside, use.span);
    return inner === null ? whole : expandMacro(inner, expansion, [...outer, use.name]);
  });
}
