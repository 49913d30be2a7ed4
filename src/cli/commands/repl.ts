import { openInput } from '../input.ts';
import { Repl } from '../repl/repl.ts';
import { defaultSettings } from '../repl/settings.ts';
import { storeDirectory } from '../store-directory.ts';

export interface ReplOptions {
  readonly store?: string;
  readonly from?: string;
  readonly to?: string;
  readonly tz: string;
}

/** `weir repl`, and bare `weir` on a terminal. */
export async function repl(options: ReplOptions): Promise<void> {
  const input = await openInput({ store: storeDirectory(options) });
  try {
    const settings = defaultSettings(options.tz);
    settings.from = options.from ?? null;
    settings.to = options.to ?? null;
    process.stdout.write(`weir over ${input.description}. Type a query, or :help. Ctrl-D leaves.\n`);
    await new Repl(input, settings).run();
  } finally {
    await input.close();
  }
}
