import type { OperatorStage, Stage } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';
import { TIMESLICE } from './timeslice.ts';

/** The last stage that is the operator `name`, or null. */
export function lastOperator(before: readonly Stage[], name: string): OperatorStage | null {
  return (
    before.findLast((stage): stage is OperatorStage => stage.kind === 'operator' && stage.name === name) ??
    null
  );
}

/** What is wrong when no stage before made `_timeslice`, as `outlier` and `predict` need it. */
export function checkTimeslice(
  operator: string,
  span: Span,
  before: readonly Stage[],
): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const timeslice = lastOperator(before, 'timeslice');
  // An expression or a lookup may have made the field as well, so only what is certain is an error.
  if (timeslice === null && !before.some((stage) => makesTimeslice(stage))) {
    problems.push(
      error('wrong-place', span, `\`${operator}\` needs a \`timeslice\` stage before it, found none`, {
        help: `write \`| timeslice 5m | count by _timeslice | ${operator} …\``,
      }),
    );
  }
  return [...problems, ...checkSliceName(operator, span, before)];
}

/** What is wrong when the last `timeslice` stage gives its slice another name than `_timeslice`. */
export function checkSliceName(
  operator: string,
  span: Span,
  before: readonly Stage[],
): readonly Diagnostic[] {
  const timeslice = lastOperator(before, 'timeslice');
  const name = timeslice === null ? TIMESLICE : sliceName(timeslice);
  if (name.toLowerCase() === TIMESLICE) return [];
  const found = `but \`timeslice\` names it \`${name}\``;
  return [
    error('wrong-place', span, `\`${operator}\` needs the field \`${TIMESLICE}\`, ${found}`, {
      help: `take \`as ${name}\` off the \`timeslice\` stage`,
    }),
  ];
}

function makesTimeslice(stage: Stage): boolean {
  return stage.kind === 'expression' && stage.alias?.text.toLowerCase() === TIMESLICE;
}

/** The name that a timeslice stage gives to its slice. */
function sliceName(timeslice: OperatorStage): string {
  const { as } = timeslice.args;
  if (as !== null && typeof as === 'object' && 'name' in as) {
    const given = as.name;
    if (given !== null && typeof given === 'object' && 'kind' in given && given.kind === 'name') {
      return 'text' in given && typeof given.text === 'string' ? given.text : TIMESLICE;
    }
  }
  return TIMESLICE;
}

/** The row fields of the last `transpose` that no later aggregate replaced, or null. */
export function transposedRows(before: readonly Stage[]): readonly string[] | null {
  const aggregate = before.findLastIndex((stage) => stage.kind === 'aggregate');
  const rows = lastOperator(before.slice(aggregate + 1), 'transpose')?.args.rows;
  if (!Array.isArray(rows)) return null;
  return rows.flatMap((row: unknown) =>
    typeof row === 'object' && row !== null && 'name' in row && typeof row.name === 'string'
      ? [row.name]
      : [],
  );
}
