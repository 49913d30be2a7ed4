import { isMap, isScalar, type Pair, parseDocument, Scalar, visit } from 'yaml';

/** What a piece of a document is: a whole query, the stages of a rule, or the search expression of a rule. */
export type QueryKind = 'query' | 'stages' | 'scope';

/** With what such a piece begins: the stages of a rule have no search expression before them. */
export function startOf(kind: QueryKind): 'scope' | 'stages' {
  return kind === 'stages' ? 'stages' : 'scope';
}

/** A query, or a part of one, and where it stands in its document. */
export interface EmbeddedQuery {
  readonly kind: QueryKind;
  readonly text: string;
  /** The offset in the document of each offset of `text`, its end included. */
  readonly offsets: Int32Array;
  /** Whether text can be put in as it is: not inside quotes, where it would need escapes. */
  readonly editable: boolean;
}

/** Why a file of YAML cannot be read, and where. */
export interface BrokenYaml {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** The queries of a document. */
export interface DocumentQueries {
  readonly queries: readonly EmbeddedQuery[];
  readonly broken: readonly BrokenYaml[];
}

/** The queries of a `.sumo` file (all of it is one) or of a dashboard or rule file, by the ending of its name. */
export function queriesOf(name: string, text: string): DocumentQueries {
  if (!/\.ya?ml$/i.test(name)) {
    const offsets = Int32Array.from({ length: text.length + 1 }, (_, at) => at);
    return { queries: [{ kind: 'query', text, offsets, editable: true }], broken: [] };
  }
  const document = parseDocument(text, { prettyErrors: false });
  const queries: EmbeddedQuery[] = [];
  const add = (kind: QueryKind, value: unknown) => {
    if (isScalar(value) && typeof value.value === 'string' && value.range) {
      const offsets = offsetsOf(text, value, value.value);
      queries.push({ kind, text: value.value, offsets, editable: value.type === Scalar.BLOCK_LITERAL });
    }
  };
  visit(document, {
    Map(_, map) {
      const parse = map.get('parse', true);
      if (parse !== undefined) {
        add('stages', parse);
        add('scope', map.get('scope', true));
      }
    },
    Pair(_, { key, value }: Pair) {
      if (isScalar(key) && key.value === 'query' && !isMap(value)) add('query', value);
    },
  });
  const broken = document.errors.map(({ message, pos }) => ({ message, start: pos[0], end: pos[1] }));
  return { queries, broken };
}

/** Where each character of a scalar's value stands in the file. */
function offsetsOf(file: string, scalar: Scalar, value: string): Int32Array {
  const [start = 0, end = start] = scalar.range ?? [];
  if (scalar.type === Scalar.BLOCK_LITERAL) return blockOffsets(file, start, end, value);
  return flowOffsets(file, start, end, value, scalar.type === Scalar.QUOTE_DOUBLE);
}

/** In a literal block each line of the value is a line of the file without its indentation. */
function blockOffsets(file: string, start: number, end: number, value: string): Int32Array {
  const offsets = new Int32Array(value.length + 1);
  const first = file.indexOf('\n', start) + 1;
  const body = file.slice(first, end);
  const indent = indentOf(body) - indentOf(value);
  let at = 0;
  let line = first;
  for (const content of value.split('\n')) {
    const from = file.startsWith(' '.repeat(indent), line) ? line + indent : line;
    for (let column = 0; column <= content.length && at <= value.length; column++)
      offsets[at++] = Math.min(from + column, end);
    const next = file.indexOf('\n', line);
    line = next < 0 ? end : next + 1;
  }
  return offsets;
}

/** The spaces before the first line that is not blank. */
function indentOf(lines: string): number {
  return /^(?:[ \t\r]*\n)*( *)(?=\S)/.exec(lines)?.[1]?.length ?? 0;
}

/** In the other forms the characters follow each other, with escapes, doubled quotes and folded white space between. */
function flowOffsets(file: string, start: number, end: number, value: string, escapes: boolean): Int32Array {
  const offsets = new Int32Array(value.length + 1);
  let at = start;
  for (let index = 0; index < value.length; index++) {
    const wanted = value[index]!;
    const blank = isBlank(wanted);
    while (at < end && file[at] !== wanted && !(blank && isBlank(file[at]!))) {
      if (escapes && file[at] === '\\' && file[at + 1] !== '\n') break;
      at++;
    }
    offsets[index] = Math.min(at, end);
    const escaped = escapes && file[at] === '\\';
    at += escaped ? escapeLength(file[at + 1]) : 1;
    if (blank && !escaped && !isBlank(value[index + 1] ?? 'x')) {
      while (at < end && isBlank(file[at]!)) at++;
    }
  }
  offsets[value.length] = Math.min(at, end);
  return offsets;
}

function isBlank(character: string): boolean {
  return /\s/.test(character);
}

/** How long an escape of a double-quoted text is, by the letter after the backslash. */
function escapeLength(letter: string | undefined): number {
  return letter === 'x' ? 4 : letter === 'u' ? 6 : letter === 'U' ? 10 : 2;
}

/** The query that a place in the document belongs to, and the place in it; null outside queries. */
export function queryAt(
  queries: readonly EmbeddedQuery[],
  offset: number,
): { readonly query: EmbeddedQuery; readonly offset: number } | null {
  for (const query of queries) {
    const { offsets } = query;
    if (offset < offsets[0]! || offset > offsets.at(-1)!) continue;
    let low = 0;
    let high = offsets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (offsets[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { query, offset: low };
  }
  return null;
}
