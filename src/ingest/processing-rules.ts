import { createHash } from 'node:crypto';
import type { ByteRegex } from '../engine/regex/compile-regex.ts';
import { type MessageBlock, selectMessages } from './message-block.ts';
import type { Tally } from './receipt.ts';

/** One processing rule of a source, ready to run. */
export type ProcessingRule =
  /** Keeps only messages that match as a whole (`include`), or leaves them out (`exclude`). */
  | { readonly type: 'include' | 'exclude'; readonly name: string; readonly whole: WholeMatch }
  /** Replaces what the capture groups hold, at every match. */
  | { readonly type: 'mask'; readonly name: string; readonly regex: ByteRegex; readonly mask: string }
  | {
      readonly type: 'hash';
      readonly name: string;
      readonly regex: ByteRegex;
      readonly algorithm: 'md5' | 'sha256';
    };

/** A regular expression that must match from the first to the last character. */
export interface WholeMatch {
  /** The only text that matches, when the expression has no special characters: compared by bytes. */
  readonly literal: Buffer | null;
  /** The expression between `\A` and `\z`. */
  readonly regex: ByteRegex;
}

/** The text that an expression stands for, when it holds no special character; else null. */
export function literalOf(expression: string): string | null {
  return /[\\^$.|?*+()[\]{}]/.test(expression) ? null : expression;
}

/** A rule that changes messages. */
type ChangeRule = Extract<ProcessingRule, { readonly regex: ByteRegex }>;

/** Applies a source's processing rules: includes, then excludes, then masks and hashes in their order. */
export class MessageProcessor {
  readonly #includes: readonly WholeMatch[];
  readonly #excludes: readonly WholeMatch[];
  readonly #changes: readonly ChangeRule[];

  constructor(rules: readonly ProcessingRule[]) {
    this.#includes = rules.flatMap((rule) => (rule.type === 'include' ? [rule.whole] : []));
    this.#excludes = rules.flatMap((rule) => (rule.type === 'exclude' ? [rule.whole] : []));
    this.#changes = rules.flatMap((rule) => (rule.type === 'mask' || rule.type === 'hash' ? [rule] : []));
  }

  /** The messages that are kept, changed where a rule says so. Counts those left out. */
  apply(block: MessageBlock, tally: Tally): MessageBlock {
    const kept = this.#select(block, tally);
    return this.#changes.length === 0 ? kept : this.#change(kept);
  }

  #select(block: MessageBlock, tally: Tally): MessageBlock {
    if (this.#includes.length === 0 && this.#excludes.length === 0) return block;
    const rows = new Uint32Array(block.length);
    let count = 0;
    let notIncluded = 0;
    let excluded = 0;
    for (let row = 0; row < block.length; row++) {
      const message = messageBytes(block, row);
      if (this.#includes.length > 0 && !this.#includes.some((whole) => matchesWhole(whole, message)))
        notIncluded++;
      else if (this.#excludes.some((whole) => matchesWhole(whole, message))) excluded++;
      else rows[count++] = row;
    }
    tally.skip('not-included', notIncluded);
    tally.skip('excluded', excluded);
    return count === block.length ? block : selectMessages(block, rows.subarray(0, count));
  }

  #change(block: MessageBlock): MessageBlock {
    const changed: { readonly row: number; readonly bytes: Buffer }[] = [];
    for (let row = 0; row < block.length; row++) {
      let bytes: Buffer | null = null;
      for (const rule of this.#changes)
        bytes = replaceGroups(bytes ?? messageBytes(block, row), rule) ?? bytes;
      if (bytes !== null) changed.push({ row, bytes });
    }
    if (changed.length === 0) return block;
    const starts = block.starts.slice();
    const ends = block.ends.slice();
    let at = block.data.length;
    for (const { row, bytes } of changed) {
      starts[row] = at;
      at += bytes.length;
      ends[row] = at;
    }
    return {
      ...block,
      data: Buffer.concat([block.data, ...changed.map(({ bytes }) => bytes)]),
      starts,
      ends,
    };
  }
}

function messageBytes({ data, starts, ends }: MessageBlock, row: number): Buffer {
  return Buffer.from(data.buffer, data.byteOffset + starts[row]!, ends[row]! - starts[row]!);
}

function matchesWhole(whole: WholeMatch, message: Buffer): boolean {
  return whole.literal === null
    ? whole.regex.searchBytes(message, 0, message.length)
    : whole.literal.equals(message);
}

/**
 * The message with what the groups hold replaced, at every match; null when nothing matches. Of nested
 * groups the outermost counts.
 */
function replaceGroups(message: Buffer, rule: ChangeRule): Buffer | null {
  const { regex } = rule;
  const { slots } = regex;
  const pieces: Buffer[] = [];
  let copied = 0;
  let found = regex.searchBytes(message, 0, message.length);
  for (; found; found = regex.searchNext()) {
    for (let group = 1; group * 2 < slots.length; group++) {
      const start = slots[group * 2]!;
      const end = slots[group * 2 + 1]!;
      if (start < copied || end <= start) continue;
      pieces.push(message.subarray(copied, start), replacement(message.subarray(start, end), rule));
      copied = end;
    }
  }
  return pieces.length === 0 ? null : Buffer.concat([...pieces, message.subarray(copied)]);
}

function replacement(group: Buffer, rule: ChangeRule): Buffer {
  if (rule.type === 'hash') return Buffer.from(createHash(rule.algorithm).update(group).digest('hex'));
  // A mask may not blow a message up: it ends at five times the characters that it replaces.
  return Buffer.from([...rule.mask].slice(0, group.toString('utf8').length * 5).join(''));
}
