import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Diagnostic } from '../../grammar/diagnostics.ts';
import { fixedBy } from '../../grammar/fixes.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import { diagnose, type KnownTables, knownTables } from '../diagnose.ts';
import { CommandFailure, EXIT, systemFailure, wrongRequest } from '../failure.ts';
import { write } from '../output/result.ts';
import { readQueryText } from '../query-text.ts';

export interface CheckOptions {
  readonly store?: string;
  readonly file?: string;
  readonly batch?: string;
  readonly fix?: boolean;
  readonly output?: 'text' | 'json' | 'jsonl';
}

/** `weir check`: diagnostics of a query, of the queries in a dashboard or rule file, or of a batch, without running anything. */
export async function check(argument: string | undefined, options: CheckOptions): Promise<void> {
  const tables = await knownTables(options);
  if (options.batch !== undefined) return await checkBatch(options.batch, tables);
  const query = await readQueryText(argument, options.file, true);
  const checkText = await checkOf(query.source, tables);
  if (options.fix === true) return await write(`${fixedBy(query.text, checkText).trimEnd()}\n`);
  const diagnostics = checkText(query.text);
  switch (options.output ?? 'text') {
    case 'text': {
      const source = query.source === null ? {} : { source: query.source };
      const text =
        diagnostics.length === 0 ? 'no problems' : renderDiagnostics(query.text, diagnostics, source);
      await write(`${text}\n`);
      break;
    }
    case 'json':
      await write(`${JSON.stringify(diagnostics.map(diagnosticJson))}\n`);
      break;
    case 'jsonl':
      for (const diagnostic of diagnostics) await write(`${JSON.stringify(diagnosticJson(diagnostic))}\n`);
  }
  if (diagnostics.some(({ severity }) => severity === 'error'))
    throw new CommandFailure(EXIT.wrongRequest, '');
}

/** How the text of a file is checked; YAML is read only where there is some. */
async function checkOf(
  file: string | null,
  tables: KnownTables,
): Promise<(text: string) => readonly Diagnostic[]> {
  if (file === null || !/\.ya?ml$/i.test(file)) return (text) => diagnose(text, tables);
  const { diagnoseFile } = await import('../check-document.ts');
  return (text) => diagnoseFile(file, text, tables);
}

/** Answers each `{"id","query"}` line with `{"id","diagnostics"}`; a line that is not one gets an error of its own. */
async function checkBatch(file: string, tables: KnownTables): Promise<void> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  let number = 0;
  let answers: string[] = [];
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number++;
      if (line.trim() === '') continue;
      answers.push(answerLine(line, number, tables));
      if (answers.length < 200) continue;
      await write(`${answers.join('\n')}\n`);
      answers = [];
    }
  } catch (failure) {
    throw wrongRequest(systemFailure(failure) ?? `\`${file}\` cannot be read`);
  }
  if (answers.length > 0) await write(`${answers.join('\n')}\n`);
}

function answerLine(line: string, number: number, tables: KnownTables): string {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch {
    given = null;
  }
  const { id = null, query } = (typeof given === 'object' && given !== null ? given : {}) as {
    id?: unknown;
    query?: unknown;
  };
  if (typeof query !== 'string') {
    const message = `line ${number} is not a JSON object with \`id\` and \`query\``;
    return JSON.stringify({
      id,
      diagnostics: [{ code: 'syntax', severity: 'error', message, start: 0, end: 0 }],
    });
  }
  return JSON.stringify({ id, diagnostics: diagnose(query, tables).map(diagnosticJson) });
}

function diagnosticJson({ code, severity, message, span, notes, help, fix }: Diagnostic) {
  return { code, severity, message, start: span.start, end: span.end, notes, help, fix };
}
