import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Run, RunStatistics } from '../../engine/run/execute.ts';
import { runQuery } from '../../index.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { openInput } from '../input.ts';
import { interruptSignal } from '../interrupt.ts';
import { limited } from '../output/limited.ts';
import { type OutputFormat, outputOptions, showsLinks, writeResult } from '../output/result.ts';
import { showScan } from '../progress.ts';
import { readQueryText, reportDiagnostics } from '../query-text.ts';
import { type RangeOptions, rangeOf } from '../times.ts';
import { warn } from '../warn.ts';
import { workerPool } from '../worker-pool.ts';

export interface QueryOptions extends RangeOptions {
  readonly store?: string;
  readonly file?: string;
  readonly input?: readonly string[];
  readonly category?: string;
  readonly name?: string;
  readonly host?: string;
  readonly field: ReadonlyMap<string, string>;
  readonly param: ReadonlyMap<string, string>;
  readonly limit?: number;
  readonly memory?: number;
  readonly profile?: boolean;
  readonly profileJson?: boolean;
  readonly autoParse?: boolean;
  readonly csvGuard?: boolean;
  readonly output?: OutputFormat;
}

/** `weir query`: one query over the store, files or standard input. */
export async function query(given: string | undefined, givenOptions: QueryOptions): Promise<void> {
  const { argument, options } = untangled(given, givenOptions);
  const text = await readQueryText(argument, options.file);
  const time = rangeOf(options);
  const signal = interruptSignal();
  const input = await openInput(options);
  try {
    const { run, diagnostics } = await runQuery(text.text, input.source, {
      parameters: options.param,
      macros: await input.macros(text.text),
      autoParse: options.autoParse ?? false,
      time,
      timeZone: options.tz,
      signal,
      lookups: input.lookups,
      memoryBudget: options.memory ?? Math.floor(totalmem() / 4),
      workers: workerPool(),
      links: showsLinks(outputOptions(options.output, options.tz)),
    });
    reportDiagnostics(text, diagnostics, ['hint']);
    if (run === null) return;
    await printRun(run, options);
    for (const warning of run.warnings()) warn(warning);
    for (const { path, message } of input.problems)
      process.stderr.write(`error: \`${path}\`: ${message}; the result is without it\n`);
    if (options.profile === true || options.profileJson === true)
      process.stderr.write(await profileText(run.statistics(), options.profileJson === true));
    if (input.problems.length > 0) throw new CommandFailure(EXIT.failed, '');
  } finally {
    await input.close();
  }
}

/** Prints the result; until then a terminal shows how far the scan is. */
async function printRun(run: Run, options: QueryOptions): Promise<void> {
  const output = outputOptions(options.output, options.tz, options.csvGuard ?? false);
  const batches = options.limit === undefined ? run.batches() : limited(run.batches(), options.limit);
  const stop = showScan(() => run.statistics().scan);
  try {
    await writeResult(batches, () => run.plan.columns ?? [], output, stop);
  } finally {
    stop();
  }
}

/** `--input` takes several paths, so it also takes a query that stands after it: the last one, when it is no path. */
function untangled(argument: string | undefined, options: QueryOptions) {
  const last = options.input?.at(-1);
  if (
    argument !== undefined ||
    options.file !== undefined ||
    last === undefined ||
    (options.input?.length ?? 0) < 2
  ) {
    return { argument, options };
  }
  if (last === '-' || existsSync(last)) return { argument, options };
  return { argument: last, options: { ...options, input: options.input?.slice(0, -1) ?? [] } };
}

async function profileText(statistics: RunStatistics, asJson: boolean): Promise<string> {
  const { profileJson, renderProfile } = await import('../output/profile.ts');
  return asJson ? profileJson(statistics) : renderProfile(statistics);
}
