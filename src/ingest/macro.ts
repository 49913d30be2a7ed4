import { parseDocument, stringify } from 'yaml';
import { newBatch, Schema } from '../engine/columns/batch.ts';
import { constantColumn } from '../engine/columns/column.ts';
import { numberFromText } from '../engine/columns/value.ts';
import { compileFilter } from '../engine/expression/compile.ts';
import { fieldsOf } from '../engine/expression/references.ts';
import { reasonOf } from '../engine/reason-of.ts';
import { registry } from '../engine/registry.ts';
import { Notes, runContext } from '../engine/run/options.ts';
import { ALL_TIME } from '../engine/source.ts';
import type { Expression } from '../grammar/ast.ts';
import { grouped } from '../grammar/counted.ts';
import { type Macro, type MacroArguments, parameterNames } from '../grammar/parameters.ts';
import { parseQuery } from '../language.ts';
import { DefinitionReader } from '../rules/definition-reader.ts';

/** What may be given for an argument: `String` goes in with quotes around it, the others as written. */
const ARGUMENT_TYPES = ['Number', 'String', 'Keyword', 'Any'] as const;
export type ArgumentType = (typeof ARGUMENT_TYPES)[number];

/** An argument of a macro. */
export interface MacroArgument {
  readonly name: string;
  readonly type: ArgumentType;
  /** An expression that must be true of the arguments, by their names; null for none. */
  readonly validation: string | null;
  /** What to say when it is not true. */
  readonly message: string | null;
}

/** A piece of a query that is kept under a name: `` `name(1, "two")` `` in a query stands for it. */
export interface MacroDefinition {
  readonly name: string;
  readonly description: string | null;
  readonly arguments: readonly MacroArgument[];
  /** `{{name}}` stands for an argument. */
  readonly definition: string;
}

/** A macro, or everything that is wrong with its file in words for people. */
export type MacroFile =
  | { readonly ok: true; readonly macro: MacroDefinition }
  | { readonly ok: false; readonly problems: readonly string[] };

const NAME = /^[A-Za-z_][\w.-]*$/;
const ARGUMENT_NAME = /^[A-Za-z_]\w*$/;
const MAX_NAME = 255;
const MAX_DEFINITION = 15_000;
const KEYS = ['name', 'description', 'arguments', 'definition'];
const ARGUMENT_KEYS = ['name', 'type', 'validation', 'message'];

/** Reads a macro file (YAML). */
export function parseMacroFile(text: string): MacroFile {
  const document = parseDocument(text, { prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) return { ok: false, problems: [`the file is no valid YAML: ${broken.message}`] };
  try {
    return readMacro(document.toJS({ maxAliasCount: 20 }));
  } catch (failure) {
    return { ok: false, problems: [reasonOf(failure)] };
  }
}

/** The macro as a file that `parseMacroFile` reads back to an equal one. */
export function macroFileText({ name, description, arguments: given, definition }: MacroDefinition): string {
  return stringify({
    name,
    ...(description === null ? {} : { description }),
    ...(given.length === 0 ? {} : { arguments: given.map(argumentPlain) }),
    definition,
  });
}

function argumentPlain({ name, type, validation, message }: MacroArgument): object {
  return {
    name,
    type,
    ...(validation === null ? {} : { validation }),
    ...(message === null ? {} : { message }),
  };
}

function readMacro(value: unknown): MacroFile {
  const reader = new DefinitionReader();
  const { problems } = reader;
  const entries = reader.object(value, 'the macro', KEYS);
  const name = reader.neededText(entries, 'name', 'the macro');
  if (name !== '' && (!NAME.test(name) || name.length > MAX_NAME)) {
    problems.push(`\`${name}\` cannot be the name of a macro: use letters, digits, \`_\`, \`.\` and \`-\``);
  }
  const definition = reader.neededText(entries, 'definition', 'the macro');
  if (definition.length > MAX_DEFINITION) {
    problems.push(
      `the definition has ${definition.length} characters; a macro may have ${grouped(MAX_DEFINITION)}`,
    );
  }
  const given = readArguments(entries.get('arguments'), reader);
  const known = new Set(given.map((argument) => argument.name));
  for (const used of parameterNames(definition)) {
    if (!known.has(used)) problems.push(`the definition uses \`{{${used}}}\`, which is no argument`);
  }
  const description = reader.optionalText(entries.get('description'), 'description');
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    macro: {
      name,
      description,
      arguments: given,
      definition: definition.trim(),
    },
  };
}

