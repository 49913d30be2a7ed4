/** A stretch of a query as far as quotes and comments tell. */
interface Stretch {
  readonly kind: 'code' | 'quoted' | 'comment';
  readonly text: string;
  /** False for a quote or a block comment that is still open. */
  readonly closed: boolean;
}

/** A quoted text, a block comment or a line comment (not the `//` of an address), closed or still open. */
const STRETCH = /"(?:[^"\\]|\\[\s\S])*("|$)|\/\*[\s\S]*?(\*\/|$)|(?<!:)\/\/[^\n]*/g;

function stretches(text: string): readonly Stretch[] {
  const found: Stretch[] = [];
  const code = (from: number, to: number) => {
    if (to > from) found.push({ kind: 'code', text: text.slice(from, to), closed: true });
  };
  let at = 0;
  for (const match of text.matchAll(STRETCH)) {
    code(at, match.index);
    const isLine = match[0].startsWith('//');
    found.push({
      kind: match[0].startsWith('"') ? 'quoted' : 'comment',
      text: match[0],
      closed: isLine || (match[1] ?? match[2]) !== '',
    });
    at = match.index + match[0].length;
  }
  code(at, text.length);
  return found;
}

/**
 * Whether a query typed so far wants another line: it ends with a pipe or a backslash, or a quote,
 * bracket or comment is open.
 */
export function wantsMore(text: string): boolean {
  const parts = stretches(text);
  if (parts.some(({ closed }) => !closed)) return true;
  const code = parts.map((part) => (part.kind === 'code' ? part.text : part.kind === 'quoted' ? '""' : ''));
  const brackets = code.join('');
  const depth = brackets.split('(').length - brackets.split(')').length;
  return depth > 0 || /[|\\]\s*$/.test(brackets);
}

/** The query on one line, as the history keeps it: without its comments, which would swallow the rest. */
export function onOneLine(text: string): string {
  if (!text.includes('\n')) return text;
  return stretches(text)
    .map((part) => (part.kind === 'comment' ? ' ' : part.text))
    .join('')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}
