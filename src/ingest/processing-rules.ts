import { createHash } from 'node:crypto';
import type { CompiledRegex, RegexMatch } from '../engine/define.ts';
import { type MessageBlock, selectMessages } from './message-block.ts';
import type { Tally } from './receipt.ts';

/** One processing rule of a source, ready to run. */
export type ProcessingRule =
  /** Keeps only messages that match as a whole (`include`), or leaves them out (`exclude`). */
  | { readonly type: 'include' | 'exclude'; readonly name: string; readonly whole: WholeMatch }
  /** Replaces what the capture groups hold, at every match. */
  | { readonly type: 'mask'; readonly name: string; readonly regex: CompiledRegex; readonly mask: string }
  | {
      readonly type: 'hash';
      readonly name: string;
      readonly regex: CompiledRegex;
      readonly algorithm: 'md5' | 'sha256';
    };

/** A regular expression that must match from the first to the last character. */
export interface WholeMatch {
  /** The only text that matches, when the expression has no special characters: compared by bytes. */
  readonly literal: Buffer | null;
  /** The expression between `\A` and `\z`. */
  readonly regex: CompiledRegex;
}

/** Rules see at most this much of a message. */
export const MAX_RULE_BYTES = 1 << 20;

/** The mask where a rule names none. */
export const DEFAULT_MASK = '#';

/** The text that an expression stands for, when it holds no special character; else null. */
export function literalOf(expression: string): string | null {
  return /[\\^$.|?*+()[\]{}]/.test(expression) ? null : expression;
}

/** Applies a source's processing rules: includes, then excludes, then masks and hashes in their order. */
export class MessageProcessor {
  readonly #includes: readonly WholeMatch[];
  readonly #excludes: readonly WholeMatch[];
  readonly #changes: readonly Extract<ProcessingRule, { readonly regex: CompiledRegex }>[];

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
      const message = new LazyText(block, row);
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
      const before = new LazyText(block, row).text;
      let text = before;
      for (const rule of this.#changes) text = replaceGroups(text, rule);
      if (text !== before) changed.push({ row, bytes: Buffer.from(text) });
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

/** A message that becomes a text only when a rule needs one. */
class LazyText {
  readonly bytes: Buffer;
  #text: string | null = null;

  constructor(block: MessageBlock, row: number) {
    const start = block.starts[row]!;
    this.bytes = Buffer.from(block.data.buffer, block.data.byteOffset + start, block.ends[row]! - start);
  }

  get text(): string {
    this.#text ??= this.bytes.toString('utf8', 0, MAX_RULE_BYTES);
    return this.#text;
  }
}

function matchesWhole(whole: WholeMatch, message: LazyText): boolean {
  return whole.literal === null ? whole.regex.test(message.text) : whole.literal.equals(message.bytes);
}

/** Every match's groups replaced; of nested groups the outermost counts. */
function replaceGroups(
  text: string,
  rule: Extract<ProcessingRule, { readonly regex: CompiledRegex }>,
): string {
  let result = '';
  let copied = 0;
  let from = 0;
  while (from <= text.length) {
    const match = rule.regex.exec(text, from);
    if (match === null) break;
    for (const span of groupSpans(match, text)) {
      if (span === null || span[0] < copied || span[1] === span[0]) continue;
      const group = text.slice(span[0], span[1]);
      result += text.slice(copied, span[0]) + replacement(group, rule);
      copied = span[1];
    }
    // An empty match must not stand still.
    from = match.end > match.start ? match.end : match.end + 1;
  }
  return copied === 0 && result === '' ? text : result + text.slice(copied);
}

/** Where the groups lie, in order; the whole match is not among them. */
function groupSpans(match: RegexMatch, text: string): readonly (readonly [number, number] | null)[] {
  if (match.spans !== undefined) return match.spans.slice(1);
  // Without positions, each group is the first such text after the one before it.
  let from = match.start;
  return match.groups.slice(1).map((group) => {
    if (group === null) return null;
    const start = text.indexOf(group, from);
    if (start < 0 || start + group.length > match.end) return null;
    from = start + group.length;
    return [start, from] as const;
  });
}

function replacement(
  group: string,
  rule: Extract<ProcessingRule, { readonly regex: CompiledRegex }>,
): string {
  if (rule.type === 'hash') return createHash(rule.algorithm).update(group).digest('hex');
  // A mask may not blow a message up: it ends at five times what it replaces.
  return rule.mask.slice(0, group.length * 5);
}
