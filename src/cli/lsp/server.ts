import {
  CodeActionKind,
  CompletionItemKind,
  createConnection,
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic as EditorDiagnostic,
  MarkupKind,
  type Range,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Completion } from '../../grammar/complete.ts';
import type { Severity } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';
import { completeAt } from '../../language.ts';
import { checkDocument, type DocumentDiagnostic, spanInDocument } from '../check-document.ts';
import { bundledTables, type KnownTables, knownTables } from '../diagnose.ts';
import { queriesOf, queryAt, startOf } from '../embedded-query.ts';
import { fieldsAt } from '../fields-at.ts';
import { formatFile } from '../format-file.ts';
import { foldsOf } from './folding.ts';
import { hoverAt } from './hover.ts';
import { StoreNames } from './store-names.ts';

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Information,
};

const COMPLETION_KINDS: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  operator: CompletionItemKind.Keyword,
  aggregate: CompletionItemKind.Function,
  function: CompletionItemKind.Function,
  keyword: CompletionItemKind.Keyword,
  field: CompletionItemKind.Field,
  value: CompletionItemKind.Value,
  table: CompletionItemKind.File,
};

/** Hints about text that does nothing: editors show it faded. */
const UNNECESSARY: ReadonlySet<string> = new Set(['unused-field', 'absent-field']);

/** The lookup tables of the store are listed again after this many ms. */
const FRESH = 10_000;

/** Serves editors over stdin and stdout (the Language Server Protocol); resolves when the client goes. */
export async function serveEditor(options: { readonly store?: string }): Promise<void> {
  const connection = createConnection(process.stdin, process.stdout);
  const documents = new TextDocuments(TextDocument);
  const inStore = new StoreNames(options);
  let tables: Promise<KnownTables> | null = null;
  let tablesSince = 0;

  const currentTables = () => {
    if (tables === null || Date.now() - tablesSince > FRESH) {
      tablesSince = Date.now();
      tables = knownTables(options).catch(bundledTables);
    }
    return tables;
  };
  const rangeOf = (document: TextDocument, { start, end }: Span): Range => ({
    start: document.positionAt(start),
    end: document.positionAt(end),
  });
  const check = async (document: TextDocument): Promise<readonly DocumentDiagnostic[]> =>
    checkDocument(queriesOf(nameOf(document), document.getText()), await currentTables());

  connection.onInitialize(() => ({
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      completionProvider: { triggerCharacters: ['|', ' ', '=', '"', '(', ',', '.'] },
      hoverProvider: true,
      documentFormattingProvider: true,
      foldingRangeProvider: true,
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
    },
    serverInfo: { name: 'weir' },
  }));

  const publish = async (given: TextDocument) => {
    const found = await check(given);
    const document = documents.get(given.uri);
    // Another change came while this one was checked: its own check follows.
    if (document === undefined || document.version !== given.version) return;
    const diagnostics = found.map((each) => editorDiagnostic(each, rangeOf(document, each.span)));
    await connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics });
  };
  documents.onDidChangeContent(({ document }) => void publish(document));
  documents.onDidClose(
    ({ document }) => void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] }),
  );

  connection.onCompletion(async ({ textDocument, position }) => {
    const document = documents.get(textDocument.uri);
    if (document === undefined) return [];
    const { queries } = queriesOf(nameOf(document), document.getText());
    const place = queryAt(queries, document.offsetAt(position));
    if (place === null) return [];
    const names = await inStore.names();
    const fields = fieldsAt(place.query.text, place.offset, names.fields ?? [], startOf(place.query.kind));
    // Stages without a search expression complete like those of a query.
    const lead = place.query.kind === 'stages' ? '* | ' : '';
    const found = completeAt(lead + place.query.text, lead.length + place.offset, { ...names, fields });
    return found.map(({ label, kind, detail, span }, at) => {
      const own = { start: span.start - lead.length, end: span.end - lead.length };
      const range = rangeOf(document, spanInDocument(place.query, own));
      return {
        label,
        kind: COMPLETION_KINDS[kind],
        detail,
        textEdit: { range, newText: label },
        sortText: String(at).padStart(5, '0'),
      };
    });
  });

  connection.onHover(({ textDocument, position }) => {
    const document = documents.get(textDocument.uri);
    if (document === undefined) return null;
    const { queries } = queriesOf(nameOf(document), document.getText());
    const place = queryAt(queries, document.offsetAt(position));
    const found = place === null ? null : hoverAt(place.query, place.offset);
    if (place === null || found === null) return null;
    return {
      contents: { kind: MarkupKind.Markdown, value: found.markdown },
      range: rangeOf(document, spanInDocument(place.query, found.span)),
    };
  });

  connection.onDocumentFormatting(({ textDocument }) => {
    const document = documents.get(textDocument.uri);
    if (document === undefined) return [];
    const before = document.getText();
    const { text } = formatFile(nameOf(document), before);
    if (text === null || text === before) return [];
    return [{ range: rangeOf(document, { start: 0, end: before.length }), newText: text }];
  });

  connection.onCodeAction(async ({ textDocument, range }) => {
    const document = documents.get(textDocument.uri);
    if (document === undefined) return [];
    const start = document.offsetAt(range.start);
    const end = document.offsetAt(range.end);
    const touched = (await check(document)).filter(({ span }) => span.start <= end && start <= span.end);
    return touched.flatMap((each) => {
      const { fix } = each.diagnostic;
      if (fix === undefined || each.edits.length === 0) return [];
      const edits = each.edits.map(({ span, text }) => ({ range: rangeOf(document, span), newText: text }));
      return [
        {
          title: fix.title,
          kind: CodeActionKind.QuickFix,
          diagnostics: [editorDiagnostic(each, rangeOf(document, each.span))],
          edit: { changes: { [document.uri]: edits } },
        },
      ];
    });
  });

  connection.onFoldingRanges(({ textDocument }) => {
    const document = documents.get(textDocument.uri);
    if (document === undefined) return [];
    const { queries } = queriesOf(nameOf(document), document.getText());
    return queries.flatMap((query) =>
      foldsOf(query).map((span) => {
        const { start, end } = rangeOf(document, spanInDocument(query, span));
        return { startLine: start.line, endLine: end.line };
      }),
    );
  });

  documents.listen(connection);
  connection.listen();
  await new Promise<void>((resolve) => {
    process.stdin.once('close', resolve);
    process.stdin.once('end', resolve);
  });
}

/** The name by whose ending a document is read; one that was never saved has only its language. */
function nameOf({ uri, languageId }: TextDocument): string {
  return languageId === 'yaml' ? 'untitled.yaml' : uri;
}

function editorDiagnostic({ diagnostic }: DocumentDiagnostic, range: Range): EditorDiagnostic {
  const { code, severity, message, notes = [], help } = diagnostic;
  const more = [...notes, ...(help === undefined ? [] : [`help: ${help}`])];
  return {
    range,
    code,
    severity: SEVERITIES[severity],
    source: 'weir',
    message: [message, ...more].join('\n'),
    ...(UNNECESSARY.has(code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}
