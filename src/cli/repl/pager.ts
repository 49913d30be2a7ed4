import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Shows a text: as it is where it fits on the screen, else through PAGER (default `less -RSFX`, `cat` to switch off). */
export async function page(text: string): Promise<void> {
  const rows = process.stdout.rows ?? 24;
  const command = process.env.PAGER ?? 'less';
  if (process.stdout.isTTY !== true || command === 'cat' || lineCount(text) < rows - 1) {
    process.stdout.write(text);
    return;
  }
  const environment = { ...process.env, LESS: process.env.LESS ?? '-RSFX' };
  const child = spawn(command, [], { stdio: ['pipe', 'inherit', 'inherit'], shell: true, env: environment });
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 127) process.stdout.write(text);
}

function lineCount(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
