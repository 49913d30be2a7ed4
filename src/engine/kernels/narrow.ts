import { type Batch, pickColumns, type Schema } from '../columns/batch.ts';

/** Leaves out the columns that nobody wants: for stages that hold rows, where long messages cost. */
export function narrowTo(wanted: (name: string) => boolean): (batch: Batch) => Batch {
  let schema: Schema | null = null;
  let positions: readonly number[] = [];
  return (batch) => {
    if (batch.schema !== schema) {
      schema = batch.schema;
      positions = [...schema.names.keys()].filter((position) => wanted(schema?.names[position] ?? ''));
    }
    return positions.length === batch.columns.length ? batch : pickColumns(batch, positions);
  };
}
