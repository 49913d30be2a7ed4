import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CodeActionRequest,
  CompletionItemKind,
  CompletionRequest,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentFormattingRequest,
  ExitNotification,
  FoldingRangeRequest,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';

const root = join(import.meta.dirname, '../..');

let server: ChildProcessWithoutNullStreams;
let client: ProtocolConnection;
let stderr = '';
const waiting = new Map<string, (diagnostics: Diagnostic[]) => void>();

beforeAll(async () => {
  const node = join(root, 'node_modules/.bin/node');
  server = spawn(node, [join(root, 'src/cli/main.ts'), 'lsp', '--stdio', '--store', 'no-such-store'], {
    cwd: root,
  });
  server.stderr.on('data', (data) => {
    stderr += data;
  });
  client = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  client.onNotification(PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
    waiting.get(uri)?.(diagnostics);
  });
  client.listen();
  await client.sendRequest(InitializeRequest.type, { processId: null, rootUri: null, capabilities: {} });
  await client.sendNotification(InitializedNotification.type, {});
});

afterAll(async () => {
  const gone = new Promise((resolve) => server.once('exit', resolve));
  await client.sendRequest(ShutdownRequest.type);
  await client.sendNotification(ExitNotification.type);
  expect(await gone).toBe(0);
  client.dispose();
});

let count = 0;

/** Opens a text as a document and gives what the server says of it. */
async function open(text: string, ending = 'sumo'): Promise<Opened> {
  const uri = `file:///queries/${count++}.${ending}`;
  const document = TextDocument.create(uri, ending, 1, text);
  const told = diagnosticsOf(uri);
  await client.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: ending, version: 1, text },
  });
  return { document, diagnostics: await told };
}

interface Opened {
  readonly document: TextDocument;
  readonly diagnostics: readonly Diagnostic[];
}

function diagnosticsOf(uri: string): Promise<Diagnostic[]> {
  return new Promise((resolve) => waiting.set(uri, resolve));
}

/** What each diagnostic is about: its code and the text under it. */
function pointed({ document, diagnostics }: Opened): string[] {
  return diagnostics.map(({ code, range }) => `${code}: ${document.getText(range)}`);
}

function placeOf(document: TextDocument, text: string, more = 0): Position {
  const at = document.getText().indexOf(text);
  if (at < 0) throw new Error(`no ${text} in the document`);
  return document.positionAt(at + more);
}

async function complete(document: TextDocument, position: Position) {
  const answer = await client.sendRequest(CompletionRequest.type, {
    textDocument: { uri: document.uri },
    position,
  });
  return Array.isArray(answer) ? answer : [];
}

async function hover(
  document: TextDocument,
  text: string,
  beyond = 1,
): Promise<{ text: string; under: string } | null> {
  const answer = await client.sendRequest(HoverRequest.type, {
    textDocument: { uri: document.uri },
    position: placeOf(document, text, beyond),
  });
  if (answer === null || answer.range === undefined || !('value' in (answer.contents as object))) return null;
  return {
    text: (answer.contents as { value: string }).value,
    under: document.getText(answer.range),
  };
}

/** The text after the quick fix at a place. */
async function afterFix({ document, diagnostics }: Opened, code: string): Promise<string> {
  const diagnostic = diagnostics.find((each) => each.code === code);
  if (diagnostic === undefined) throw new Error(`no ${code}`);
  const actions = await client.sendRequest(CodeActionRequest.type, {
    textDocument: { uri: document.uri },
    range: diagnostic.range,
    context: { diagnostics: [diagnostic] },
  });
  for (const action of actions ?? []) {
    if (!('edit' in action) || action.diagnostics?.[0]?.code !== code) continue;
    const edits = action.edit?.changes?.[document.uri];
    if (edits !== undefined) return TextDocument.applyEdits(document, edits);
  }
  throw new Error(`no fix for ${code}`);
}

const DASHBOARD = `title: Traffic
panels:
  - key: one
    title: One
    query: |
      _sourceCategory={{source}} REJECT

      | parse "a=*" as a
      | cuont by a
  - key: two
    title: Two
    query: '* | where nofunction("it''s") and more(x) | count'
  - key: three
    title: Three
    query: "* | where _raw = \\"a*\\" | count"
`;

