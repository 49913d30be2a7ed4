import { isScalar, type Pair, parseDocument, Scalar, visit } from 'yaml';
import { renderDiagnostics } from '../grammar/render.ts';
import { formatQuery, formatStages } from '../language.ts';

/** A file in its standard form, or why it has none. */
export type FormattedFile =
  | { readonly text: string; readonly problem: null }
  | { readonly text: null; readonly problem: string };

/** Formats a query file, or the queries inside a dashboard or rule file (YAML, by its ending). */
export function formatFile(file: string, text: string): FormattedFile {
  return /\.ya?ml$/i.test(file) ? formatYaml(file, text) : formatted(file, text, formatQuery);
}

function formatted(file: string, text: string, format: typeof formatQuery): FormattedFile {
  const result = format(text);
  if (result.text !== null) return { text: `${result.text}\n`, problem: null };
  return {
    text: null,
    problem: renderDiagnostics(text, result.diagnostics, file === '-' ? {} : { source: file }),
  };
}

/** Only the queries change; everything else of the file, comments included, stays as it is. */
function formatYaml(file: string, text: string): FormattedFile {
  const document = parseDocument(text, { keepSourceTokens: true });
  const [broken] = document.errors;
  if (broken !== undefined)
    return { text: null, problem: `error: \`${file}\` is no valid YAML: ${broken.message}` };
  const edits: { start: number; end: number; text: string }[] = [];
  const problems: string[] = [];
  visit(document, {
    Pair(_, pair: Pair) {
      const { key, value } = pair;
      if (!isScalar(key) || !isScalar(value) || typeof value.value !== 'string') return;
      if (key.value !== 'query' && key.value !== 'parse') return;
      const result = formatted(file, value.value, key.value === 'query' ? formatQuery : formatStages);
      if (result.text === null) problems.push(result.problem);
      else if (result.text.trimEnd() !== value.value.trimEnd() && value.type === Scalar.BLOCK_LITERAL) {
        const edit = blockEdit(text, value, result.text);
        if (edit !== null) edits.push(edit);
      }
    },
  });
  if (problems.length > 0) return { text: null, problem: problems.join('\n\n') };
  let result = text;
  for (const edit of edits.toSorted((a, b) => b.start - a.start)) {
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  }
  return { text: result, problem: null };
}

/** Replaces the lines of a block text, in the indentation of its first line. */
function blockEdit(
  file: string,
  value: Scalar,
  text: string,
): { start: number; end: number; text: string } | null {
  const [from, to] = value.range ?? [];
  if (from === undefined || to === undefined) return null;
  const start = file.indexOf('\n', from) + 1;
  const indent = /^[ ]*/.exec(file.slice(start))?.[0] ?? '';
  const body = text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : indent + line))
    .join('\n');
  const blank = /\n*$/.exec(file.slice(start, to))?.[0] ?? '\n';
  return { start, end: to, text: body + (blank === '' ? '\n' : blank) };
}
