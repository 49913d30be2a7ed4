import { commandLine } from './command-line.ts';
import { explainFailure } from './failure.ts';

// A reader that closes early (`weir query … | head`) ends the output, not the world.
process.stdout.on('error', (failure: NodeJS.ErrnoException) => {
  if (failure.code === 'EPIPE') process.exit(0);
  throw failure;
});

// For benches: the largest resident memory of the process, all threads together, in kB.
if (process.env.WEIR_PEAK_MEMORY === '1') {
  process.on('exit', () => process.stderr.write(`peak-rss ${process.resourceUsage().maxRSS}\n`));
}

try {
  await commandLine().parseAsync(process.argv);
} catch (thrown) {
  const { text, code } = explainFailure(thrown);
  if (text !== '') process.stderr.write(`${text}\n`);
  process.exitCode = code;
}
