import { isoText } from '../engine/time/civil.ts';
import { counted, grouped } from '../grammar/counted.ts';
import { byteSize } from './quantities.ts';

/** Why a message that was read is not stored. */
export type SkipReason =
  | 'empty'
  | 'header'
  | 'excluded'
  | 'not-included'
  | 'control-message'
  | 'stream-prefix'
  | 'internal-traffic'
  | 'before-cutoff';

/** What is odd about a message that is stored all the same. */
export type FlagReason =
  | 'wrong-token-count'
  | 'invalid-utf8'
  | 'cut'
  | 'receipt-time'
  | 'not-an-event'
  | 'not-json'
  | 'not-enriched'
  | 'value-cut'
  | 'values-left-out'
  | 'rule-overlap';

/** What became of one file. */
export interface FileOutcome {
  readonly path: string;
  /** What it was recognised as: `text`, `flow log`, `cloudwatch`, `parquet`, `json`; null when it could not be read. */
  readonly format: string | null;
  /** Bytes as they lie on disk. */
  readonly bytes: number;
  readonly read: number;
  readonly stored: number;
  /** Why it ended early, or null. What was read before is stored. */
  readonly error: string | null;
}

/** Everything one ingest did: `read` equals `stored` plus all of `skipped`. Times are epoch ms, null when nothing is stored. */
export interface Receipt {
  readonly read: number;
  readonly stored: number;
  readonly skipped: ReadonlyMap<string, number>;
  readonly flagged: ReadonlyMap<string, number>;
  readonly extracted: ReadonlyMap<string, number>;
  readonly from: number | null;
  readonly to: number | null;
  readonly bytesIn: number;
  /** Bytes that the store takes for it; null without a store. */
  readonly bytesOnDisk: number | null;
  readonly files: readonly FileOutcome[];
  readonly warnings: readonly string[];
}

/** What a tally has counted, as plain data. */
export type TallyCounts = Pick<
  Tally,
  'read' | 'stored' | 'bytesIn' | 'from' | 'to' | 'skipped' | 'flagged' | 'extracted' | 'warnings'
>;

/** The running count behind a receipt. One per ingest, or one per request. */
export class Tally {
  read = 0;
  stored = 0;
  bytesIn = 0;
  from = Infinity;
  to = -Infinity;
  readonly skipped = new Map<string, number>();
  readonly flagged = new Map<string, number>();
  readonly extracted = new Map<string, number>();
  readonly files: FileOutcome[] = [];
  readonly warnings = new Set<string>();

  skip(reason: SkipReason, messages = 1): void {
    add(this.skipped, reason, messages);
  }

  flag(reason: FlagReason, messages = 1): void {
    add(this.flagged, reason, messages);
  }

  extract(rule: string, messages: number): void {
    add(this.extracted, rule, messages);
  }

  /** A warning about the whole run, once per text; past a hundred texts, no more are kept. */
  warn(text: string): void {
    if (this.warnings.size < 100) this.warnings.add(text);
  }

  /** A path of which nothing could be read. */
  failed(path: string, error: string): void {
    this.files.push({ path, format: null, bytes: 0, read: 0, stored: 0, error });
  }

  /** Leaves out of the count what was read and neither stored nor skipped: an interruption came between. */
  forgetUnstored(): void {
    this.read = [...this.skipped.values()].reduce((sum, messages) => sum + messages, this.stored);
  }

  /** Adds what another thread counted. */
  add(other: TallyCounts): void {
    this.read += other.read;
    this.stored += other.stored;
    this.bytesIn += other.bytesIn;
    this.from = Math.min(this.from, other.from);
    this.to = Math.max(this.to, other.to);
    for (const [reason, messages] of other.skipped) add(this.skipped, reason, messages);
    for (const [reason, messages] of other.flagged) add(this.flagged, reason, messages);
    for (const [rule, messages] of other.extracted) add(this.extracted, rule, messages);
    for (const text of other.warnings) this.warn(text);
  }

  receipt(bytesOnDisk: number | null = null): Receipt {
    return {
      read: this.read,
      stored: this.stored,
      skipped: this.skipped,
      flagged: this.flagged,
      extracted: this.extracted,
      from: this.from === Infinity ? null : this.from,
      to: this.to === -Infinity ? null : this.to,
      bytesIn: this.bytesIn,
      bytesOnDisk,
      files: this.files,
      warnings: [...this.warnings],
    };
  }
}

function add(counts: Map<string, number>, key: string, more: number): void {
  if (more > 0) counts.set(key, (counts.get(key) ?? 0) + more);
}

/** The receipt as one JSON object, the shape of `weir ingest -o json`. */
export function receiptJson(receipt: Receipt): string {
  return JSON.stringify({
    read: receipt.read,
    stored: receipt.stored,
    skipped: objectOf(receipt.skipped),
    flagged: objectOf(receipt.flagged),
    extracted: objectOf(receipt.extracted),
    from: receipt.from,
    to: receipt.to,
    bytesIn: receipt.bytesIn,
    bytesOnDisk: receipt.bytesOnDisk,
    files: receipt.files,
    warnings: receipt.warnings,
  });
}

// Rule names come from users: `fromEntries` defines properties, so `__proto__` is an ordinary key.
function objectOf(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries(counts);
}

/** The receipt for people, several lines without a newline at the end. */
export function receiptText(receipt: Receipt): string {
  const lines = [`read       ${counted(receipt.read, 'message')}`];
  lines.push(`stored     ${grouped(receipt.stored)}`);
  if (receipt.skipped.size > 0) lines.push(`skipped    ${list(receipt.skipped)}`);
  if (receipt.flagged.size > 0) lines.push(`flagged    ${list(receipt.flagged)}`);
  if (receipt.extracted.size > 0) lines.push(`extracted  ${list(receipt.extracted)}`);
  if (receipt.from !== null && receipt.to !== null) {
    lines.push(`time       ${isoText(receipt.from)} to ${isoText(receipt.to)}`);
  }
  const onDisk = receipt.bytesOnDisk === null ? '' : `, ${byteSize(receipt.bytesOnDisk)} on disk`;
  lines.push(`bytes      ${byteSize(receipt.bytesIn)} in${onDisk}`);
  const failed = receipt.files.filter((file) => file.error !== null);
  const done = receipt.files.length - failed.length;
  lines.push(
    `files      ${grouped(done)} read${failed.length > 0 ? `, ${grouped(failed.length)} failed` : ''}`,
  );
  for (const file of failed) {
    const kept = file.stored > 0 ? ` (${grouped(file.stored)} messages before that are stored)` : '';
    lines.push(`  failed   ${file.path}: ${file.error}${kept}`);
  }
  for (const text of receipt.warnings) lines.push(`warning    ${text}`);
  return lines.join('\n');
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, messages]) => `${name} ${grouped(messages)}`).join(', ');
}
