import type { Diagnostic } from '../grammar/diagnostics.ts';
import type { Span } from '../grammar/span.ts';
import { checkRule } from '../rules/check-rule.ts';
import { diagnose, type KnownTables } from './diagnose.ts';
import { type DocumentQueries, type EmbeddedQuery, queriesOf } from './embedded-query.ts';

/** A diagnostic whose spans count in the document. */
export interface DocumentDiagnostic {
  readonly diagnostic: Diagnostic;
  readonly span: Span;
  /** What its fix changes; empty where there is no fix, or none that can be put in. */
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}

/** What is wrong in the queries of a document, and with its YAML. */
export function checkDocument(
  { queries, broken }: DocumentQueries,
  tables: KnownTables,
): readonly DocumentDiagnostic[] {
  const yaml = broken.map(({ message, start, end }): DocumentDiagnostic => {
    const span = { start, end };
    const text = `the file is no valid YAML: ${message}`;
    return { diagnostic: { code: 'syntax', severity: 'error', span, message: text }, span, edits: [] };
  });
  const found = queries.flatMap((query) =>
    diagnosticsOf(query, tables).map((diagnostic) => inDocument(query, diagnostic)),
  );
  return [...yaml, ...found];
}

function diagnosticsOf({ kind, text }: EmbeddedQuery, tables: KnownTables): readonly Diagnostic[] {
  if (kind === 'query') return diagnose(text, tables);
  const rule = { name: 'rule', description: null, appliedAt: 'ingest', enabled: true, examples: [] } as const;
  return kind === 'stages'
    ? checkRule({ ...rule, scope: '*', parse: text }).parseDiagnostics
    : checkRule({ ...rule, scope: text, parse: '' }).scopeDiagnostics;
}

function inDocument(query: EmbeddedQuery, diagnostic: Diagnostic): DocumentDiagnostic {
  return {
    diagnostic,
    span: spanInDocument(query, diagnostic.span),
    edits: (query.editable ? (diagnostic.fix?.edits ?? []) : []).map(({ span, text }) => ({
      span: spanInDocument(query, span),
      text: indented(query, text),
    })),
  };
}

/** A span of a query as one of its document. */
export function spanInDocument({ offsets }: EmbeddedQuery, { start, end }: Span): Span {
  const last = offsets.length - 1;
  return { start: offsets[Math.min(start, last)]!, end: offsets[Math.min(end, last)]! };
}

/** New lines in a block of YAML begin where its other lines do. */
function indented({ text: query, offsets }: EmbeddedQuery, text: string): string {
  const first = query.indexOf('\n');
  if (first < 0 || !text.includes('\n')) return text;
  const indent = offsets[first + 1]! - offsets[first]! - 1;
  return text.replaceAll('\n', `\n${' '.repeat(Math.max(0, indent))}`);
}

/** Everything that can be said of a query file, or of the queries in a dashboard or rule file; spans count in the file. */
export function diagnoseFile(name: string, text: string, tables: KnownTables): readonly Diagnostic[] {
  const found = checkDocument(queriesOf(name, text), tables).map(
    ({ diagnostic, span, edits }): Diagnostic => {
      const { fix, ...rest } = diagnostic;
      return {
        ...rest,
        span,
        ...(fix === undefined || edits.length === 0 ? {} : { fix: { ...fix, edits } }),
      };
    },
  );
  return found.toSorted((a, b) => a.span.start - b.span.start);
}
