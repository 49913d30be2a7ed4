import { serveEditor } from '../lsp/server.ts';

/** `weir lsp`: the language server for editors, over stdin and stdout. */
export async function lsp(options: { readonly store?: string }): Promise<void> {
  await serveEditor(options);
}
