import { argParts, fieldsOf, subqueryTests } from '../engine/expression/references.ts';
import { fieldsRead, type ResolvedStage, resolveStages } from '../engine/plan/forward.ts';
import { MESSAGES } from '../engine/plan/shape.ts';
import { registry } from '../engine/registry.ts';
import { MESSAGE_FIELDS } from '../engine/source.ts';
import type { Scope } from '../grammar/ast.ts';
import { type Diagnostic, error } from '../grammar/diagnostics.ts';
import { nameList } from '../grammar/name-list.ts';
import { parseQuery } from '../language.ts';
import type { Rule } from './rule.ts';
import { checkRuleScope, mayOverlap } from './rule-scope.ts';

/** How long a parse expression may be, in characters. */
export const MAX_EXPRESSION = 16_384;
/** How many rules there may be at a time. */
const MAX_RULES = 50;
/** How many different fields all rules together may make. */
const MAX_RULE_FIELDS = 200;

/** Names that belong to the system; a rule may set only `_loglevel` of them. */
const RESERVED = new Set(
  [
    ...MESSAGE_FIELDS,
    '_dataTier',
    '_index',
    '_view',
    '_source',
    '_collector',
    '_messageCount',
    '_format',
    '_timeslice',
  ].map((name) => name.toLowerCase()),
);

/** A rule looked at in the light of the language. `stages` and `scope` may only be used without errors. */
export interface CheckedRule {
  readonly rule: Rule;
  readonly scope: Scope | null;
  readonly stages: readonly ResolvedStage[];
  /** The fields that it makes, in order, spelled as written. */
  readonly fields: readonly string[];
  /** The fields of the message that it reads, in lower case; null for all. */
  readonly reads: ReadonlySet<string> | null;
  /** Spans lie in the text of `scope` and of `parse`. */
  readonly scopeDiagnostics: readonly Diagnostic[];
  readonly parseDiagnostics: readonly Diagnostic[];
}

/** Whether a checked rule has mistakes, so that it cannot run. */
export function hasErrors({ scopeDiagnostics, parseDiagnostics }: CheckedRule): boolean {
  return [...scopeDiagnostics, ...parseDiagnostics].some(({ severity }) => severity === 'error');
}

/** Parses and checks the scope and the expression of a rule: all that is wrong at once. */
export function checkRule(rule: Rule): CheckedRule {
  const scope = checkedScope(rule.scope);
  const parseDiagnostics: Diagnostic[] = [];
  const everything = { start: 0, end: rule.parse.length };
  if (rule.parse.length > MAX_EXPRESSION) {
    parseDiagnostics.push(
      error(
        'too-long',
        everything,
        `the expression has ${rule.parse.length} characters; a rule may have ${MAX_EXPRESSION}`,
      ),
    );
  }
  const parsed = parseQuery(rule.parse, { start: 'stages' });
  parseDiagnostics.push(...parsed.diagnostics);
  const stages = resolveStages(parsed.partial.stages, MESSAGES, registry, (diagnostic) =>
    parseDiagnostics.push(diagnostic),
  );
  parseDiagnostics.push(...stages.flatMap(checkStage));
  const fields = madeFields(stages);
  const failed = parseDiagnostics.some(({ severity }) => severity === 'error');
  if (!failed && fields.length === 0) {
    parseDiagnostics.push(
      error('not-allowed', everything, 'the rule makes no field', {
        help: 'take a value out of the message, as in `parse "user=* " as user`; names that start with `_` are not kept',
      }),
    );
  }
  return {
    rule,
    scope: scope.scope,
    stages,
    fields,
    reads: readFields(stages),
    scopeDiagnostics: scope.diagnostics,
    parseDiagnostics,
  };
}

function checkedScope(text: string): { scope: Scope | null; diagnostics: readonly Diagnostic[] } {
  const parsed = parseQuery(text);
  const diagnostics = [...parsed.diagnostics];
  const [stage] = parsed.partial.stages;
  if (stage !== undefined) {
    diagnostics.push(
      error('not-allowed', stage.span, 'the scope of a rule is a search expression without stages', {
        help: 'stages belong into `parse`',
      }),
    );
  }
  if (parsed.query === null) return { scope: null, diagnostics };
  return { scope: parsed.query.scope, diagnostics: [...diagnostics, ...checkRuleScope(parsed.query.scope)] };
}

/** In a rule stands what handles one message at a time and neither multiplies, orders nor groups messages. */
function checkStage({ stage, definition, target }: ResolvedStage): readonly Diagnostic[] {
  switch (stage.kind) {
    case 'aggregate':
      return [
        error('not-allowed', stage.span, 'a rule cannot group messages', {
          help: 'a rule handles one message at a time: aggregate in the query',
        }),
      ];
    case 'expression':
      return [
        ...subqueryTests(stage.expression).map(({ span }) =>
          error('not-allowed', span, 'a rule cannot search with a subquery'),
        ),
        ...(target === null ? [] : checkName(target, stage.span)),
      ];
    case 'operator': {
      if (definition === null) return [];
      if (definition.inRules !== true || definition.prepare !== undefined) {
        return [
          error('not-allowed', stage.nameSpan, `\`${stage.name}\` is not allowed in a rule`, {
            help: 'a rule handles one message at a time, and may neither multiply, order, group nor look up',
          }),
        ];
      }
      const subqueries = argParts(stage.args).expressions.flatMap(subqueryTests);
      const written = definition.writes(stage.args);
      return [
        ...subqueries.map(({ span }) => error('not-allowed', span, 'a rule cannot search with a subquery')),
        ...(isOn(stage.args, 'multi')
          ? [error('not-allowed', stage.span, 'a rule cannot make several messages of one (`multi`)')]
          : []),
        ...(written === 'all'
          ? [
              error(
                'not-allowed',
                stage.span,
                `\`${stage.name}\` in a rule must name the fields that it makes`,
                {
                  help: 'the fields of rules are counted and known beforehand',
                },
              ),
            ]
          : written.flatMap((name) => checkName(name, stage.span))),
      ];
    }
  }
}

