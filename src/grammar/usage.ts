import type { ClauseShape, Syntax } from './syntax.ts';
import type { Vocabulary } from './vocabulary.ts';

/** An operator's syntax as one line: `timeslice [by] [<duration> | <number> buckets] [as <name>]`. */
export function usageOf(operator: Pick<Vocabulary['operators'][number], 'name' | 'syntax'>): string {
  return tidy(`${operator.name} ${sequenceUsage(operator.syntax)}`);
}

function sequenceUsage(parts: Syntax): string {
  return Object.entries(parts)
    .map(([key, clause]) => clauseUsage(clause, key))
    .join(' ');
}

/** No spaces where people write none: `(a)`, `x=1`, `f, f`. */
function tidy(text: string): string {
  return text
    .replace(/ +/g, ' ')
    .replace(/\( /g, '(')
    .replace(/ \)/g, ')')
    .replace(/\[ /g, '[')
    .replace(/ \]/g, ']')
    .replace(/ = /g, '=')
    .replace(/ ,/g, ',')
    .trim();
}

function clauseUsage(clause: ClauseShape, key: string): string {
  switch (clause.kind) {
    case 'word':
      return clause.words.join(' | ');
    case 'symbol':
      return clause.symbol;
    case 'field':
      return '<field>';
    case 'name':
      return '<name>';
    case 'text':
      return clause.bare ? `<${key}>` : `"<${key}>"`;
    case 'path':
      return '<table>';
    case 'amount':
      return { no: '<number>', yes: '<duration>', either: '<number> | <duration>' }[clause.duration];
    case 'expression':
      return '<expression>';
    case 'pipeline':
      return '(<stages>)';
    case 'setting':
      return `${clause.word}=${clauseUsage(clause.of, clause.word)}`;
    case 'sequence':
      return sequenceUsage(clause.parts);
    case 'optional':
      return `[${clauseUsage(clause.of, key)}]`;
    case 'list': {
      const item = clauseUsage(clause.of, key);
      const separator = { comma: ', ', 'optional-comma': '[,] ', none: ' ', and: ' and ' }[clause.separator];
      const more = `${item}[${separator}…]`;
      return clause.atLeast === 0 ? `[${more}]` : more;
    }
    case 'choice':
      return Object.entries(clause.options)
        .map(([option, shape]) => clauseUsage(shape, option))
        .join(' | ');
    case 'anyOrder':
      return Object.entries(clause.parts)
        .map(([part, shape]) =>
          shape.kind === 'optional' ? clauseUsage(shape, part) : `[${clauseUsage(shape, part)}]`,
        )
        .join(' ');
  }
}
