import type { OperatorStage, Stage } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';
import { TIMESLICE } from './timeslice.ts';

/** The last stage that is the operator `name`, or null. */
export function lastOperator(before: readonly Stage[], name: string): OperatorStage | null {
  for (let at = before.length - 1; at >= 0; at--) {
    const stage = before[at]!;
    if (stage.kind === 'operator' && stage.name === name) return stage;
  }
  return null;
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
  const name = timeslice === null ? null : sliceName(timeslice);
  if (name !== null && name.toLowerCase() !== TIMESLICE) {
    problems.push(
      error(
        'wrong-place',
        span,
        `\`${operator}\` needs the field \`${TIMESLICE}\`, but \`timeslice\` names it \`${name}\``,
        {
          help: `take \`as ${name}\` off the \`timeslice\` stage`,
        },
      ),
    );
  }
  return problems;
}

function makesTimeslice(stage: Stage): boolean {
  return stage.kind === 'expression' && stage.alias?.text.toLowerCase() === TIMESLICE;
}

/** The name that a timeslice stage gives to its slice. */
export function sliceName(timeslice: OperatorStage): string {
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
