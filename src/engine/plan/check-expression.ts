import type { Call, Expression, RegexLiteral } from '../../grammar/ast.ts';
import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import { didYouMean } from '../../grammar/suggest.ts';
import type { FunctionDefinition } from '../define.ts';
import { visitExpression } from '../expression/references.ts';
import { regexGroups } from '../regex/compile-regex.ts';
import type { Registry } from '../registry.ts';
import { checkBranches } from './static-type.ts';

/** What is wrong with the calls and operands of an expression, as far as it shows without data. */
export function checkExpression(expression: Expression, registry: Registry): Diagnostic[] {
  const found: Diagnostic[] = [];
  visitExpression(expression, (part) => {
    if (part.kind === 'call') found.push(...checkCall(part, registry));
    else if (part.kind === 'conditional') found.push(...checkBranches(part, registry));
    else if (part.kind === 'regex') found.push(...checkRegex(part));
  });
  return found;
}

function checkRegex({ pattern, flags, span }: RegexLiteral): Diagnostic[] {
  const groups = regexGroups(pattern, flags);
  return 'error' in groups ? [error('bad-pattern', span, `the pattern cannot be used: ${groups.error}`)] : [];
}

function checkCall(call: Call, registry: Registry): readonly Diagnostic[] {
  const definition = registry.function(call.name);
  if (definition === null) return [unknownFunction(call, registry)];
  const { least, most } = arity(definition);
  const count = call.args.length;
  if (count < least || count > most) {
    const wanted = least === most ? String(least) : `${least} to ${most}`;
    const message = `\`${definition.name}\` takes ${wanted} argument${most === 1 ? '' : 's'}, found ${count}`;
    return [error('wrong-arguments', call.span, message, { help: `usage: \`${usageOf(definition)}\`` })];
  }
  return definition.check?.(call) ?? [];
}

function unknownFunction(call: Call, registry: Registry): Diagnostic {
  const message = `function \`${call.name}\` is not known`;
  const names = registry.functions.flatMap((each) => [each.name, ...(each.aliases ?? [])]);
  return error('unknown-function', call.nameSpan, message, didYouMean(call.name, names, call.nameSpan));
}

/** The least and the greatest number of arguments that a function takes. */
function arity(definition: FunctionDefinition): { readonly least: number; readonly most: number } {
  const { parameters } = definition;
  return {
    least: parameters.filter((parameter) => parameter.optional !== true).length,
    most: parameters.at(-1)?.rest?.atMost ?? parameters.length,
  };
}

/** How a call is written: `round(x[, places])`. */
function usageOf(definition: FunctionDefinition): string {
  const parts = definition.parameters.map((parameter, position) => {
    const text = `${position === 0 ? '' : ', '}${parameter.name}${parameter.rest === undefined ? '' : ', …'}`;
    return parameter.optional === true ? `[${text}]` : text;
  });
  return `${definition.name}(${parts.join('')})`;
}
