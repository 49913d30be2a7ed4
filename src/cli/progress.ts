import { cellWidth } from './output/visible.ts';

/**
 * One line on stderr that says how far a long piece of work is: bar, rate and time left. Draws only
 * on a terminal, at most ten times a second, and leaves nothing behind.
 */
export class Progress {
  readonly #label: string;
  readonly #started = performance.now();
  readonly #enabled = process.stderr.isTTY === true;
  #drawn = 0;

  constructor(label: string) {
    this.#label = label;
  }

  /** `total` is null when the size is not known; `rows` are messages so far. */
  update(done: number, total: number | null, rows: number): void {
    const now = performance.now();
    if (!this.#enabled || now - this.#drawn < 100) return;
    this.#drawn = now;
    const seconds = Math.max(0.001, (now - this.#started) / 1000);
    const rate = `${quantity(rows / seconds)} messages/s`;
    const width = process.stderr.columns ?? 80;
    let text = `${this.#label}  ${quantity(rows)} messages  ${byteSize(done)}  ${rate}`;
    if (total !== null && total > 0) {
      const share = Math.min(1, done / total);
      const left = share > 0.02 ? `  ${duration((seconds * (1 - share)) / share)} left` : '';
      text = `${this.#label} ${bar(share, 20)} ${String(Math.floor(share * 100)).padStart(3)} %  ${quantity(rows)} messages  ${rate}${left}`;
    }
    if (cellWidth(text) > width - 1) text = text.slice(0, width - 1);
    process.stderr.write(`\r\u001b[K${text}`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#enabled && this.#drawn > 0) process.stderr.write('\r\u001b[K');
  }
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
}

/** A count for people: `950`, `12.3 k`, `4.5 M`. */
export function quantity(count: number): string {
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (count >= size) return `${(count / size).toFixed(1)} ${unit}`;
  }
  return String(Math.round(count));
}

/** A size in bytes for people: `12.3 MB` (powers of ten). */
export function byteSize(bytes: number): string {
  return bytes < 1000
    ? `${Math.round(bytes)} B`
    : `${quantity(bytes).replace('G', 'GB').replace('M', 'MB').replace('k', 'kB')}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
