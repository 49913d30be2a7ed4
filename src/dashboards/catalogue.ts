import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type App, readApp } from './app.ts';
import type { Dashboard } from './dashboard.ts';
import { readDashboard } from './read-dashboard.ts';

/** An app of the catalogue and the folder of its files. */
export interface CataloguedApp {
  readonly folder: string;
  readonly app: App;
}

/** A dashboard and where it came from; `name` is its file name without the ending. */
export interface NamedDashboard {
  readonly name: string;
  readonly dashboard: Dashboard;
}

/** The apps below a folder: each subfolder with an `app.yaml`, in order of name. Throws a FileError for a broken one. */
export function readCatalogue(queriesFolder: string): readonly CataloguedApp[] {
  if (!existsSync(queriesFolder)) return [];
  return readdirSync(queriesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(queriesFolder, entry.name, 'app.yaml')))
    .map(({ name }) => {
      const folder = join(queriesFolder, name);
      const file = join(folder, 'app.yaml');
      return { folder, app: readApp(readFileSync(file, 'utf8'), file) };
    })
    .toSorted((one, other) => (one.app.name < other.app.name ? -1 : 1));
}

/**
 * Reads the dashboards at a path: one file, or a folder (those that its `app.yaml` lists, in that
 * order, else every YAML file in it). Throws a FileError for a broken file.
 */
export function readDashboards(path: string): readonly NamedDashboard[] {
  return dashboardFiles(path).map((file) => ({
    name: basename(file).replace(/\.ya?ml$/, ''),
    dashboard: readDashboard(readFileSync(file, 'utf8'), file),
  }));
}

function dashboardFiles(path: string): readonly string[] {
  if (/\.ya?ml$/.test(path)) return [path];
  const manifest = join(path, 'app.yaml');
  if (existsSync(manifest)) {
    const app = readApp(readFileSync(manifest, 'utf8'), manifest);
    return app.dashboards.map((file) => join(path, file));
  }
  return readdirSync(path)
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted()
    .map((name) => join(path, name));
}
