import { spawnSync } from 'node:child_process';

/** One way to do a piece of work: a command line, its environment, and how to read rows from what it prints. */
export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Rows in a comparable form: each a JSON text, sorted. Null where there is nothing to compare. */
  rows?(stdout: string): readonly string[];
  /** Done before every run: clears what the run before left behind. */
  before?(): void;
}

export interface Measure {
  /** Seconds of wall time, one per run. */
  readonly seconds: readonly number[];
  /** The largest resident memory of any run, in bytes. */
  readonly memory: number;
  readonly rows: readonly string[] | null;
}

/** Runs the contenders in turn, `pairs` times, after one run each that warms the page cache. */
export function measureInTurn(contenders: readonly Contender[], pairs: number): Measure[] {
  const measures = contenders.map(() => ({
    seconds: [] as number[],
    memory: 0,
    rows: null as readonly string[] | null,
  }));
  for (let pair = -1; pair < pairs; pair++) {
    contenders.forEach((contender, position) => {
      contender.before?.();
      const run = runOnce(contender);
      const measure = measures[position]!;
      measure.memory = Math.max(measure.memory, run.memory);
      if (pair >= 0) measure.seconds.push(run.seconds);
      else if (contender.rows !== undefined) measure.rows = [...contender.rows(run.stdout)].sort();
    });
  }
  return measures;
}

function runOnce(contender: Contender): { seconds: number; memory: number; stdout: string } {
  const [program, ...args] = contender.command;
  const started = performance.now();
  const run = spawnSync(program!, args, {
    env: { ...process.env, ...contender.environment },
    maxBuffer: 1 << 30,
    encoding: 'utf8',
  });
  const seconds = (performance.now() - started) / 1000;
  if (run.status !== 0)
    throw new Error(`${contender.name} failed (${run.status}): ${run.stderr.slice(0, 2000)}`);
  return { seconds, memory: memoryOf(run.stderr), stdout: run.stdout };
}

/** weir with `WEIR_PEAK_MEMORY=1`, and the peers here, end stderr with `peak-rss <kB>`. */
function memoryOf(stderr: string): number {
  const found = /peak-rss (\d+)/.exec(stderr);
  return found === null ? 0 : Number(found[1]) * 1024;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Seconds as the table shows them. */
export function spread({ seconds }: Measure): string {
  return `${median(seconds).toFixed(3)} (${Math.min(...seconds).toFixed(3)}–${Math.max(...seconds).toFixed(3)})`;
}

export function megabytes(bytes: number): string {
  return bytes === 0 ? '-' : `${Math.round(bytes / 1e6)} MB`;
}

/** How a ratio stands to what it must at least be, and should be. */
export function verdict(
  ratio: number,
  { atLeast, aim }: { readonly atLeast: number; readonly aim: number },
  same: boolean,
): string {
  if (!same) return 'WRONG';
  return ratio >= aim ? 'aim' : ratio >= atLeast ? 'ok' : 'slow';
}
