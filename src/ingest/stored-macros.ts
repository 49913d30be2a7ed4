import type { Macro } from '../grammar/parameters.ts';
import type { DocumentStore } from '../lookups/document-store.ts';
import { compileMacro, type MacroDefinition, macroFileText, parseMacroFile } from './macro.ts';
import { documentTexts } from './stored-documents.ts';

const KIND = 'macro';
const MOST_MACROS = 50;

/** The macros of a store, by name. A document that cannot be read is told to `onProblem`. */
export async function storedMacros(
  documents: DocumentStore,
  onProblem: (message: string) => void = () => {},
): Promise<readonly MacroDefinition[]> {
  const macros: MacroDefinition[] = [];
  for (const [name, text] of await documentTexts(documents, KIND)) {
    const read = parseMacroFile(text);
    if (read.ok) macros.push(read.macro);
    else onProblem(`the stored macro \`${name}\` cannot be read: ${read.problems.join('; ')}`);
  }
  return macros.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The macros of a store as queries use them. */
export async function macrosOf(documents: DocumentStore): Promise<ReadonlyMap<string, Macro>> {
  const macros = await storedMacros(documents);
  return new Map(macros.map((macro) => [macro.name, compileMacro(macro)]));
}

/** Those that a query may use: none where it uses none, so that nothing is read then. */
export async function macrosFor(text: string, documents: DocumentStore): Promise<ReadonlyMap<string, Macro>> {
  return text.includes('`') ? await macrosOf(documents) : new Map();
}

/** Keeps a macro, in the place of one of that name; what stands in the way, or null. */
export async function saveMacro(documents: DocumentStore, macro: MacroDefinition): Promise<string | null> {
  const others = (await documents.list(KIND)).filter((name) => name !== macro.name);
  if (others.length >= MOST_MACROS) return `there are ${MOST_MACROS} macros, and no more are possible`;
  await documents.put(KIND, macro.name, macroFileText(macro));
  return null;
}

/** False when there was none of that name. */
export async function removeStoredMacro(documents: DocumentStore, name: string): Promise<boolean> {
  if (!(await documents.list(KIND)).includes(name)) return false;
  await documents.remove(KIND, name);
  return true;
}
