import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Document, isMap, isScalar, isSeq, parseDocument, Scalar, type YAMLMap } from 'yaml';
import type { CataloguedApp } from './catalogue.ts';
import { readDashboard } from './read-dashboard.ts';

/** The data that an app is installed for: a category pattern, or any scope. */
export type AppData =
  | { readonly kind: 'category'; readonly pattern: string }
  | { readonly kind: 'filter'; readonly scope: string };

/** A file of an app as it is to be stored. */
export interface InstalledFile {
  readonly name: string;
  readonly text: string;
}

/** Everything that an installation stores. Nothing is written here. */
export interface Installation {
  readonly app: string;
  /** Rules with the scope of the data: name and YAML text. */
  readonly rules: readonly InstalledFile[];
  /** Dashboards under `APP/NAME` whose queries read the data without further parameters. */
  readonly dashboards: readonly InstalledFile[];
  readonly lookups: readonly {
    readonly name: string;
    readonly fileName: string;
    readonly content: Uint8Array;
    readonly demo: boolean;
  }[];
}

/** Prepares the installation of an app for some data. Throws a FileError for a broken file of the app. */
export function prepareInstallation({ folder, app }: CataloguedApp, data: AppData): Installation {
  return {
    app: app.name,
    rules: app.rules.map((file) => {
      const document = parseDocument(readFileSync(join(folder, file), 'utf8'));
      document.set('scope', ruleScope(data));
      return { name: String(document.get('name')), text: printed(document) };
    }),
    dashboards: app.dashboards.map((file) => {
      const text = installDashboard(readFileSync(join(folder, file), 'utf8'), app.source, data);
      readDashboard(text, file);
      return { name: `${app.name}/${basename(file).replace(/\.ya?ml$/, '')}`, text };
    }),
    lookups: app.lookups.map(({ name, file, demo }) => ({
      name,
      fileName: basename(file),
      content: readFileSync(join(folder, file)),
      demo,
    })),
  };
}

/** A value as the scope of a query writes it: in quotes where it is more than a plain word or pattern. */
function scopeValue(pattern: string): string {
  return /^[\w./*-]+$/.test(pattern) ? pattern : `"${pattern.replaceAll('"', '\\"')}"`;
}

function ruleScope(data: AppData): string {
  return data.kind === 'category' ? `_sourceCategory=${scopeValue(data.pattern)}` : data.scope;
}

/**
 * A dashboard for the data: a category becomes the default of the data-source variable, a filter
 * takes the place of the category test in every query.
 */
function installDashboard(
  text: string,
  source: { readonly name: string; readonly label: string },
  data: AppData,
): string {
  const document = parseDocument(text);
  if (data.kind === 'category') {
    const variable = document.createNode({
      name: source.name,
      default: scopeValue(data.pattern),
      label: source.label,
    }) as YAMLMap;
    variable.flow = true;
    const variables = document.get('variables');
    if (isSeq(variables)) variables.items.unshift(variable);
    else document.set('variables', document.createNode([variable]));
    return printed(document);
  }
  const test = new RegExp(`_sourceCategory\\s*=\\s*\\{\\{\\s*${source.name}\\s*\\}\\}`, 'gi');
  const panels = document.get('panels');
  for (const panel of isSeq(panels) ? panels.items : []) {
    const query = isMap(panel) ? panel.get('query', true) : null;
    if (isScalar(query) && typeof query.value === 'string') {
      query.value = query.value.replace(test, () => `(${data.scope})`);
      query.type = Scalar.BLOCK_LITERAL;
    }
  }
  return printed(document);
}

function printed(document: Document.Parsed): string {
  return document.toString({ lineWidth: 0 });
}
