export type LogLevel = 'info' | 'warn' | 'error';

/** Structured logs: one JSON object a line. */
export interface Log {
  write(level: LogLevel, event: string, details?: Readonly<Record<string, unknown>>): void;
}

/** A log whose lines go to `out`. Characters that could steer a terminal are escaped. */
export function jsonLog(out: (line: string) => void, now: () => number = Date.now): Log {
  return {
    write(level, event, details = {}) {
      const time = new Date(now()).toISOString();
      const line = JSON.stringify({ time, level, event, ...details });
      out(`${line.replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, escaped)}\n`);
    },
  };
}

/** Notes what should not have happened, with the place in the code. */
export function logBug(log: Log, thrown: unknown, details: Readonly<Record<string, unknown>> = {}): void {
  const problem = thrown instanceof Error ? thrown.stack : String(thrown);
  log.write('error', 'bug', { ...details, problem });
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Lets an event through at most once in `every` ms, with the number of those held back. */
export class Throttled {
  readonly #every: number;
  readonly #last = new Map<string, { at: number; held: number }>();

  constructor(every = 1000) {
    this.#every = every;
  }

  /** How many of this kind were held back before, or null when this one is to be held back too. */
  pass(kind: string): number | null {
    const now = performance.now();
    const last = this.#last.get(kind);
    if (last !== undefined && now - last.at < this.#every) {
      last.held++;
      return null;
    }
    if (this.#last.size > 1000) this.#last.clear();
    this.#last.set(kind, { at: now, held: 0 });
    return last?.held ?? 0;
  }
}
