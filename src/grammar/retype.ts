import type { TokenType } from 'chevrotain';
import type { OperatorForm } from './forms.ts';
import { As, By, EXPRESSION_WORDS, Group, Identifier, type Token } from './tokens.ts';

/** Words with a token type of their own in every stage. */
export const STAGE_WORDS: ReadonlyMap<string, TokenType> = new Map([
  ...EXPRESSION_WORDS,
  ['as', As],
  ['by', By],
  ['group', Group],
]);

/** Gives the words of a stage the token types that they have there. */
export function retype(tokens: readonly Token[], form: OperatorForm | null): readonly Token[] {
  for (const token of tokens) {
    if (!/^[A-Za-z_]/.test(token.image)) continue;
    const isPlain =
      token.tokenType === Identifier || STAGE_WORDS.get(token.tokenType.name) === token.tokenType;
    if (!isPlain && !(form?.words.get(token.tokenType.name) === token.tokenType)) continue;
    const word = token.image.toLowerCase();
    const type = form?.words.get(word) ?? STAGE_WORDS.get(word);
    if (type === undefined) continue;
    token.tokenType = type;
    token.tokenTypeIdx = type.tokenTypeIdx ?? 0;
  }
  return tokens;
}
