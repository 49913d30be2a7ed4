import { byteSize, quantity } from '../ingest/quantities.ts';
import { truncate, visible } from './output/visible.ts';

/** One line on stderr that is drawn over again and leaves nothing behind. Only terminals see it. */
export class StatusLine {
  readonly #enabled = process.stderr.isTTY === true;
  #drawn = Number.NEGATIVE_INFINITY;

  /** Shows the text, at most ten times a second. */
  show(text: string): void {
    const now = performance.now();
    if (!this.#enabled || now - this.#drawn < 100) return;
    this.#drawn = now;
    process.stderr.write(`\r\u001b[K${truncate(visible(text), (process.stderr.columns ?? 80) - 1)}`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#enabled && Number.isFinite(this.#drawn)) process.stderr.write('\r\u001b[K');
    this.#drawn = Number.NEGATIVE_INFINITY;
  }
}

/** How far a long piece of work is, on a line of stderr. */
export class Progress {
  readonly #label: string;
  readonly #line = new StatusLine();
  readonly #started = performance.now();

  constructor(label: string) {
    this.#label = label;
  }

  /** `total` is null when the size is not known. Sizes in bytes. */
  update(done: number, total: number | null, messages: number): void {
    const seconds = (performance.now() - this.#started) / 1000;
    this.#line.show(progressText(this.#label, { done, total, messages, seconds }));
  }

  /** Removes the line. */
  clear(): void {
    this.#line.clear();
  }
}

/** Work shorter than this shows no progress, in ms. */
const SHORT = 700;

/** Shows on a terminal what a scan has read so far, until the function that it returns is called. */
export function showScan(
  statistics: () => { readonly bytesRead: number; readonly rows: number },
): () => void {
  if (process.stderr.isTTY !== true) return () => {};
  const line = new StatusLine();
  const started = performance.now();
  const timer = setInterval(() => {
    const ms = performance.now() - started;
    if (ms < SHORT) return;
    const { bytesRead, rows } = statistics();
    const seconds = ms / 1000;
    line.show(
      rows === 0
        ? `search  ${seconds.toFixed(0)} s`
        : progressText('search', { done: bytesRead, total: null, messages: rows, seconds }),
    );
  }, 200);
  timer.unref();
  return () => {
    clearInterval(timer);
    line.clear();
  };
}

/** Where a piece of work stands. */
export interface Standing {
  /** Bytes read. */
  readonly done: number;
  /** Bytes there are; null when that is not known. */
  readonly total: number | null;
  readonly messages: number;
  /** Since the start. */
  readonly seconds: number;
}

/** The standing as one line: bar, share, rate, and time left where the total is known. */
export function progressText(label: string, { done, total, messages, seconds }: Standing): string {
  const rate = `${quantity(messages / Math.max(0.001, seconds))} messages/s`;
  if (total === null || total <= 0)
    return `${label}  ${quantity(messages)} messages  ${byteSize(done)}  ${rate}`;
  const share = Math.min(1, done / total);
  const left = share > 0.02 ? `  ${duration((seconds * (1 - share)) / share)} left` : '';
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${label} ${bar(share, 20)} ${percent} %  ${quantity(messages)} messages  ${rate}${left}`;
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
