import type { Alias, SegmentIndex, StoredField } from './segment-index.ts';

/** Least and greatest number of a field in a block, from the index alone; null when no row has a number. */
export function blockRange(
  index: SegmentIndex,
  field: StoredField,
  block: number,
): readonly [min: number, max: number] | null {
  let min = Infinity;
  let max = -Infinity;
  const widen = (column: number, scale: number): void => {
    const { kind, blocks } = index.columns[column]!;
    const part = blocks[block]!;
    if (part.nulls === index.blocks[block]! || (kind !== 'int' && kind !== 'double')) return;
    min = Math.min(min, part.min * scale);
    max = Math.max(max, part.max * scale);
  };
  if (field.number >= 0) widen(field.number, 1);
  for (const alias of field.aliasSets[field.blockAliases[block]!]!) widenByAlias(index, alias, widen);
  return min <= max ? [min, max] : null;
}

/** Whether every row of a block has a number in a field, from the index alone; yes is certain. */
export function blockIsFilled(index: SegmentIndex, field: StoredField, block: number): boolean {
  const rows = index.blocks[block]!;
  const isFull = (column: number | undefined): boolean =>
    column !== undefined &&
    column >= 0 &&
    index.columns[column]!.kind === 'int' &&
    index.columns[column]!.blocks[block]!.nulls === 0;
  // Texts and booleans come before aliases, and numbers of type double may be no numbers.
  if (field.text.length > 0 || field.boolean >= 0) return false;
  if (isFull(field.number)) return true;
  return field.aliasSets[field.blockAliases[block]!]!.some(
    (alias) =>
      alias.kind === 'number' &&
      index.shapeRows[block]![alias.shape] === rows &&
      isFull(index.shapes[alias.shape]!.slots[alias.slot]![0]),
  );
}

function widenByAlias(
  index: SegmentIndex,
  alias: Alias,
  widen: (column: number, scale: number) => void,
): void {
  if (alias.kind !== 'number') return;
  for (const column of index.shapes[alias.shape]!.slots[alias.slot]!) widen(column, alias.scale);
}

/** The range over all blocks. */
export function segmentRange(index: SegmentIndex, name: string): readonly [min: number, max: number] | null {
  const field = index.fields.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (field === undefined) return null;
  let range: readonly [number, number] | null = null;
  index.blocks.forEach((_, block) => {
    const next = blockRange(index, field, block);
    if (next === null) return;
    range = range === null ? next : [Math.min(range[0], next[0]), Math.max(range[1], next[1])];
  });
  return range;
}
