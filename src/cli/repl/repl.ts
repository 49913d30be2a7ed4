import { createInterface, type Interface } from 'node:readline';
import type { KnownNames } from '../../grammar/complete.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import { runQuery } from '../../index.ts';
import { completeAt } from '../../language.ts';
import { explainFailure } from '../failure.ts';
import type { Input } from '../input.ts';
import { renderProfile } from '../output/profile.ts';
import { outputOptions, resultText } from '../output/result.ts';
import { COMMANDS, type ReplContext, runCommand } from './commands.ts';
import { wantsMore } from './complete-input.ts';
import { historyFile, readHistory, rememberLine } from './history.ts';
import { knownNames, pathsLike } from './known-names.ts';
import { page } from './pager.ts';
import { defaultSettings, promptOf, type Settings, settingsRange } from './settings.ts';

/** Lines that arrive this fast after one another were pasted: a line that begins with a pipe goes on with the query. */
const PASTE = 40;

/** Reads queries and commands until the user leaves. Resolves then. */
export class Repl {
  readonly #input: Input;
  readonly #settings: Settings;
  readonly #history = historyFile();
  readonly #lines: Interface;
  #known: KnownNames = {};
  /** Lines of a query that is not complete yet. */
  #pending = '';
  #paste: ReturnType<typeof setTimeout> | null = null;
  #queue: Promise<void> = Promise.resolve();
  #running: AbortController | null = null;

  constructor(input: Input, settings: Settings = defaultSettings('UTC')) {
    this.#input = input;
    this.#settings = settings;
    this.#lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: process.stdin.isTTY === true,
      history: readHistory(this.#history),
      historySize: 2000,
      removeHistoryDuplicates: true,
      completer: (line: string) => this.#complete(line),
      prompt: promptOf(settings),
    });
  }

  /** Runs until the end of input. */
  async run(): Promise<void> {
    // Completion must not delay the first prompt.
    knownNames(this.#input.source, this.#input.lookups).then(
      (known) => {
        this.#known = known;
      },
      () => {},
    );
    this.#lines.on('line', (line) => this.#line(line));
    this.#lines.on('SIGINT', () => this.#interrupt());
    this.#lines.prompt();
    await new Promise<void>((resolve) => this.#lines.once('close', resolve));
    this.#submit();
    await this.#queue;
  }

  #line(line: string): void {
    if (this.#paste !== null) clearTimeout(this.#paste);
    this.#paste = null;
    const goesOn = this.#pending !== '' && (/^\s*\|/.test(line) || wantsMore(this.#pending));
    if (this.#pending !== '' && !goesOn) this.#submit();
    this.#pending = this.#pending === '' ? line : `${this.#pending}\n${line}`;
    if (this.#pending.trim() === '') {
      this.#pending = '';
      this.#prompt();
    } else if (!this.#pending.startsWith(':') && wantsMore(this.#pending) && line.trim() !== '') {
      this.#prompt();
    } else {
      this.#paste = setTimeout(() => this.#submit(), PASTE);
    }
  }

  /** Hands the pending text over to be run after what runs now. */
  #submit(): void {
    const text = this.#pending.replace(/\\\s*$/gm, '').trim();
    this.#pending = '';
    if (this.#paste !== null) clearTimeout(this.#paste);
    this.#paste = null;
    if (text === '') return;
    rememberLine(this.#history, text);
    this.#queue = this.#queue.then(() => this.#handle(text)).then(() => this.#prompt());
  }

  async #handle(text: string): Promise<void> {
    try {
      if (text.startsWith(':')) await runCommand(text, this.#context());
      else await this.#query(text);
    } catch (failure) {
      process.stdout.write(`${explainFailure(failure).text}\n`);
    }
  }

  async #query(text: string): Promise<void> {
    const range = settingsRange(this.#settings);
    if (!range.ok) {
      process.stdout.write(`${range.problem}\n`);
      return;
    }
    const { timeZone, format, parameters, profile } = this.#settings;
    this.#running = new AbortController();
    try {
      const started = performance.now();
      const { run, diagnostics } = await runQuery(text, this.#input.source, {
        parameters,
        time: range.value,
        timeZone,
        lookups: this.#input.lookups,
        signal: this.#running.signal,
      });
      if (diagnostics.length > 0) process.stdout.write(`${renderDiagnostics(text, diagnostics)}\n`);
      if (run === null) return;
      const result = await resultText(
        run.batches(),
        () => run.plan.columns ?? [],
        outputOptions(format, timeZone),
      );
      const seconds = (performance.now() - started) / 1000;
      const notes = run.warnings().map((warning) => `warning: ${warning}\n`);
      const foot = `${result.rows.toLocaleString('en')} ${result.rows === 1 ? 'row' : 'rows'} in ${seconds.toFixed(2)} s\n`;
      await this.#paged(
        `${result.text}${notes.join('')}${foot}${profile ? renderProfile(run.statistics()) : ''}`,
      );
    } finally {
      this.#running = null;
    }
  }

  async #paged(text: string): Promise<void> {
    this.#lines.pause();
    await page(text);
    this.#lines.resume();
  }

  /** Ctrl-C cancels the query, else what is being typed; never the REPL. */
  #interrupt(): void {
    if (this.#running !== null) {
      this.#running.abort();
      return;
    }
    process.stdout.write('^C\n');
    this.#pending = '';
    // Ctrl-U: readline keeps the typed line otherwise.
    this.#lines.write(null, { ctrl: true, name: 'u' });
    this.#prompt();
  }

  #prompt(): void {
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
      quit: () => this.#lines.close(),
    };
  }

  #complete(line: string): [string[], string] {
    const command = /^:(\w*)$/.exec(line);
    if (command !== null)
      return [[...COMMANDS.keys()].map((name) => `:${name} `).filter((name) => name.startsWith(line)), line];
    const file = /^:run\s+(\S*)$/.exec(line);
    if (file !== null) return [pathsLike(file[1] ?? ''), file[1] ?? ''];
    const text = this.#pending === '' ? line : `${this.#pending}\n${line}`;
    const found = completeAt(text, text.length, this.#known);
    const word = text.slice(found[0]?.span.start ?? text.length);
    return [found.map(({ label }) => label), word];
  }
}
