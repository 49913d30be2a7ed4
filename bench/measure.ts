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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What two contenders did, and what is wanted of it. */
export interface Comparison {
  readonly title: string;
  readonly peer: string;
  readonly ours: Measure;
  readonly theirs: Measure;
  /** The ratio that there must at least be, and the one that there should be. */
  readonly atLeast: number;
  readonly aim: number;
  /** Whether the results are the same. */
  readonly same: boolean;
}

/** The comparison as a row of the table; its ratio is the median of those of the pairs. */
export function tableRow({ title, peer, ours, theirs, atLeast, aim, same }: Comparison): string {
  const ratio = median(ours.seconds.map((seconds, pair) => theirs.seconds[pair]! / seconds));
  const verdict = !same ? 'WRONG' : ratio >= aim ? 'aim' : ratio >= atLeast ? 'ok' : 'slow';
  return `| ${title} | ${peer} | ${spread(ours)} | ${spread(theirs)} | **${ratio.toFixed(2)}x** | ${atLeast}x / ${aim}x | ${verdict} | ${megabytes(ours.memory)} / ${megabytes(theirs.memory)} |`;
}

/** Seconds as the table shows them. */
function spread({ seconds }: Measure): string {
  return `${median(seconds).toFixed(3)} (${Math.min(...seconds).toFixed(3)}–${Math.max(...seconds).toFixed(3)})`;
}

export function megabytes(bytes: number): string {
  return bytes === 0 ? '-' : `${Math.round(bytes / 1e6)} MB`;
}
