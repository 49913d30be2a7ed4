import type { Expression, OperatorStage, Text } from '../../../grammar/ast.ts';
import { hint } from '../../../grammar/diagnostics.ts';
import { conjuncts } from '../../expression/references.ts';
import { readAnchors } from '../../operators/anchor-pattern.ts';
import { type AsNames, namesOf, subjectOf } from '../../operators/parse-clauses.ts';
import { requiredTerms } from '../../scope/facts.ts';
import type { PlannedStage } from '../plan.ts';
import { literalText } from './comparisons.ts';
import type { LintContext, LintRule } from './lint-rule.ts';
import { fieldsWritten, hasNodrop, isParse, isRowByRow, writerOf } from './stage-facts.ts';
import { isCertain } from './stage-text.ts';

/** A word that a later `where` demands of every message, and that the scope does not ask for. */
export const missingKeyword: LintRule = {
  code: 'missing-keyword',
  check(context) {
    const { scope } = context.plan.query;
    const { start, end } = scope.span;
    if (start === end || /\{\{|\$\$|\[\[|`/.test(context.text.slice(start, end))) return [];
    const asked = new Set(requiredTerms(scope));
    for (const { word, span } of demandedWords(context)) {
      if (asked.has(word.toLowerCase())) continue;
      const edits =
        scope.kind === 'or'
          ? [
              { span: { start, end: start }, text: '(' },
              { span: { start: end, end }, text: `) ${word}` },
            ]
          : [{ span: { start: end, end }, text: ` ${word}` }];
      return [
        hint(missingKeyword.code, span, `only messages with the word \`${word}\` can pass here`, {
          help: 'as a keyword of the search expression it lets whole blocks of data be skipped',
          fix: { title: `add the keyword \`${word}\``, edits },
        }),
      ];
    }
    return [];
  },
};

/** Words that stand whole in `_raw` whenever the stages before an aggregate let a message through. */
function* demandedWords(context: LintContext) {
  const { stages } = context.plan;
  for (const [at, planned] of stages.entries()) {
    if (!isRowByRow(planned) || !isCertain(context, planned.stage.span)) return;
    if (isParse(planned) && hasNodrop(context, planned)) return;
    const { stage } = planned;
    if (stage.kind !== 'operator' || stage.name !== 'where') continue;
    for (const part of conjuncts(stage.args.condition as Expression)) {
      if (part.kind !== 'binary' || part.operator !== '=' || part.left.kind !== 'field') continue;
      const word = literalText(context, part.right);
      if (word === null || !/^[A-Za-z0-9_]{2,}$/.test(word) || /^(?:and|or|not)$/i.test(word)) continue;
      const writer = writerOf(context, at, part.left.name);
      if (writer !== null && takesWholeWord(context, writer, part.left.name, word))
        yield { word, span: part.right.span };
    }
  }
}

/** Whether the word stands whole in every message of which the stage makes it the value of the field. */
function takesWholeWord(context: LintContext, writer: PlannedStage, field: string, word: string): boolean {
  const { stage } = writer;
  if (stage.kind !== 'operator' || (stage.name !== 'parse' && stage.name !== 'json')) return false;
  if (subjectOf(stage.args.subject as never).toLowerCase() !== '_raw' || writesRaw(context, writer))
    return false;
  return stage.name === 'parse' ? cutsWholeWords(stage, field) : isTextOfJson(writer, field, word);
}

/** A text that begins with a letter stands in JSON between quotes, as no writer of JSON escapes letters and digits. */
function isTextOfJson(writer: PlannedStage, field: string, word: string): boolean {
  const written = fieldsWritten(writer);
  const times = written === 'all' ? 0 : written.filter((name) => name === field.toLowerCase()).length;
  return times === 1 && /^[A-Za-z]/.test(word);
}

/** Whether the stage cuts the field out between characters that end a word. */
function cutsWholeWords(stage: OperatorStage, field: string): boolean {
  const [only, second] = stage.args.patterns as unknown as readonly {
    readonly pattern: Text;
    readonly as: AsNames;
  }[];
  if (only === undefined || second !== undefined) return false;
  const names = (namesOf(only.as) ?? []).map((name) => name.text.toLowerCase());
  const position = names.indexOf(field.toLowerCase());
  const read = readAnchors(only.pattern.raw);
  if (position < 0 || position !== names.lastIndexOf(field.toLowerCase()) || 'error' in read) return false;
  const before = read.anchors[position] ?? '';
  const after = read.anchors[position + 1] ?? '';
  return (
    /^$|[\0-\u007f]$/.test(before) &&
    !/\w$/.test(before) &&
    /^$|^[\0-\u007f]/.test(after) &&
    !/^\w/.test(after)
  );
}

/** Whether the message itself was changed before the stage. */
function writesRaw({ plan }: LintContext, stage: PlannedStage): boolean {
  for (const planned of plan.stages) {
    if (planned === stage) return false;
    const written = fieldsWritten(planned);
    if (written === 'all' || written.includes('_raw')) return true;
  }
  return true;
}
