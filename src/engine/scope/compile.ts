import type { Scope, ScopeField, ScopeTerm } from '../../grammar/ast.ts';
import { type Batch, columnNamed, selectRows } from '../columns/batch.ts';
import { type Column, FALSE, selectColumn, TRUE } from '../columns/column.ts';
import { shapeOf } from '../columns/text-shape.ts';
import { decodeBytes } from '../kernels/bytes.ts';
import { bytesTest, columnTest, type TextTest } from '../kernels/column-test.ts';
import { nullTest } from '../kernels/compare.ts';
import { allRows, composeRows, rowsTrue, rowsWhereTrue } from '../kernels/rows.ts';
import { builtInColumn, isBuiltIn } from './built-in-fields.ts';
import { foldCase } from './characters.ts';
import { indexTest, isIndexPredicate } from './indexes.ts';
import { markRows } from './mark-rows.ts';
import { parsePhrase } from './phrase.ts';
import { phraseTest } from './phrase-test.ts';
import { shapeRows } from './shape-rows.ts';
import { equalsAnyCase, fitsGlob, textFitsGlob } from './term-glob.ts';

/** The rows of a batch that a scope keeps, ascending; null when that is every row. */
export type ScopeFilter = (batch: Batch) => Uint32Array | null;

/** The scope as a filter of batches. Keywords look at `_raw`; a field that a batch lacks matches nothing. */
export function compileScope(scope: Scope): ScopeFilter {
  switch (scope.kind) {
    case 'all':
      return () => null;
    case 'term':
      return termFilter(scope);
    case 'fieldPredicate':
      return fieldFilter(scope);
    case 'not':
      return notFilter(compileScope(scope.of));
    case 'and':
      return andFilter([...scope.of].sort((a, b) => cost(a) - cost(b)).map(compileScope));
    case 'or':
      return alternativesFilter(scope.of) ?? orFilter(scope.of.map(compileScope));
    case 'subquery':
      throw new Error('a subquery was not resolved before the scope was compiled');
  }
}

/** Fields are cheaper than keywords: they are tested first. */
function cost(scope: Scope): number {
  switch (scope.kind) {
    case 'all':
    case 'fieldPredicate':
      return 0;
    case 'not':
      return cost(scope.of);
    case 'and':
    case 'or':
      return Math.max(...scope.of.map(cost));
    default:
      return 1;
  }
}

function termFilter(term: ScopeTerm): ScopeFilter {
  const phrase = parsePhrase(term.text, term.quoted, term.exact);
  if (phrase === null) return () => new Uint32Array(0);
  if (phrase.length === 1 && phrase[0]?.kind === 'any' && !term.quoted) return () => null;
  const textTest = phraseTest(phrase);
  const test = columnTest(textTest, false);
  const mark = markRows(phrase);
  const ofShape = shapeRows(phrase, textTest);
  return (batch) => {
    const column = columnNamed(batch, '_raw');
    const shape = shapeOf(column);
    const found = shape === null ? null : ofShape(shape, batch.length);
    if (found !== null) {
      if (found.certain) return found.rows;
      const rows = found.rows ?? allRows(batch.length);
      return composeRows(rows, rowsWhereTrue(test(selectColumn(column, rows))));
    }
    const marks = mark !== null && column.kind === 'text' ? mark(column) : null;
    if (marks === null || column.kind !== 'text') return rowsWhereTrue(test(column));
    const { data, starts, ends } = column;
    for (let row = 0; row < batch.length; row++) {
      if (marks[row] === 2) marks[row] = textTest.bytes(data, starts[row]!, ends[row]!) ? TRUE : FALSE;
    }
    return rowsTrue(marks, batch.length);
  };
}

function fieldFilter(predicate: ScopeField): ScopeFilter {
  const name = predicate.field.text;
  if (isIndexPredicate(predicate)) {
    const inIndex = indexTest(predicate.value, predicate.exact);
    return (batch) => rowsWhereTrue(inIndex(columnNamed(batch, '_index')));
  }
  const test = fieldTest(predicate.value, predicate.exact);
  if (isBuiltIn(name)) return (batch) => rowsWhereTrue(test(builtInColumn(batch, name)));
  return (batch) => rowsWhereTrue(test(columnNamed(batch, name)));
}

/** The test of a field predicate's value against a column. */
function fieldTest(value: string, exact = false): (column: Column) => Column {
  if (value === '*' && !exact) return (column) => nullTest(column, true);
  return columnTest(valueTest(value, exact), false);
}

/** The test of one field value: whole, in any letter case, `*` and `?` as wildcards unless `exact`. */
export function valueTest(value: string, exact = false): TextTest {
  const folded = foldCase(value);
  if (/[^\0-\u007f]/.test(folded)) {
    if (exact) return textsTest(new Set([folded]));
    const text = (candidate: string) => textFitsGlob(foldCase(candidate), folded);
    return { text, bytes: (bytes, start, end) => text(decodeBytes(bytes, start, end)) };
  }
  const glob = new TextEncoder().encode(folded);
  if (exact || !/[*?]/.test(folded))
    return bytesTest((bytes, start, end) => equalsAnyCase(bytes, start, end, glob));
  return bytesTest((bytes, start, end) => fitsGlob(bytes, start, end, glob));
}

/** The test whether a field value is one of these texts (folded), in any letter case. */
function textsTest(folded: ReadonlySet<string>): TextTest {
  const text = (candidate: string) => folded.has(foldCase(candidate));
  return { text, bytes: (bytes, start, end) => text(decodeBytes(bytes, start, end)) };
}

/** Many alternatives for one field, as a subquery gives them, are one test. */
function alternativesFilter(alternatives: readonly Scope[]): ScopeFilter | null {
  const [first] = alternatives;
  if (first?.kind !== 'fieldPredicate' || alternatives.length < 4) return null;
  const name = first.field.text;
  if (isIndexPredicate(first) || isBuiltIn(name)) return null;
  const values = alternatives.map((part) =>
    part.kind === 'fieldPredicate' && part.field.text === name && isPlain(part) ? foldCase(part.value) : null,
  );
  if (values.includes(null)) return null;
  const test = columnTest(textsTest(new Set(values.filter((value) => value !== null))), false);
  return (batch) => rowsWhereTrue(test(columnNamed(batch, name)));
}

function isPlain(predicate: ScopeField): boolean {
  return predicate.exact === true || !/[*?]/.test(predicate.value);
}

function notFilter(of: ScopeFilter): ScopeFilter {
  return (batch) => {
    const rows = of(batch);
    if (rows === null) return new Uint32Array(0);
    if (rows.length === 0) return null;
    const others = new Uint32Array(batch.length - rows.length);
    let count = 0;
    let next = 0;
    for (let row = 0; row < batch.length; row++) {
      if (rows[next] === row) next++;
      else others[count++] = row;
    }
    return others;
  };
}

function andFilter(filters: readonly ScopeFilter[]): ScopeFilter {
  return (batch) => {
    let rows: Uint32Array | null = null;
    let rest = batch;
    for (const filter of filters) {
      const found = filter(rest);
      if (found === null) continue;
      rows = composeRows(rows, found);
      if (found.length === 0) return found;
      rest = selectRows(rest, found);
    }
    return rows;
  };
}

function orFilter(filters: readonly ScopeFilter[]): ScopeFilter {
  return (batch) => {
    const found = new Uint8Array(batch.length);
    for (const filter of filters) {
      const rows = filter(batch);
      if (rows === null) return null;
      for (const row of rows) found[row] = 1;
    }
    return rowsWhereTrue({ kind: 'boolean', length: batch.length, values: found });
  };
}
