import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startupSnapshot } from 'node:v8';
import { prepareQuery } from '../index.ts';
import { prepareParsers } from '../language.ts';
import { openStore } from '../store/store.ts';
import { commandLine } from './command-line.ts';
import { query } from './commands/query.ts';
import { startEarlyThread } from './early-thread.ts';
import { runCommandLine } from './run-command-line.ts';

/**
 * `weir query` as a heap that is loaded ready-made: the build runs this file up to here, and Node starts
 * with what was made. Nothing above may keep what belongs to the machine that it was built on: the time
 * zone, the environment, numbers of processors.
 */
const program = commandLine();
prepareParsers();
// What was run once is there as compiled code.
prepareQuery(
  'error | parse "a * b" as a | where a > 1 | timeslice 1m | count, sum(a) by _timeslice | sort by _count | limit 10',
);
for (const loaded of [query, openStore]) void loaded;

startupSnapshot.setDeserializeMainFunction(() => {
  const main = process.argv[1] ?? '';
  // What stands in the bundle for `import.meta` (scripts/query-snapshot.ts).
  Object.assign(globalThis, { weirModule: pathToFileURL(main).href, weirFolder: dirname(main) });
  startEarlyThread(process.argv.slice(2));
  void runCommandLine(program);
});
