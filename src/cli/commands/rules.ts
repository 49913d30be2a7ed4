import { renderDiagnostics } from '../../grammar/render.ts';
import { removeStoredRule, saveRule, storedRule, storedRules } from '../../ingest/stored-rules.ts';
import { checkRule, hasErrors } from '../../rules/check-rule.ts';
import { parseRuleFile, type Rule } from '../../rules/rule.ts';
import { testRule } from '../../rules/test-rule.ts';
import { CommandFailure, EXIT, wrongRequest } from '../failure.ts';
import { withDocuments } from '../open-documents.ts';
import { withStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { readNamedText } from '../read-file.ts';
import { existingStore, type StoreOptions } from '../store-directory.ts';
import { warn } from '../warn.ts';

/** `weir rules list` */
export async function listRules(options: StoreOptions): Promise<void> {
  const rules = await withStore(options, (store) => storedRules(store.documents, warn));
  if (options.output === 'json') {
    const rows = rules.map(({ rule }) => ({
      name: rule.name,
      scope: rule.scope,
      enabled: rule.enabled,
      fields: checkRule(rule).fields,
      parse: rule.parse,
    }));
    return await write(`${JSON.stringify(rows)}\n`);
  }
  if (rules.length === 0) return await write('no rules; weir rules add FILE adds one\n');
  for (const { rule } of rules) {
    await write(
      `${rule.name}${rule.enabled ? '' : ' (disabled)'}\n  scope   ${rule.scope}\n  fields  ${checkRule(rule).fields.join(', ')}\n`,
    );
  }
}

/** `weir rules add FILE` */
export async function addRules(file: string, options: StoreOptions): Promise<void> {
  const rule = await readRuleFile(file);
  reportRule(file, rule);
  await withDocuments(options, async (documents) => {
    const { checked, setProblems, saved } = await saveRule(documents, rule, Date.now());
    for (const { severity, message } of setProblems) process.stderr.write(`${severity}: ${message}\n`);
    if (!saved) throw new CommandFailure(EXIT.wrongRequest, '');
    process.stderr.write(`added ${rule.name}: ${checked.fields.join(', ')}\n`);
  });
}

/** `weir rules remove NAME` */
export async function removeRule(name: string, options: StoreOptions): Promise<void> {
  existingStore(options);
  const removed = await withDocuments(options, (documents) => removeStoredRule(documents, name));
  if (!removed) throw noRule(name);
  process.stderr.write(`removed ${name}; the fields it made stay\n`);
}

/** `weir rules enable NAME` */
export async function enableRule(name: string, options: StoreOptions): Promise<void> {
  await switchRule(name, true, options);
}

/** `weir rules disable NAME` */
export async function disableRule(name: string, options: StoreOptions): Promise<void> {
  await switchRule(name, false, options);
}

async function switchRule(name: string, enabled: boolean, options: StoreOptions): Promise<void> {
  existingStore(options);
  const rule = await withDocuments(options, async (documents) => {
    const found = await storedRule(documents, name);
    if (found === null) throw noRule(name);
    await saveRule(documents, { ...found.rule, enabled }, Date.now());
    return found.rule;
  });
  process.stderr.write(
    `${enabled ? 'enabled' : 'disabled'} ${rule.name}; messages that are stored already do not change\n`,
  );
}

function noRule(name: string): CommandFailure {
  return wrongRequest(`there is no rule \`${name}\``, '`weir rules list` shows the rules');
}

/** `weir rules test FILE` */
export async function testRules(file: string): Promise<void> {
  const rule = await readRuleFile(file);
  reportRule(file, rule);
  if (hasErrors(checkRule(rule))) throw new CommandFailure(EXIT.wrongRequest, '');
  const outcomes = testRule(rule);
  if (outcomes.length === 0) warn(`\`${file}\` has no examples`);
  let failures = 0;
  for (const [position, { example, differences, outOfScope }] of outcomes.entries()) {
    if (differences.length === 0 && !outOfScope) continue;
    failures++;
    const said = differences.map(
      ({ field, expected, found }) => `  ${field}: expected ${shown(expected)}, found ${shown(found)}\n`,
    );
    await write(
      `example ${position + 1} fails: ${example.message}\n${outOfScope ? '  the scope leaves the message out\n' : ''}${said.join('')}`,
    );
  }
  await write(`${outcomes.length - failures} passed, ${failures} failed\n`);
  if (failures > 0) throw new CommandFailure(EXIT.failed, '');
}

function shown(value: string | null): string {
  return value === null ? 'nothing' : `\`${value}\``;
}

async function readRuleFile(file: string): Promise<Rule> {
  const read = parseRuleFile(await readNamedText(file));
  if (!read.ok) throw wrongRequest(`\`${file}\`: ${read.problems.join('; ')}`);
  return read.rule;
}

function reportRule(file: string, rule: Rule): void {
  const { scopeDiagnostics, parseDiagnostics } = checkRule(rule);
  if (scopeDiagnostics.length > 0)
    process.stderr.write(
      `${renderDiagnostics(rule.scope, scopeDiagnostics, { source: `${file} (scope)` })}\n`,
    );
  if (parseDiagnostics.length > 0)
    process.stderr.write(
      `${renderDiagnostics(rule.parse, parseDiagnostics, { source: `${file} (parse)` })}\n`,
    );
}
