import { createInterface, type Interface } from 'node:readline';
import type { KnownNames } from '../../grammar/complete.ts';
import { counted, grouped } from '../../grammar/counted.ts';
import type { Macro } from '../../grammar/parameters.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import { runQuery } from '../../index.ts';
import { completeAt } from '../../language.ts';
import { EXIT, explainFailure } from '../failure.ts';
import { fieldsAt } from '../fields-at.ts';
import type { Input } from '../input.ts';
import { limited } from '../output/limited.ts';
import { renderProfile } from '../output/profile.ts';
import { outputOptions, resultText } from '../output/result.ts';
import { showScan } from '../progress.ts';
import { workerPool } from '../worker-pool.ts';
import { asCommand, COMMANDS, looksLikeCommand, type ReplContext, runCommand } from './commands.ts';
import { onOneLine, wantsMore } from './complete-input.ts';
import { historyFile, readHistory, rememberLine } from './history.ts';
import { knownNames, pathsLike } from './known-names.ts';
import { page } from './pager.ts';
import { promptOf, rangeText, type Settings, settingsRange } from './settings.ts';

/** Lines that arrive this fast after one another were pasted: a line that begins with a pipe goes on with the query. */
const PASTE = 40;

/**
 * Reads queries and commands until the user leaves. Without a terminal it reads a script: no prompts,
 * no history, and the exit code tells whether something failed.
 */
export class Repl {
  readonly #open: () => Promise<Input>;
  readonly #settings: Settings;
  readonly #isTerminal = process.stdin.isTTY === true;
  readonly #history = historyFile();
  readonly #lines: Interface;
  readonly #workers = workerPool();
  /** What the arrow keys bring back, newest first: readline's own list. */
  #recent: string[] = [];
  #input: Input | null = null;
  #known: KnownNames = {};
  /** Lines of a query that is not complete yet. */
  #pending = '';
  #paste: ReturnType<typeof setTimeout> | null = null;
  #queue: Promise<void> = Promise.resolve();
  #running: AbortController | null = null;
  #closed = false;
  #quit = false;

