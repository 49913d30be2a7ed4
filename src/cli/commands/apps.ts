import type { CataloguedApp } from '../../dashboards/catalogue.ts';
import { type AppData, prepareInstallation } from '../../dashboards/install-app.ts';
import { nearest } from '../../grammar/suggest.ts';
import { saveRule } from '../../ingest/stored-rules.ts';
import { createLookups } from '../../lookups/lookups.ts';
import { parseRuleFile } from '../../rules/rule.ts';
import type { Documents } from '../../store/documents.ts';
import { catalogue, DASHBOARD } from '../dashboards.ts';
import { runFailed, wrongRequest } from '../failure.ts';
import { withDocuments } from '../open-documents.ts';
import { write } from '../output/result.ts';

/** `weir apps list` */
export async function listApps(options: { readonly output?: 'text' | 'json' }): Promise<void> {
  const apps = catalogue();
  if (options.output === 'json') {
    return await write(
      `${JSON.stringify(apps.map(({ app }) => ({ name: app.name, title: app.title, description: app.description })))}\n`,
    );
  }
  for (const { app } of apps) {
    await write(
      `${app.name}  ${app.title}\n  ${app.description}\n  weir apps install ${app.name} --category '${app.source.default}'\n`,
    );
  }
}

export interface InstallOptions {
  readonly store?: string;
  readonly category?: string;
  readonly filter?: string;
}

/** `weir apps install NAME --category PATTERN` */
export async function installApp(name: string, options: InstallOptions): Promise<void> {
  if ((options.category === undefined) === (options.filter === undefined)) {
    throw wrongRequest(
      'the app needs to know its data',
      "say --category 'AWS/VPC*', or --filter with a search expression",
    );
  }
  const data: AppData =
    options.category === undefined
      ? { kind: 'filter', scope: options.filter ?? '*' }
      : { kind: 'category', pattern: options.category };
  const app = findApp(name);
  await withDocuments(options, async (documents) => {
    for (const line of await install(documents, app, data)) process.stderr.write(`${line}\n`);
  });
}

/** Puts an app's rules, dashboards and lookups into a store; returns what was done, in lines for people. */
export async function install(
  documents: Documents,
  catalogued: CataloguedApp,
  data: AppData,
): Promise<readonly string[]> {
  const installation = prepareInstallation(catalogued, data);
  const done: string[] = [];
  for (const { name, text } of installation.rules) {
    const file = parseRuleFile(text);
    if (!file.ok) throw runFailed(`the app's rule \`${name}\` is broken: ${file.problems.join('; ')}`);
    const { saved, setProblems, checked } = await saveRule(documents, file.rule, Date.now());
    for (const { message } of setProblems) done.push(`warning: ${message}`);
    if (!saved) {
      const [first] = [...checked.scopeDiagnostics, ...checked.parseDiagnostics];
      throw runFailed(
        `the app's rule \`${name}\` cannot be saved${first === undefined ? '' : `: ${first.message}`}`,
      );
    }
    done.push(`rule       ${name}, for ${file.rule.scope}`);
  }
  for (const { name, text } of installation.dashboards) {
    await documents.put(DASHBOARD, name, text);
    done.push(`dashboard  ${name}`);
  }
  const lookups = createLookups(documents);
  const own = new Set(
    (await lookups.list()).filter(({ origin }) => origin === 'store').map((table) => table.name),
  );
  for (const { name, fileName, content, demo } of installation.lookups) {
    // A demonstration never takes the place of a feed that the user has put there.
    if (demo && own.has(name)) continue;
    await lookups.add(name, fileName, content);
    done.push(`lookup     ${name}${demo ? ' (a demonstration feed: replace it with your own)' : ''}`);
  }
  return done;
}

/** The app of that name. Ends the command when there is none. */
export function findApp(name: string): CataloguedApp {
  const apps = catalogue();
  const found = apps.find(({ app }) => app.name === name);
  if (found !== undefined) return found;
  const names = apps.map(({ app }) => app.name);
  throw wrongRequest(
    `there is no app \`${name}\``,
    `\`${nearest(name, names) ?? names.join('`, `')}\` might be meant`,
  );
}
