/** What a varying part of a message is written as. */
export const WILDCARD = '**********';

/** One piece of a message. Delimiters (white space and punctuation) are pieces too. */
export interface MessageToken {
  readonly text: string;
  /** `variable` parts differ from message to message by nature: numbers, ids, addresses. */
  readonly kind: 'word' | 'variable' | 'delimiter';
}

const TIME = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?`;
const ZONE = String.raw`(?:\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?\b`;

/** Tried in this order at each place; the first that fits names the piece. */
const PIECE = new RegExp(
  [
    String.raw`(?<url>\b[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^\s"'<>]+)`,
    `(?<date>${[
      String.raw`\b\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]${TIME}${ZONE})?`,
      String.raw`\b\d{1,2}[-/](?:\d{1,2}|[A-Z][a-z]{2})[-/]\d{2,4}(?:[: ]${TIME}${ZONE})?`,
      String.raw`\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* +\d{1,2}(?:,? \d{4})?(?: ${TIME}${ZONE})?`,
      String.raw`\b\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?${ZONE}`,
    ].join('|')})`,
    `(?<variable>${[
      String.raw`\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`,
      String.raw`\b\d{1,3}(?:\.\d{1,3}){3}\b`,
      String.raw`(?<![\w:])(?:[0-9a-fA-F]{1,4}:)+:(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*)?(?![\w:])`,
      String.raw`(?<![\w:])(?:[0-9a-fA-F]{1,4}:){5,7}[0-9a-fA-F]{1,4}(?![\w:])`,
      String.raw`\b0[xX][0-9a-fA-F]+\b`,
      String.raw`\b(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}\b`,
      String.raw`\b\d+(?:\.\d+)?\b`,
    ].join('|')})`,
    String.raw`(?<word>[\p{L}\p{N}_]+)`,
    String.raw`(?<delimiter>\s+|[^\s\p{L}\p{N}_])`,
  ].join('|'),
  'gu',
);

/** The pieces of a message; dates and times become `$DATE`, URLs `$URL`, runs of white space one space. */
export function messageTokens(message: string): MessageToken[] {
  const tokens: MessageToken[] = [];
  for (const match of message.matchAll(PIECE)) {
    const { url, date, variable, word, delimiter } = match.groups as Record<string, string | undefined>;
    if (url !== undefined) tokens.push({ text: '$URL', kind: 'word' });
    else if (date !== undefined) tokens.push({ text: '$DATE', kind: 'word' });
    else if (variable !== undefined) tokens.push({ text: WILDCARD, kind: 'variable' });
    else if (word !== undefined) tokens.push({ text: word, kind: 'word' });
    else
      tokens.push({ text: /^\s/.test(delimiter as string) ? ' ' : (delimiter as string), kind: 'delimiter' });
  }
  return tokens;
}
