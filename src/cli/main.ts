import { commandLine } from './command-line.ts';
import { explainFailure } from './failure.ts';

// A reader that closes early (`weir query … | head`) ends the output, not the world.
process.stdout.on('error', (failure: NodeJS.ErrnoException) => {
  if (failure.code === 'EPIPE') process.exit(0);
  throw failure;
});

try {
  await commandLine().parseAsync(process.argv);
} catch (thrown) {
  const { text, code } = explainFailure(thrown);
  if (text !== '') process.stderr.write(`${text}\n`);
  process.exitCode = code;
}
