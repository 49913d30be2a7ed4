import { isScalar, LineCounter, parseDocument, stringify, visit } from 'yaml';
import { reasonOf } from '../engine/reason-of.ts';
import { DefinitionReader } from './definition-reader.ts';

/** A field extraction rule: what it takes out of which messages when they arrive. */
export interface Rule {
  readonly name: string;
  readonly description: string | null;
  readonly appliedAt: 'ingest';
  /** A search expression over keywords and built-in metadata; `*` is all data. */
  readonly scope: string;
  /** Stages between pipes; a leading pipe is optional. */
  readonly parse: string;
  readonly enabled: boolean;
  readonly examples: readonly RuleExample[];
}

/** A message and the fields that the rule must take out of it. */
export interface RuleExample {
  readonly message: string;
  /** Expected values; null means that the field must not be there. No entry at all: the rule gives nothing. */
  readonly fields: readonly (readonly [name: string, value: string | null])[];
  /** Metadata; with any of it, the scope must match as well. */
  readonly category: string | null;
  readonly name: string | null;
  readonly host: string | null;
}

/** A rule, or everything that is wrong with its file in words for people. */
export type RuleFile =
  | { readonly ok: true; readonly rule: Rule }
  | { readonly ok: false; readonly problems: readonly string[] };

const MAX_NAME = 255;
const RULE_KEYS = ['name', 'description', 'appliedAt', 'scope', 'parse', 'enabled', 'examples'];
const EXAMPLE_KEYS = ['message', 'fields', 'category', 'name', 'host'];

/** Reads a rule file (YAML; `rule.schema.json` describes it). Does not look into the language: see `checkRule`. */
export function parseRuleFile(text: string): RuleFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    return { ok: false, problems: [`line ${line}: the file is no valid YAML: ${broken.message}`] };
  }
  // A message such as `2024-01-01` or `0x10` is a text, however YAML would read it.
  visit(document, {
    Scalar(_key, node) {
      if (isScalar(node) && typeof node.value === 'number' && node.source !== undefined)
        node.value = node.source;
    },
  });
  try {
    return readRule(document.toJS({ maxAliasCount: 20 }));
  } catch (failure) {
    return { ok: false, problems: [reasonOf(failure)] };
  }
}

/** Checks the shape of a rule: a file's content, or the stored form. */
export function readRule(value: unknown): RuleFile {
  const reader = new DefinitionReader();
  const { problems } = reader;
  const entries = reader.object(value, 'the rule', RULE_KEYS);
  const name = reader.neededText(entries, 'name', 'the rule');
  if (name.length > MAX_NAME) problems.push(`\`name\` is longer than ${MAX_NAME} characters`);
  const appliedAt = entries.get('appliedAt') ?? 'ingest';
  if (appliedAt !== 'ingest') {
    problems.push(
      `\`appliedAt\` must be \`ingest\`, found \`${String(appliedAt)}\`: fields of JSON messages are found at search time without a rule`,
    );
  }
  const rule: Rule = {
    name,
    description: reader.optionalText(entries.get('description'), 'description'),
    appliedAt: 'ingest',
    scope: reader.neededText(entries, 'scope', 'the rule'),
    parse: reader.neededText(entries, 'parse', 'the rule'),
    enabled: reader.flag(entries.get('enabled'), 'enabled', true),
    examples: readExamples(entries.get('examples'), reader),
  };
  return problems.length === 0 ? { ok: true, rule } : { ok: false, problems };
}

function readExamples(value: unknown, reader: DefinitionReader): RuleExample[] {
  const { problems } = reader;
  return reader.list(value, 'examples').map((one, index) => {
    const what = `example ${index + 1}`;
    const entries = reader.object(one, what, EXAMPLE_KEYS);
    const message = entries.get('message');
    if (typeof message !== 'string') problems.push(`${what} needs a \`message\` that is a text`);
    const text = (key: string) => {
      const given = entries.get(key);
      if (given === undefined || given === null) return null;
      if (typeof given !== 'string') problems.push(`\`${key}\` of ${what} must be a text`);
      return String(given);
    };
    return {
      message: typeof message === 'string' ? message : '',
      fields: readFields(entries.get('fields'), what, problems),
      category: text('category'),
      name: text('name'),
      host: text('host'),
    };
  });
}

function readFields(value: unknown, what: string, problems: string[]): (readonly [string, string | null])[] {
  if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) {
    problems.push(
      `${what} needs \`fields\`, an object of names and values (\`{}\` when the rule gives nothing)`,
    );
    return [];
  }
  return Object.entries(value).map(([name, one]) => {
    if (one === null) return [name, null];
    if (typeof one === 'object') problems.push(`the value of \`${name}\` in ${what} must be a text`);
    return [name, String(one)];
  });
}

/** The rule as a file that `parseRuleFile` reads back to an equal rule. */
export function ruleFileText(rule: Rule): string {
  const { description, examples, ...rest } = rule;
  return stringify({
    name: rest.name,
    ...(description === null ? {} : { description }),
    appliedAt: rest.appliedAt,
    scope: rest.scope,
    parse: rest.parse,
    enabled: rest.enabled,
    ...(examples.length === 0 ? {} : { examples: examples.map(examplePlain) }),
  });
}

function examplePlain({ message, fields, category, name, host }: RuleExample): object {
  return {
    message,
    fields: Object.fromEntries(fields),
    ...(category === null ? {} : { category }),
    ...(name === null ? {} : { name }),
    ...(host === null ? {} : { host }),
  };
}
