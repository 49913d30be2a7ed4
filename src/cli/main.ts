import { commandLine } from './command-line.ts';
import { runCommandLine } from './run-command-line.ts';

await runCommandLine(commandLine());
