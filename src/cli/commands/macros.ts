import { parseMacroFile } from '../../ingest/macro.ts';
import { removeStoredMacro, saveMacro, storedMacros } from '../../ingest/stored-macros.ts';
import { wrongRequest } from '../failure.ts';
import { withDocuments } from '../open-documents.ts';
import { withStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { readNamedText } from '../read-file.ts';
import { existingStore, type StoreOptions } from '../store-directory.ts';
import { warn } from '../warn.ts';

/** `weir macros list` */
export async function listMacros(options: StoreOptions): Promise<void> {
  const macros = await withStore(options, (store) => storedMacros(store.documents, warn));
  if (options.output === 'json') return await write(`${JSON.stringify(macros)}\n`);
  if (macros.length === 0) return await write('no macros; weir macros add FILE adds one\n');
  for (const { name, arguments: given, definition } of macros) {
    const call = given.length === 0 ? name : `${name}(${given.map((argument) => argument.name).join(', ')})`;
    await write(`\`${call}\`\n  ${definition.replaceAll('\n', '\n  ')}\n`);
  }
}

/** `weir macros add FILE` */
export async function addMacro(file: string, options: StoreOptions): Promise<void> {
  const read = parseMacroFile(await readNamedText(file));
  if (!read.ok) throw wrongRequest(`\`${file}\`: ${read.problems.join('; ')}`);
  const problem = await withDocuments(options, (documents) => saveMacro(documents, read.macro));
  if (problem !== null) throw wrongRequest(problem);
  process.stderr.write(`added ${read.macro.name}\n`);
}

/** `weir macros remove NAME` */
export async function removeMacro(name: string, options: StoreOptions): Promise<void> {
  existingStore(options);
  const removed = await withDocuments(options, (documents) => removeStoredMacro(documents, name));
  if (!removed) throw wrongRequest(`there is no macro \`${name}\``, '`weir macros list` shows the macros');
  process.stderr.write(`removed ${name}; queries that use it fail from now on\n`);
}
