/**
 * Whether a query typed so far wants another line: it ends with a pipe or a backslash, or a quote,
 * bracket or comment is open. Comments and strings are skipped as the language does.
 */
export function wantsMore(text: string): boolean {
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) return true;
      at = end + 1;
      continue;
    }
    if (character === '/' && text[at + 1] === '/' && text[at - 1] !== ':') {
      const end = text.indexOf('\n', at);
      if (end < 0) break;
      at = end;
      continue;
    }
    if (character === '(') depth++;
    if (character === ')') depth--;
    at++;
  }
  return depth > 0 || /[|\\]\s*$/.test(text);
}

function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return -1;
}
