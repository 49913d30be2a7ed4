import { readdirSync } from 'node:fs';
import { type LookupTables, MESSAGE_FIELDS, type Source } from '../../engine/source.ts';
import type { KnownNames } from '../../grammar/complete.ts';
import { collectRows, runQuery } from '../../index.ts';

const METADATA = ['_sourceCategory', '_sourceName', '_sourceHost'] as const;

/** What completion can offer of the data: its fields, the values of its metadata, its lookup tables. */
export async function knownNames(source: Source, lookups: LookupTables): Promise<KnownNames> {
  const [fields, tables] = await Promise.all([source.fields(), lookups.names()]);
  // A source that does not know its fields would have to read all of its data to tell.
  if (fields === null) return { fields: MESSAGE_FIELDS, tables };
  return { fields, tables, values: await metadataValues(source) };
}

async function metadataValues(source: Source): Promise<ReadonlyMap<string, readonly string[]>> {
  const values = new Map<string, readonly string[]>();
  for (const field of METADATA) {
    const { run } = await runQuery(`* | count by ${field} | sort by _count | limit 50`, source);
    if (run === null) continue;
    const { rows } = await collectRows(run);
    values.set(
      field,
      rows.flatMap(([value]) => (typeof value === 'string' ? [value] : [])),
    );
  }
  return values;
}

/** Paths that begin with `start`: folders end with a slash. */
export function pathsLike(start: string): string[] {
  const cut = start.lastIndexOf('/') + 1;
  const folder = start.slice(0, cut);
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(start.slice(cut)))
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`);
  } catch {
    return [];
  }
}
