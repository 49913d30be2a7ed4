import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The program. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** How a run of weir ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunSettings {
  /** Working directory. */
  readonly cwd: string;
  /** What comes through standard input; null (the default) is no input at all. */
  readonly input?: string | null;
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder of its own for the tests of a file, removed after them. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts weir from its source, as a user would type it. */
export function startWeir(args: readonly string[], { cwd, input = null, env = {} }: RunSettings) {
  const { WEIR_STORE: _, ...inherited } = process.env;
  return spawn(process.execPath, [MAIN, ...args], {
    cwd,
    stdio: [input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: {
      ...inherited,
      // Compiled code is kept between runs, or most of the time would go into that.
      NODE_COMPILE_CACHE: join(tmpdir(), 'weir-cli-compiled'),
      WEIR_HISTORY: join(cwd, 'history'),
      ...env,
    },
  });
}

/** Runs weir to its end. */
export async function runWeir(args: readonly string[], settings: RunSettings): Promise<Ended> {
  const child = startWeir(args, settings);
  const { stdin, stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('no pipes');
  stdin?.on('error', () => {});
  stdin?.end(settings.input ?? '');
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(stdout), text(stderr)]);
  return { code: await ended, out, err };
}
