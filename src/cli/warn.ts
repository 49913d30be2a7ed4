/** Tells the user of something that the command goes on without. */
export function warn(message: string): void {
  process.stderr.write(`warning: ${message}\n`);
}
