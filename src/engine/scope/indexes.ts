import type { Scope, ScopeField } from '../../grammar/ast.ts';
import type { Column } from '../columns/column.ts';
import { decodeBytes } from '../kernels/bytes.ts';
import { columnTest, type TextTest } from '../kernels/column-test.ts';
import { foldCase } from './characters.ts';
import { textFitsGlob } from './term-glob.ts';

/** Where messages are that no partition took. */
export const DEFAULT_INDEX = 'sumologic_default';

/** How the names of indexes begin that are not the user's. */
export const SYSTEM_PREFIX = 'sumologic_';

/** What parts the names where a message is in several partitions. */
export const INDEX_SEPARATOR = ' ';

/** Every message of a view has its view's name here, others have no such field. */
export const VIEW_NAME = '_viewName';

/** Whether a predicate names an index: `_index=…`, or `_view=…`, which means the same. */
export function isIndexPredicate({ field }: ScopeField): boolean {
  return /^_(?:index|view)$/i.test(field.text);
}

/** The name or pattern in full: a leading `_` stands for the prefix of system indexes. */
function fullIndexName(value: string): string {
  return value.startsWith('_') ? SYSTEM_PREFIX + value.slice(1) : value;
}

/** Whether the value names system indexes by the short form. */
export function isIndexAlias(value: string): boolean {
  return value.startsWith('_');
}

/** Whether the value names indexes of the user, by name or pattern. */
export function isUserIndex(value: string): boolean {
  return !value.startsWith('_') && !value.toLowerCase().startsWith(SYSTEM_PREFIX);
}

/** The test of an `_index` column for a name or pattern; a message in several partitions is in each of them. */
export function indexTest(value: string, exact = false): (column: Column) => Column {
  const pattern = foldCase(fullIndexName(value));
  const isIt = (name: string) => (exact ? name === pattern : textFitsGlob(name, pattern));
  const text = (names: string) => foldCase(names).split(INDEX_SEPARATOR).some(isIt);
  const test: TextTest = { text, bytes: (bytes, start, end) => text(decodeBytes(bytes, start, end)) };
  return columnTest(test, isIt(DEFAULT_INDEX));
}

/**
 * The scope without the messages of views, which only a predicate that names an index finds. In an
 * `or` each alternative is confined by itself; in an `and` one such predicate is enough.
 */
export function withoutViews(scope: Scope): Scope {
  if (isConfined(scope)) return scope;
  if (scope.kind === 'or' && scope.of.some(namesIndex)) {
    return { ...scope, of: scope.of.map(withoutViews) };
  }
  if (scope.kind === 'and') {
    const chosen = scope.of.findIndex(namesIndex);
    if (chosen >= 0) {
      return { ...scope, of: scope.of.map((part, at) => (at === chosen ? withoutViews(part) : part)) };
    }
  }
  const { span } = scope;
  const field = { kind: 'name', text: VIEW_NAME, span } as const;
  const ofView: Scope = { kind: 'fieldPredicate', field, value: '*', quoted: false, span };
  const ofNone: Scope = { kind: 'not', of: ofView, span };
  return scope.kind === 'all' ? ofNone : { kind: 'and', of: [ofNone, scope], span };
}

/** Whether only messages of indexes that it names match. */
function isConfined(scope: Scope): boolean {
  switch (scope.kind) {
    case 'fieldPredicate':
      return isIndexPredicate(scope);
    case 'and':
      return scope.of.some(isConfined);
    case 'or':
      return scope.of.every(isConfined);
    default:
      return false;
  }
}

/** Whether an index is asked for anywhere outside a `not`. */
function namesIndex(scope: Scope): boolean {
  switch (scope.kind) {
    case 'fieldPredicate':
      return isIndexPredicate(scope);
    case 'and':
    case 'or':
      return scope.of.some(namesIndex);
    default:
      return false;
  }
}