/** Whether a flag of this name is set anywhere in what a stage's clauses captured. */
function isOn(args: object, key: string): boolean {
  return Object.entries(args).some(([name, value]: [string, unknown]) => {
    if (name === key) return value === true;
    return typeof value === 'object' && value !== null && !('span' in value) && isOn(value, key);
  });
}

function checkName(
  name: string,
  span: { readonly start: number; readonly end: number },
): readonly Diagnostic[] {
  if (RESERVED.has(name.toLowerCase())) {
    return [error('not-allowed', span, `\`${name}\` is built in: a rule cannot make it`)];
  }
  return name.length > 255
    ? [error('too-long', span, `the field name \`${name.slice(0, 40)}…\` is longer than 255 characters`)]
    : [];
}

/** What is left at the end of what the stages make. Names that start with `_` are the rule's own, except `_loglevel`. */
function madeFields(stages: readonly ResolvedStage[]): readonly string[] {
  const last = stages.at(-1);
  if (last === undefined) return [];
  const written = new Set(stages.flatMap(writtenNames).map((name) => name.toLowerCase()));
  return last.after.names.values().filter((name) => {
    const key = name.toLowerCase();
    return written.has(key) && (!key.startsWith('_') || key === '_loglevel');
  });
}

function writtenNames({ stage, definition, target }: ResolvedStage): readonly string[] {
  if (target !== null) return [target];
  const written = stage.kind === 'operator' ? (definition?.writes(stage.args) ?? []) : [];
  return written === 'all' ? [] : written;
}

/**
 * The fields of the message that the stages read before any of them made them. A parse stage also
 * reads what it makes (a row that does not match keeps the earlier value): that is left out, so that
 * a value which came with the message is not taken for the rule's.
 */
function readFields(stages: readonly ResolvedStage[]): ReadonlySet<string> | null {
  const read = new Set<string>();
  const made = new Set<string>();
  for (const each of stages) {
    const reads = fieldsRead(each);
    if (reads === 'all') return null;
    const written = writtenNames(each).map((name) => name.toLowerCase());
    const named = new Set(argumentFields(each));
    for (const name of reads.map((one) => one.toLowerCase())) {
      if (!made.has(name) && (named.has(name) || !written.includes(name))) read.add(name);
    }
    for (const name of written) made.add(name);
  }
  return read;
}

/** The fields that a stage's text names as something to read, in lower case. */
function argumentFields({ stage }: ResolvedStage): readonly string[] {
  switch (stage.kind) {
    case 'expression':
      return fieldsOf(stage.expression).map((name) => name.toLowerCase());
    case 'operator':
      return argParts(stage.args)
        .expressions.flatMap(fieldsOf)
        .map((name) => name.toLowerCase());
    case 'aggregate':
      return [];
  }
}

/** What is wrong with rules together: errors keep them from being saved, warnings do not. */
export interface RuleSetProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** Checks rules, oldest first, against the limits and for fields that two of them make for one message. */
export function checkRuleSet(rules: readonly CheckedRule[]): readonly RuleSetProblem[] {
  const problems: RuleSetProblem[] = [];
  if (rules.length > MAX_RULES) {
    problems.push({
      severity: 'error',
      message: `there are ${rules.length} rules; at most ${MAX_RULES} are allowed`,
    });
  }
  const names = new Set<string>();
  const fields = new Set<string>();
  rules.forEach((checked, place) => {
    const { rule } = checked;
    if (names.has(rule.name))
      problems.push({ severity: 'error', message: `two rules are named \`${rule.name}\`` });
    names.add(rule.name);
    for (const field of checked.fields) fields.add(field.toLowerCase());
    for (const older of rules.slice(0, place)) problems.push(...overlap(older, checked));
  });
  if (fields.size > MAX_RULE_FIELDS) {
    problems.push({
      severity: 'error',
      message: `the rules make ${fields.size} different fields; at most ${MAX_RULE_FIELDS} are allowed`,
    });
  }
  return problems;
}

function overlap(older: CheckedRule, newer: CheckedRule): readonly RuleSetProblem[] {
  if (!older.rule.enabled || !newer.rule.enabled || older.scope === null || newer.scope === null) return [];
  const known = new Set(older.fields.map((field) => field.toLowerCase()));
  const shared = newer.fields.filter((field) => known.has(field.toLowerCase()));
  if (shared.length === 0 || !mayOverlap(older.scope, newer.scope)) return [];
  return [
    {
      severity: 'warning',
      message: `the rules \`${older.rule.name}\` and \`${newer.rule.name}\` both make ${nameList(shared)} for messages in both scopes: the older rule \`${older.rule.name}\` wins`,
    },
  ];
}
