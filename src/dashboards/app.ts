import { readYaml } from './yaml-file.ts';

/** A table that an app brings or needs. */
export interface AppLookup {
  readonly name: string;
  readonly file: string;
  /** True for data that shows how things look and means nothing; installed only where there is no such table yet. */
  readonly demo: boolean;
  readonly description: string | null;
}

/** An app of the catalogue: what `app.yaml` says. Files are relative to its folder. */
export interface App {
  readonly name: string;
  readonly title: string;
  readonly description: string | null;
  /** The parameter that stands for the app's data in every query: `_sourceCategory={{source}}`. */
  readonly source: { readonly name: string; readonly label: string; readonly default: string };
  readonly rules: readonly string[];
  readonly dashboards: readonly string[];
  readonly lookups: readonly AppLookup[];
}

/** Reads an `app.yaml`. Throws a FileError that lists everything wrong with it. */
export function readApp(text: string, fileName: string): App {
  return readYaml(text, fileName, (fields) => {
    fields.onlyKnown(['name', 'title', 'description', 'source', 'rules', 'dashboards', 'lookups']);
    const name = fields.text('name');
    if (!/^[a-z0-9-]+$/.test(name)) {
      fields.problem('name', `\`${name}\` cannot name an app`, 'use small letters, digits and `-`');
    }
    const source = fields.fields('source');
    source?.onlyKnown(['name', 'label', 'default']);
    return {
      name,
      title: fields.text('title'),
      description: fields.optionalText('description'),
      source: {
        name: source?.text('name', 'source') ?? 'source',
        label: source?.text('label', 'Data source') ?? 'Data source',
        default: source?.text('default', '*') ?? '*',
      },
      rules: fields.texts('rules'),
      dashboards: fields.texts('dashboards'),
      lookups: fields.list('lookups').map((lookup) => {
        lookup.onlyKnown(['name', 'file', 'demo', 'description']);
        return {
          name: lookup.text('name'),
          file: lookup.text('file'),
          demo: lookup.flag('demo', false),
          description: lookup.optionalText('description'),
        };
      }),
    };
  });
}
