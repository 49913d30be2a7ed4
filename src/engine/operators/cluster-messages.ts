import { textId } from '../kernels/murmur3.ts';
import { type MessageToken, messageTokens, WILDCARD } from './message-tokens.ts';

/** What messages of one shape have in common. */
export interface Signature {
  /** 16 hex digits, made of the text alone. */
  readonly id: string;
  /** Varying parts are `**********`. */
  readonly text: string;
  /** How many messages it stands for. */
  readonly count: number;
}

/** Messages by signature. */
export interface Clustering {
  readonly signatures: readonly Signature[];
  /** For each message the number of its signature, or -1 for a message that is null. */
  readonly ofMessage: Int32Array;
}

/** The signature of messages that stand alone when there are many signatures. */
export const OTHERS = 'Others';

/** Beyond this many signatures, those with a single message are put together. */
const MANY_SIGNATURES = 100;
/** Longer messages are cut, in characters. */
const LONGEST_MESSAGE = 65_536;
/** One, so that `user ann logged in` and `user bob logged in` meet. */
const LEADING_WORDS = 1;
const JOINS_FROM = 0.5;

/** A growing signature: null stands for a varying part. */
interface Cluster {
  readonly template: (string | null)[];
  readonly kinds: readonly MessageToken['kind'][];
  count: number;
}

/**
 * Groups messages by shape, in the order in which `order` lists their numbers (ascending time, so that
 * results repeat). A fixed-depth tree (P. He and others, "Drain: An Online Log Parsing Approach with
 * Fixed Depth Tree", 2017): by number of pieces, then by the leading constant word; within a leaf a
 * message joins the cluster with the most equal words if at least half are equal.
 */
export function clusterMessages(messages: readonly (string | null)[], order: Iterable<number>): Clustering {
  const leaves = new Map<string, number[]>();
  const clusters: Cluster[] = [];
  const clusterOf = new Int32Array(messages.length).fill(-1);
  const known = new Map<string, number>();
  for (const message of order) {
    const text = messages[message];
    if (text === null || text === undefined) continue;
    // Equal messages are common and cost a look-up only.
    let found = known.get(text);
    if (found === undefined) {
      found = placeMessage(messageTokens(text.slice(0, LONGEST_MESSAGE)), leaves, clusters);
      known.set(text, found);
    }
    (clusters[found] as Cluster).count++;
    clusterOf[message] = found;
  }
  return signaturesOf(clusters, clusterOf);
}

function placeMessage(
  tokens: readonly MessageToken[],
  leaves: Map<string, number[]>,
  clusters: Cluster[],
): number {
  const leafKey = keyOf(tokens);
  const leaf = leaves.get(leafKey) ?? [];
  leaves.set(leafKey, leaf);
  let best = -1;
  let bestShare = 0;
  for (const candidate of leaf) {
    const share = equalShare(clusters[candidate] as Cluster, tokens);
    if (share > bestShare) {
      best = candidate;
      bestShare = share;
    }
  }
  if (best >= 0 && bestShare >= JOINS_FROM) {
    generalise(clusters[best] as Cluster, tokens);
    return best;
  }
  leaf.push(clusters.length);
  clusters.push({
    template: tokens.map(({ text, kind }) => (kind === 'variable' ? null : text)),
    kinds: tokens.map(({ kind }) => kind),
    count: 0,
  });
  return clusters.length - 1;
}

function keyOf(tokens: readonly MessageToken[]): string {
  const leading: string[] = [];
  for (const { text, kind } of tokens) {
    if (kind === 'variable' || leading.length === LEADING_WORDS) break;
    if (kind === 'word') leading.push(text);
  }
  return JSON.stringify([tokens.length, ...leading]);
}

/** The share of equal words; of equal delimiters where there is no word. A varying part equals only what varies by nature. */
function equalShare({ template, kinds }: Cluster, tokens: readonly MessageToken[]): number {
  let words = 0;
  let equalWords = 0;
  let equalDelimiters = 0;
  for (let at = 0; at < tokens.length; at++) {
    const { text, kind } = tokens[at] as MessageToken;
    const here = template[at];
    if (kind === 'delimiter' && kinds[at] === 'delimiter') {
      if (here === text) equalDelimiters++;
      continue;
    }
    words++;
    if (kind === 'variable' ? here === null : here === text) equalWords++;
  }
  if (words > 0) return equalWords / words;
  return tokens.length === 0 ? 1 : equalDelimiters / tokens.length;
}

function generalise({ template }: Cluster, tokens: readonly MessageToken[]): void {
  for (let at = 0; at < tokens.length; at++) {
    if (template[at] !== tokens[at]?.text) template[at] = null;
  }
}

/** Clusters that came to the same text are one signature; lonely ones are `Others` when there are many. */
function signaturesOf(clusters: readonly Cluster[], clusterOf: Int32Array): Clustering {
  const texts = clusters.map(({ template }) => template.map((text) => text ?? WILDCARD).join(''));
  const counts = new Map<string, number>();
  clusters.forEach(({ count }, at) => {
    const text = texts[at] as string;
    counts.set(text, (counts.get(text) ?? 0) + count);
  });
  const many = counts.size > MANY_SIGNATURES;
  const numbers = new Map<string, number>();
  const totals: number[] = [];
  const signatureOf = texts.map((text, at) => {
    const shown = many && counts.get(text) === 1 ? OTHERS : text;
    const number = numbers.get(shown) ?? numbers.size;
    numbers.set(shown, number);
    totals[number] = (totals[number] ?? 0) + (clusters[at] as Cluster).count;
    return number;
  });
  return {
    signatures: [...numbers.keys()].map((text, at) => ({
      id: textId(text),
      text,
      count: totals[at] as number,
    })),
    ofMessage: clusterOf.map((cluster) => (cluster < 0 ? -1 : (signatureOf[cluster] as number))),
  };
}
