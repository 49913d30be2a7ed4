import type { Fix } from '../../../grammar/diagnostics.ts';
import type { Span } from '../../../grammar/span.ts';
import type { LintContext } from './lint-rule.ts';

type Edit = Fix['edits'][number];

/** Parameters, macros and comments (not the `//` of a table name): text that cannot be taken apart or moved with certainty. */
const UNCERTAIN = /\{\{|\}\}|\$\$|\[\[|`|(?<!:)\/\/|\/\*/;

/** Whether a piece of the query means by itself what it says: no parameter, macro or comment in it. */
export function isCertain({ text }: LintContext, { start, end }: Span): boolean {
  return !UNCERTAIN.test(text.slice(start, end));
}

/** The text of a piece of the query. */
export function textAt({ text }: LintContext, { start, end }: Span): string {
  return text.slice(start, end);
}

/** Where the text between the stage `at` and what stands before it lies. */
function gapBefore({ plan }: LintContext, at: number): Span {
  const before = at === 0 ? plan.query.scope : plan.stages[at - 1]!.stage;
  return { start: before.span.end, end: plan.stages[at]!.stage.span.start };
}

/** Whether nothing but a pipe stands before the stage, and the stage has no parameter or comment. */
export function standsAlone(context: LintContext, at: number): boolean {
  return (
    /^\s*\|\s*$/.test(textAt(context, gapBefore(context, at))) &&
    isCertain(context, context.plan.stages[at]!.stage.span)
  );
}

/** Takes a stage and the pipe before it out. A comment that touched the stage is kept off what was before. */
export function removal(context: LintContext, at: number): Edit {
  const { end } = context.plan.stages[at]!.stage.span;
  return {
    span: { start: gapBefore(context, at).start, end },
    text: context.text[end] === '/' ? ' ' : '',
  };
}

/** Puts a stage before the stage `at`, parted from it as that is from what stands before it. */
export function insertion(context: LintContext, at: number, stage: string): Edit {
  const gap = textAt(context, gapBefore(context, at)).replace(/^[ \t]+(?=\r?\n)/, '');
  const { start } = context.plan.stages[at]!.stage.span;
  return { span: { start, end: start }, text: `${stage}${/^\s/.test(gap) ? gap : '\n| '}` };
}

/** Whether text from `start` on may read fields that only a parameter or macro names; inside quotes they are texts. */
export function mayReadMore({ text }: LintContext, start: number): boolean {
  return /\{\{|\$\$|\[\[|`/.test(text.slice(start).replace(/"(?:[^"\\]|\\.)*"/g, '""'));
}
