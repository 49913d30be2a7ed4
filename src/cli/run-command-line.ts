import type { Command } from 'commander';
import { EXIT, explainFailure, systemFailure } from './failure.ts';

/** Runs the words of the process as a command, and ends the process as the command says. */
export async function runCommandLine(program: Command): Promise<void> {
  process.stdout.on('error', (failure: NodeJS.ErrnoException) => {
    // A reader that closes early (`weir query … | head`) ends the output, not the world.
    if (failure.code === 'EPIPE') process.exit(EXIT.done);
    process.stderr.write(
      `error: the result cannot be written: ${systemFailure(failure) ?? failure.message}\n`,
    );
    process.exit(EXIT.failed);
  });
  // Nobody is there to be told, and the work goes on.
  process.stderr.on('error', () => {});
  process.on('uncaughtException', (thrown) => process.exit(report(thrown)));

  // For benches: the largest resident memory of the process, all threads together, in kB.
  if (process.env.WEIR_PEAK_MEMORY === '1') {
    process.on('exit', () => process.stderr.write(`peak-rss ${process.resourceUsage().maxRSS}\n`));
  }

  try {
    await program.parseAsync(process.argv);
  } catch (thrown) {
    process.exitCode = report(thrown);
  }
}

/** Says what went wrong; returns the exit code. */
function report(thrown: unknown): number {
  const { text, code } = explainFailure(thrown);
  if (text !== '') process.stderr.write(`${text}\n`);
  return code;
}