const RULE = `name: r
scope: _sourceCategory=a | count
parse: |
  parse "a=*" as a
  | count by a
`;

describe('language server', () => {
  test('diagnostics have codes and places, and follow changes', async () => {
    const opened = await open('* | cuont by a');
    expect(pointed(opened)).toEqual(['unknown-operator: cuont']);
    expect(opened.diagnostics[0]).toMatchObject({ source: 'weir', severity: 1 });
    const { uri } = opened.document;
    const told = diagnosticsOf(uri);
    await client.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: 2 },
      contentChanges: [
        { range: { start: { line: 0, character: 4 }, end: { line: 0, character: 9 } }, text: 'count' },
      ],
    });
    expect(await told).toEqual([]);
    const closed = diagnosticsOf(uri);
    await client.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
    expect(await closed).toEqual([]);
  });

  test('tables that are not there and lint', async () => {
    const opened = await open(
      '* | parse "a=*" as a nodrop\n| lookup b from path://"/none" on a=a\n| count by b',
    );
    expect(pointed(opened)).toEqual(['unknown-table: path://"/none"']);
    const unused = await open('* | parse "a=*" as a nodrop | count');
    expect(pointed(unused)).toEqual(['unused-field: parse "a=*" as a nodrop']);
    expect(unused.diagnostics[0]).toMatchObject({ severity: 3, tags: [1] });
  });

  test('diagnostics of queries in a dashboard lie on their words', async () => {
    const opened = await open(DASHBOARD, 'yaml');
    expect(pointed(opened)).toEqual([
      'unknown-operator: cuont',
      'unknown-function: nofunction',
      'unknown-function: more',
      'literal-wildcard: \\"a*\\"',
    ]);
  });

  test('scope and stages of a rule are checked as such', async () => {
    expect(pointed(await open(RULE, 'yaml'))).toEqual(['not-allowed: count by a', 'not-allowed: count']);
  });

  test('a broken YAML file is told, not fatal', async () => {
    const opened = await open('panels: [', 'yaml');
    expect(opened.diagnostics[0]).toMatchObject({ code: 'syntax', severity: 1 });
  });

  test('quick fixes', async () => {
    expect(await afterFix(await open('* | cuont by a'), 'unknown-operator')).toBe('* | count by a');
    expect(await afterFix(await open('* | sort by _size | where _size > 5'), 'late-filter')).toBe(
      '* | where _size > 5 | sort by _size',
    );
    const dashboard = await open(DASHBOARD, 'yaml');
    expect(await afterFix(dashboard, 'unknown-operator')).toBe(DASHBOARD.replace('cuont', 'count'));
  });

  test('a fix of several lines keeps the indentation of its block', async () => {
    const text = 'panels:\n  - query: |\n      *\n      | sort by _size\n      | where _size > 5\n';
    expect(await afterFix(await open(text, 'yaml'), 'late-filter')).toBe(
      'panels:\n  - query: |\n      *\n      | where _size > 5\n      | sort by _size\n',
    );
  });

  test('completion: operators, fields of the stages before, in YAML too', async () => {
    const { document } = await open('* | parse "a=*" as alpha | cou');
    const items = await complete(document, document.positionAt(document.getText().length));
    const count_ = items.find(({ label }) => label === 'count');
    expect(count_?.textEdit).toMatchObject({ newText: 'count', range: { start: { character: 27 } } });
    const fields = await open('* | parse "a=*" as alpha | where al');
    const labels = (await complete(fields.document, fields.document.positionAt(99))).map(
      ({ label }) => label,
    );
    expect(labels).toEqual(['alpha']);
    const yaml = await open('panels:\n  - query: |\n      *\n      | time\n', 'yaml');
    const inYaml = await complete(yaml.document, placeOf(yaml.document, 'time', 4));
    expect(inYaml.map(({ label }) => label)).toContain('timeslice');
    expect(await complete(yaml.document, { line: 0, character: 2 })).toEqual([]);
    const rule = await open('name: r\nscope: x\nparse: |\n  par\n', 'yaml');
    expect((await complete(rule.document, { line: 3, character: 5 })).map(({ label }) => label)).toContain(
      'parse',
    );
  });

  test('completion knows the fields inside subqueries and nested pipelines', async () => {
    const fieldsIn = async (text: string) => {
      const { document } = await open(text);
      const items = await complete(document, document.positionAt(text.length));
      return items.filter(({ kind }) => kind === CompletionItemKind.Field).map(({ label }) => label);
    };
    expect(await fieldsIn('* | count by a | where [subquery: x | count by b | compose ')).toEqual([
      'b',
      '_count',
    ]);
    expect(await fieldsIn('* | count by a | join (fields ')).toEqual(['a', '_count']);
    expect(await fieldsIn('* | count by a | join (sum(_count) by a | sort by ')).toEqual(['a', '_sum']);
    expect(await fieldsIn('* | count by a | join (* | count by c | sort by ')).toEqual(['c', '_count']);
  });

  test('completion offers tables where one is read, and no aggregate inside another', async () => {
    const labels = async (text: string) => {
      const { document } = await open(text);
      return (await complete(document, document.positionAt(text.length))).map(({ label }) => label);
    };
    expect(await labels('* | lookup a from ')).toContain('geo://location');
    expect(await labels('* | where lookupContains(')).toContain('geo://location');
    expect(await labels('* | where ')).not.toContain('geo://location');
    expect(await labels('* | sum(')).not.toContain('avg');
    expect(await labels('* | count, ')).toContain('avg');
  });

  test('a block with an indentation of its own has its mistakes at the right places', async () => {
    const { document, diagnostics } = await open(
      'title: T\npanels:\n  - key: a\n    query: |2\n\n        *\n        | cuont by a\n',
      'yaml',
    );
    expect(diagnostics.map(({ range }) => document.getText(range))).toEqual(['cuont']);
  });

  test('hover explains operators, aggregates and functions, not fields of the same name', async () => {
    const { document } = await open(
      '* | parse regex "(?<count>x)" | where isBlank(count) | sum(count) by count',
    );
    expect(await hover(document, 'parse regex')).toMatchObject({ under: 'parse regex' });
    expect((await hover(document, 'isBlank'))?.text).toContain('isBlank(');
    expect((await hover(document, 'sum('))?.text).toContain('sum');
    expect(await hover(document, 'count) |')).toBeNull();
    const dashboard = await open(DASHBOARD.replace('cuont', 'count'), 'yaml');
    expect(await hover(dashboard.document, 'count by a')).toMatchObject({ under: 'count' });
  });

  test('hover explains the words and marks of the syntax', async () => {
    const { document } = await open(
      'a not b | parse "x=*" as x nodrop | where !(x in ("1")) && if({{p}} = 1, true, x matches "a*") | count by in',
    );
    for (const [place, name] of [
      ['not b', 'not'],
      ['as x', 'as'],
      ['nodrop', 'nodrop'],
      ['!(', '!'],
      ['in (', 'in'],
      ['&&', '&&'],
      ['if(', 'if'],
      ['{{p', '{{p}}'],
      ['= 1', '='],
      ['matches', 'matches'],
      ['by in', 'by'],
    ] as const)
      expect(await hover(document, place, 0), place).toMatchObject({ under: name });
    expect(await hover(document, 'by in', 'by '.length)).toBeNull();
  });

  test('formatting', async () => {
    const { document } = await open('*|count  by a|sort _count');
    const edits: TextEdit[] | null = await client.sendRequest(DocumentFormattingRequest.type, {
      textDocument: { uri: document.uri },
      options: { tabSize: 2, insertSpaces: true },
    });
    expect(TextDocument.applyEdits(document, edits ?? [])).toBe('*\n| count by a\n| sort _count\n');
  });

  test('folding', async () => {
    const { document } = await open('*\n| parse "a=*"\n  as a\n/* why\n */\n| count');
    const folds = await client.sendRequest(FoldingRangeRequest.type, { textDocument: { uri: document.uri } });
    expect(folds?.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
      [0, 5],
      [1, 2],
      [3, 4],
    ]);
    const dashboard = await open(DASHBOARD, 'yaml');
    const inYaml = await client.sendRequest(FoldingRangeRequest.type, {
      textDocument: { uri: dashboard.document.uri },
    });
    expect(inYaml?.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([[5, 8]]);
  });

  test('nothing but the protocol was said', () => {
    expect(stderr).toBe('');
  });
});
