import type { AggregateCall } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';

/** The name of the field that a call reads, or null when it has no field argument (`count`). */
export function argumentField(call: AggregateCall): string | null {
  const [first] = call.args;
  return first?.kind === 'field' ? first.name : null;
}

/** The default output of aggregates with one result: `_sum`. */
export function defaultOutput(name: string): (call: AggregateCall) => readonly string[] {
  return () => [name];
}

/** What is wrong with a call that takes exactly one field. */
export function checkOneField(call: AggregateCall): readonly Diagnostic[] {
  const [first, second] = call.args;
  if (first === undefined) {
    return [
      error('wrong-arguments', call.span, `\`${call.name}\` takes a field, found none`, {
        help: `write \`${call.name}(field)\``,
      }),
    ];
  }
  if (second !== undefined) {
    return [
      error(
        'wrong-arguments',
        second.span,
        `\`${call.name}\` takes one field, found ${call.args.length} arguments`,
      ),
    ];
  }
  return checkField(call);
}

/**
 * What is wrong with the first argument, which must be a field. The grammar has refused expressions;
 * a null literal stands for a `{{parameter}}` that has no value yet.
 */
export function checkField(call: AggregateCall): readonly Diagnostic[] {
  const [first] = call.args;
  if (first?.kind !== 'literal' || first.value === null) return [];
  return [error('wrong-arguments', first.span, `\`${call.name}\` takes a field, found a literal`)];
}
