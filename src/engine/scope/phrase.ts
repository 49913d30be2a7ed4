import { codePointKind, foldCase, SPACE, WORD } from './characters.ts';

/** One term of a keyword or phrase, in lower case. */
export type TermPattern =
  /** A whole word; `*` and `?` in it are wildcards where `wild` says so. */
  | { readonly kind: 'word'; readonly text: string; readonly wild: boolean }
  /** One other character that is no white space. */
  | { readonly kind: 'mark'; readonly text: string }
  /** Any one term. */
  | { readonly kind: 'any' };

/** A keyword or phrase: terms that must stand next to each other. */
export type Phrase = readonly TermPattern[];

/**
 * Splits a keyword or a quoted phrase into terms. A run of letters, digits, `_` and wildcards is one
 * term; any other character that is no white space is a term of its own. In quotes only `*` is a
 * wildcard, and none with `exact`. Null for what matches nothing: a partial wildcard in the middle of a phrase.
 */
export function parsePhrase(text: string, quoted: boolean, exact = false): Phrase | null {
  const terms: TermPattern[] = [];
  let run = '';
  const endRun = () => {
    if (run !== '') terms.push(wordPattern(run, quoted));
    run = '';
  };
  for (const character of foldCase(text)) {
    const kind = codePointKind(character.codePointAt(0) ?? 0);
    const wildcard = !exact && (character === '*' || (character === '?' && !quoted));
    if (kind === WORD || wildcard) {
      run += character;
      continue;
    }
    endRun();
    if (kind !== SPACE) terms.push({ kind: 'mark', text: character });
  }
  endRun();
  return terms.some((term, at) => breaksPhrase(term, at, terms.length)) ? null : terms;
}

function wordPattern(run: string, quoted: boolean): TermPattern {
  if (/^\*+$/.test(run)) return { kind: 'any' };
  return { kind: 'word', text: run, wild: run.includes('*') || (!quoted && run.includes('?')) };
}

/** Partial wildcards are allowed in a single term, at the start of the first term and at the end of the last. */
function breaksPhrase(term: TermPattern, at: number, count: number): boolean {
  if (term.kind !== 'word' || !term.wild || count === 1) return false;
  if (at === 0) return /.[*?]/su.test(term.text.replace(/^[*?]+/, ''));
  if (at === count - 1) return /[*?]./su.test(term.text.replace(/[*?]+$/, ''));
  return true;
}