function readArguments(value: unknown, reader: DefinitionReader): readonly MacroArgument[] {
  const { problems } = reader;
  const seen = new Set<string>();
  const read = reader.list(value, 'arguments').map((one, index): MacroArgument => {
    const what = `argument ${index + 1}`;
    const entries = reader.object(one, what, ARGUMENT_KEYS);
    const name = reader.neededText(entries, 'name', what);
    if (name !== '' && !ARGUMENT_NAME.test(name)) {
      problems.push(`\`${name}\` cannot be the name of an argument: use letters, digits and \`_\``);
    }
    if (seen.has(name)) problems.push(`two arguments are named \`${name}\``);
    seen.add(name);
    const type = entries.get('type') ?? 'Any';
    const known = ARGUMENT_TYPES.find((each) => each.toLowerCase() === String(type).toLowerCase());
    if (known === undefined) {
      problems.push(
        `the type of \`${name}\` must be one of ${ARGUMENT_TYPES.join(', ')}, found \`${String(type)}\``,
      );
    }
    const optional = (key: string) => reader.optionalText(entries.get(key), `${key}\` of \`${name}`);
    return { name, type: known ?? 'Any', validation: optional('validation'), message: optional('message') };
  });
  const names = read.map(({ name }) => name);
  for (const { name, validation } of read) {
    if (validation !== null) problems.push(...validationProblems(name, validation, names));
  }
  return read;
}

function validationProblems(name: string, validation: string, names: readonly string[]): readonly string[] {
  const condition = conditionOf(validation);
  if (condition === null) return [`the validation of \`${name}\` is no expression: \`${validation}\``];
  return fieldsOf(condition)
    .filter((field) => !names.some((known) => known.toLowerCase() === field.toLowerCase()))
    .map((field) => `the validation of \`${name}\` reads \`${field}\`, which is no argument`);
}

/** The condition of a `where` with this text, or null when it is none. */
function conditionOf(text: string): Expression | null {
  const { query } = parseQuery(`* | where ${text}`);
  const [stage, more] = query?.stages ?? [];
  if (stage?.kind !== 'operator' || stage.name !== 'where' || more !== undefined) return null;
  return stage.args.condition as Expression;
}

/** The macro as the grammar puts it in: arguments are checked and take the form of their type. */
export function compileMacro({ arguments: given, definition }: MacroDefinition): Macro {
  return {
    text: definition,
    parameters: given.map(({ name }) => name),
    accept: (args) => acceptArguments(given, args),
  };
}

function acceptArguments(given: readonly MacroArgument[], args: readonly string[]): MacroArguments {
  for (const [index, { name, type }] of given.entries()) {
    const text = args[index] ?? '';
    if (type === 'Number' && numberFromText(text) === null) {
      return {
        ok: false,
        problem: `\`${name}\` must be a number, found \`${text}\``,
        help: 'as in `5` or `0.5`',
      };
    }
  }
  for (const { name, validation, message } of given) {
    if (validation === null || isTrue(validation, given, args)) continue;
    return {
      ok: false,
      problem: message ?? `\`${name}\` is not valid`,
      help: `its validation is \`${validation}\``,
    };
  }
  const texts = given.map(({ type }, index) => {
    const text = args[index] ?? '';
    return type === 'String' ? `"${text}"` : text;
  });
  return { ok: true, texts };
}

/** Whether the condition is true where each argument is a field. */
function isTrue(validation: string, given: readonly MacroArgument[], args: readonly string[]): boolean {
  const condition = conditionOf(validation);
  if (condition === null) return false;
  const context = runContext({}, ALL_TIME, new Notes());
  const filter = compileFilter(condition, { context, function: (name) => registry.function(name) });
  const columns = given.map(({ type }, index) => {
    const text = args[index] ?? '';
    return constantColumn(type === 'Number' ? numberFromText(text) : text, 1);
  });
  const rows = filter(newBatch(new Schema(given.map(({ name }) => name)), columns, 1));
  return rows === null || rows.length === 1;
}
