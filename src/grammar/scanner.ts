import { Cursor, type Ending, IDENTIFIER, type ScanOptions } from './cursor.ts';
import type { Diagnostic } from './diagnostics.ts';
import { operatorAt } from './forms.ts';
import { type Layout, type StageLayout, spanOfTokens } from './layout.ts';
import type { MacroUse } from './parameters.ts';
import { scanScope } from './scan-scope.ts';
import { scanStage } from './scan-stage.ts';
import type { Token } from './tokens.ts';

/** How deep whole pipelines may nest inside each other. */
const MAX_PIPELINE_DEPTH = 16;

/** What the scanner found in a text. */
export interface Scanned {
  readonly layout: Layout;
  readonly diagnostics: readonly Diagnostic[];
  readonly macros: readonly MacroUse[];
}

/** Cuts a text into scope, stages and tokens. Never throws; what it cannot read becomes diagnostics. */
export function scan(text: string, options: ScanOptions): Scanned {
  const first = new Cursor(text, options, false, nested);
  const layout = pipeline(first, 'text', options.start);
  if (first.openTexts === 0) return { layout, diagnostics: first.diagnostics, macros: first.macros };
  // A quote is missing somewhere. Read again so that a text ends where a line begins with a pipe: the
  // first such text is most likely the one without its quote.
  const second = new Cursor(text, options, true, nested);
  const again = pipeline(second, 'text', options.start);
  return { layout: again, diagnostics: second.diagnostics, macros: second.macros };
}

function pipeline(cursor: Cursor, ending: Ending, start: 'scope' | 'stages' | 'either'): Layout {
  const from = cursor.position;
  cursor.skip();
  const hasScope = startsWithScope(cursor, start);
  let scope: Token[] | null = null;
  const stages: StageLayout[] = [];
  let scopeSpan = cursor.span(cursor.position, cursor.position);
  let scopeUsable = true;
  if (hasScope) {
    const read = scanScope(cursor, ending);
    scope = read.tokens;
    scopeUsable = read.usable;
    scopeSpan = spanOfTokens(scope) ?? scopeSpan;
  } else if (!atEnd(cursor, ending) && cursor.text[cursor.position] !== '|') {
    stages.push(scanStage(cursor, ending, [], cursor.gap));
  }
  while (cursor.text[cursor.position] === '|') {
    const comments = cursor.takeComments();
    const gap = cursor.gap;
    cursor.position++;
    stages.push(scanStage(cursor, ending, comments, gap));
  }
  const comments = cursor.takeComments();
  return {
    kind: 'layout',
    scope,
    scopeSpan,
    scopeUsable,
    stages,
    comments,
    span: cursor.span(from, cursor.position),
  };
}

function startsWithScope(cursor: Cursor, start: 'scope' | 'stages' | 'either'): boolean {
  if (start === 'stages') return false;
  const word = cursor.peek(IDENTIFIER)?.toLowerCase() ?? '';
  if (start === 'scope') {
    const next = cursor.text.charAt(cursor.position + 3);
    return !(word === 'cat' && /\s/.test(next) && cursor.options.forms.operators.has('cat'));
  }
  return looksLikeScope(cursor, word);
}

/** Whether a nested pipeline begins with a search of its own. */
function looksLikeScope(cursor: Cursor, word: string): boolean {
  const { forms } = cursor.options;
  const at = cursor.position;
  const first = cursor.text.charAt(at);
  if (first === '*' || first === '!') return true;
  if (first === '|' || first === ')' || first === '' || first === '(') return false;
  if (word !== '') {
    if (operatorAt(forms, (index) => (index === 0 ? word : null)) !== null) return false;
    if (forms.operators.has('parse regex') && word === 'parse') return false;
    if (forms.aggregates.has(word) || forms.functions.has(word) || word === 'if') return false;
    const rest = cursor.text.slice(at + word.length, at + word.length + 40).trimStart();
    if (/^=[^=]/.test(rest)) return true;
    return !/^(?:[-+*/%<>!=?(]|as\b|in\b|matches\b|contains\b)/i.test(rest);
  }
  if (first === '"') {
    const end = cursor.textEnd(at);
    return end !== null && !/^\s*as\b/i.test(cursor.text.slice(end.close + 1, end.close + 20));
  }
  if (first === '%') return /^%(?:"[^"]*"|[\w.]+)\s*=[^=]/.test(cursor.text.slice(at, at + 200));
  return !/[\d.-]/.test(first);
}

function atEnd(cursor: Cursor, ending: Ending): boolean {
  if (cursor.position >= cursor.text.length) return true;
  return ending !== 'text' && cursor.text[cursor.position] === ending;
}

function nested(cursor: Cursor, ending: ')' | ']', start: 'scope' | 'either'): Layout {
  const comments = cursor.comments;
  const gap = cursor.gap;
  cursor.comments = [];
  cursor.pipelineDepth++;
  let layout: Layout;
  if (cursor.pipelineDepth > MAX_PIPELINE_DEPTH) {
    cursor.tooDeep(cursor.position);
    const at = cursor.position;
    cursor.position = cursor.text.length;
    const span = cursor.span(at, cursor.position);
    layout = {
      kind: 'layout',
      scope: null,
      scopeSpan: span,
      scopeUsable: true,
      stages: [],
      comments: [],
      span,
    };
  } else {
    layout = pipeline(cursor, ending, start);
  }
  cursor.pipelineDepth--;
  cursor.comments = comments;
  cursor.gap = gap;
  return layout;
}
