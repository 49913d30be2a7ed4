import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ImportedDashboard, importDashboards } from '../../dashboards/import-dashboard.ts';
import { readDashboard } from '../../dashboards/read-dashboard.ts';
import { reasonOf } from '../../engine/reason-of.ts';
import { DASHBOARD } from '../dashboards.ts';
import { runFailed, wrongRequest } from '../failure.ts';
import { withDocuments } from '../open-documents.ts';
import { readNamedText } from '../read-file.ts';

export interface ImportOptions {
  readonly store?: string;
  readonly to?: string;
}

/** Where dashboards without a folder of their own go: their names are `FOLDER/NAME` like those of apps. */
const FOLDER = 'imported';

/** `weir apps import FILE.json`: exported dashboards into the store, or as files below `--to DIR`. */
export async function importDashboardFile(file: string, options: ImportOptions): Promise<void> {
  const dashboards = await readExport(file);
  const to = options.to;
  if (to === undefined) {
    await withDocuments(options, async (documents) => {
      for (const { name, yaml } of dashboards) await documents.put(DASHBOARD, storedName(name), yaml);
    });
  } else await writeFiles(dashboards, to);
  for (const { name, notes } of dashboards) {
    process.stderr.write(
      to === undefined ? `dashboard  ${storedName(name)}\n` : `dashboard  ${join(to, `${name}.yaml`)}\n`,
    );
    for (const note of notes) process.stderr.write(`  note     ${note}\n`);
  }
}

async function readExport(file: string): Promise<readonly ImportedDashboard[]> {
  const text = await readNamedText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (failure) {
    const why = reasonOf(failure).replace(/\s+/g, ' ');
    throw wrongRequest(`\`${file}\` is no JSON: ${why}`);
  }
  let dashboards: readonly ImportedDashboard[];
  try {
    dashboards = importDashboards(value);
  } catch (failure) {
    throw wrongRequest(`\`${file}\`: ${reasonOf(failure)}`);
  }
  for (const { name, yaml } of dashboards) readDashboard(yaml, name);
  return dashboards;
}

/** Never over a file that is there: the user may have worked on it. */
async function writeFiles(dashboards: readonly ImportedDashboard[], folder: string): Promise<void> {
  const files = dashboards.map(({ name, yaml }) => ({ path: join(folder, `${name}.yaml`), yaml }));
  const there = files.find(({ path }) => existsSync(path));
  if (there !== undefined)
    throw runFailed(`\`${there.path}\` is there already`, 'remove it, or name another folder with --to');
  for (const { path, yaml } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, yaml);
  }
}

/** The last folder and the name, since `weir run` takes `FOLDER/NAME`. */
function storedName(name: string): string {
  const parts = name.split('/');
  return parts.length === 1 ? `${FOLDER}/${name}` : parts.slice(-2).join('/');
}
