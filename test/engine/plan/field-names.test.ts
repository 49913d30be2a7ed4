import { expect, test } from 'vitest';
import { FieldNames } from '../../../src/engine/plan/field-names.ts';

test('names are found in any letter case that was put into lower case, and keep their first spelling', () => {
  const names = FieldNames.of(['_raw', 'User', 'user']).with(['USER', 'Host', 'host']);
  expect(names.values()).toEqual(['_raw', 'User', 'Host']);
  expect(names.get('user')).toBe('User');
  expect(names.has('host')).toBe(true);
  expect(names.has('x')).toBe(false);
  expect(names.get('x')).toBeUndefined();
});

test('sets that grow from one set do not see each other’s names', () => {
  const first = FieldNames.of(['a']);
  const second = first.with(['b']);
  const third = second.with(['c']);
  const other = second.with(['d', 'c']);
  const another = first.with(['e']);
  expect(first.values()).toEqual(['a']);
  expect(second.values()).toEqual(['a', 'b']);
  expect(third.values()).toEqual(['a', 'b', 'c']);
  expect(other.values()).toEqual(['a', 'b', 'd', 'c']);
  expect(another.values()).toEqual(['a', 'e']);
  expect(second.has('c')).toBe(false);
  expect(third.has('d')).toBe(false);
  expect(third.with(['a', 'C'])).toBe(third);
});