  /** `open` opens what is searched. It may fail, as for a store that is not there yet: every query tries anew. */
  constructor(open: () => Promise<Input>, settings: Settings) {
    this.#open = open;
    this.#settings = settings;
    this.#lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: this.#isTerminal,
      history: this.#isTerminal ? readHistory(this.#history) : [],
      historySize: 2000,
      removeHistoryDuplicates: true,
      completer: (line: string) => this.#complete(line),
      prompt: promptOf(settings),
    });
  }

  /** Runs until the end of input. */
  async run(): Promise<void> {
    if (this.#isTerminal) await this.#greet();
    this.#lines.on('line', (line) => this.#line(line));
    this.#lines.on('SIGINT', () => this.#interrupt());
    this.#lines.on('history', (recent) => {
      this.#recent = recent;
    });
    const closed = new Promise<void>((resolve) => this.#lines.once('close', resolve));
    this.#prompt();
    await closed;
    this.#closed = true;
    this.#submit();
    await this.#queue;
    await this.#input?.close();
  }

  async #greet(): Promise<void> {
    try {
      const { description } = await this.#opened();
      process.stdout.write(`weir over ${description}. Type a query, or :help. Ctrl-D leaves.\n`);
    } catch (failure) {
      process.stdout.write(`${explainFailure(failure).text}\nType :help, or Ctrl-D to leave.\n`);
    }
  }

  async #opened(): Promise<Input> {
    if (this.#input !== null) return this.#input;
    const input = await this.#open();
    this.#input = input;
    // Completion must not delay the first prompt.
    if (this.#isTerminal)
      knownNames(input.source, input.lookups).then(
        (known) => {
          this.#known = known;
        },
        () => {},
      );
    return input;
  }

  #line(line: string): void {
    this.#stopPaste();
    const goesOn = this.#pending !== '' && (/^\s*\|/.test(line) || wantsMore(this.#pending));
    if (this.#pending !== '' && !goesOn) this.#submit();
    this.#pending = this.#pending === '' ? asCommand(line) : `${this.#pending}\n${line}`;
    if (this.#pending.trim() === '') {
      this.#pending = '';
      this.#prompt();
    } else if (!this.#pending.startsWith(':') && wantsMore(this.#pending) && line.trim() !== '') {
      this.#prompt();
    } else {
      this.#paste = setTimeout(() => this.#submit(), PASTE);
    }
  }

  #stopPaste(): void {
    if (this.#paste !== null) clearTimeout(this.#paste);
    this.#paste = null;
  }

  /** Hands the pending text over to be run after what runs now. */
  #submit(): void {
    const text = this.#pending.replace(/\\\s*$/gm, '').trim();
    this.#pending = '';
    this.#stopPaste();
    if (text === '') return;
    if (this.#isTerminal) this.#remember(text);
    this.#queue = this.#queue
      .then(() => this.#handle(text))
      .then(() => {
        if (this.#paste === null) this.#prompt();
      });
  }

  /** Keeps a query of several lines as one entry, on disk and for the arrow keys. */
  #remember(text: string): void {
    const entry = onOneLine(text);
    rememberLine(this.#history, entry);
    if (!text.includes('\n')) return;
    for (const line of text.split('\n')) {
      const at = this.#recent.indexOf(line);
      if (at >= 0) this.#recent.splice(at, 1);
    }
    this.#recent.unshift(entry);
  }

  async #handle(text: string): Promise<void> {
    if (this.#quit) return;
    try {
      if (text.startsWith(':')) await runCommand(text, this.#context());
      else await this.#query(text);
    } catch (failure) {
      const { text: explained, code } = explainFailure(failure);
      this.#failed(code);
      process.stdout.write(`${explained}\n`);
    }
  }

  #failed(code: number): void {
    if (!this.#isTerminal) process.exitCode = code;
  }

  async #query(text: string): Promise<void> {
    const range = settingsRange(this.#settings);
    if (!range.ok) {
      process.stdout.write(`${range.problem}\n`);
      return;
    }
    const input = await this.#opened();
    const { timeZone, format, parameters, profile, limit } = this.#settings;
    this.#running = new AbortController();
    try {
      const started = performance.now();
      const { run, diagnostics } = await runQuery(text, input.source, {
        parameters,
        macros: await input.macros(text),
        time: range.value,
        timeZone,
        lookups: input.lookups,
        signal: this.#running.signal,
        workers: this.#workers,
      });
      if (diagnostics.length > 0) process.stdout.write(`${renderDiagnostics(text, diagnostics)}\n`);
      if (run === null) return this.#failed(EXIT.wrongRequest);
      const stop = showScan(() => run.statistics().scan);
      const result = await resultText(
        limited(run.batches(), limit),
        () => run.plan.columns ?? [],
        outputOptions(format, timeZone),
      ).finally(stop);
      const seconds = (performance.now() - started) / 1000;
      const notes = run.warnings().map((warning) => `warning: ${warning}\n`);
      const foot = this.#isTerminal ? `${this.#foot(result.rows, text)} in ${seconds.toFixed(2)} s\n` : '';
      await this.#paged(
        `${result.text}${notes.join('')}${foot}${profile ? renderProfile(run.statistics()) : ''}`,
      );
    } finally {
      this.#running = null;
    }
  }

  #foot(rows: number, query: string): string {
    const { limit } = this.#settings;
    if (rows === 0 && looksLikeCommand(query))
      return `no message has this word (\`:${query}\` is the command)`;
    const range = rangeText(this.#settings);
    if (rows === 0 && range !== 'all') return `nothing in [${range}] (:range all searches everything)`;
    if (rows === limit) return `the first ${grouped(rows)} rows (:limit N shows more)`;
    return counted(rows, 'row');
  }

  async #paged(text: string): Promise<void> {
    if (!this.#isTerminal) {
      process.stdout.write(text);
      return;
    }
    this.#lines.pause();
    await page(text);
    if (!this.#closed) this.#lines.resume();
  }

  /** Ctrl-C cancels the query, else what is being typed; never the REPL. */
  #interrupt(): void {
    if (this.#running !== null) {
      this.#running.abort();
      return;
    }
    process.stdout.write('^C\n');
    this.#pending = '';
    this.#stopPaste();
    // To the end and Ctrl-U: readline keeps the typed line otherwise.
    this.#lines.write(null, { ctrl: true, name: 'e' });
    this.#lines.write(null, { ctrl: true, name: 'u' });
    this.#prompt();
  }

  #prompt(): void {
    if (this.#closed || !this.#isTerminal) return;
    const prompt = promptOf(this.#settings);
    this.#lines.setPrompt(this.#pending === '' ? prompt : `${'.'.repeat(prompt.length - 2)}> `);
    this.#lines.prompt();
  }

  #context(): ReplContext {
    return {
      settings: this.#settings,
      fields: this.#known.fields ?? [],
      print: (text) => process.stdout.write(`${text}\n`),
      run: (query) => this.#query(query),
      macros: (query) => this.#macros(query),
      quit: () => {
        this.#quit = true;
        this.#closed = true;
        this.#lines.close();
      },
    };
  }

  /** None where there is no store: a plan can be shown all the same. */
  async #macros(query: string): Promise<ReadonlyMap<string, Macro>> {
    const input = await this.#opened().catch(() => null);
    return input === null ? new Map() : await input.macros(query);
  }

  #complete(line: string): [string[], string] {
    const command = /^:(\w*)$/.exec(line);
    if (command !== null)
      return [[...COMMANDS.keys()].map((name) => `:${name} `).filter((name) => name.startsWith(line)), line];
    const file = /^:run\s+(\S*)$/.exec(line);
    if (file !== null) return [pathsLike(file[1] ?? ''), file[1] ?? ''];
    const typed = /^:(?:explain|fmt)\s+(.*)$/s.exec(line)?.[1] ?? line;
    const text = this.#pending === '' ? typed : `${this.#pending}\n${typed}`;
    const fields = fieldsAt(text, text.length, this.#known.fields ?? []);
    const found = completeAt(text, text.length, { ...this.#known, fields });
    const word = text.slice(found[0]?.span.start ?? text.length);
    return [found.map(({ label }) => label), word];
  }
}
