import { type InputOptions, openInput } from '../input.ts';
import { Repl } from '../repl/repl.ts';
import { defaultSettings } from '../repl/settings.ts';
import { storeDirectory } from '../store-directory.ts';
import { type RangeOptions, rangeOf } from '../times.ts';

export interface ReplOptions extends RangeOptions {
  readonly store?: string;
  readonly input?: readonly string[];
}

/** `weir repl`, and bare `weir` on a terminal. */
export async function repl(options: ReplOptions): Promise<void> {
  rangeOf(options);
  const settings = defaultSettings(options.tz);
  settings.from = options.from ?? null;
  settings.to = options.to ?? null;
  const where: InputOptions =
    options.input === undefined ? { store: storeDirectory(options) } : { input: options.input };
  await new Repl(() => openInput(where), settings).run();
}
