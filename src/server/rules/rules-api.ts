import { renderDiagnostics } from '../../grammar/render.ts';
import { isSameName } from '../../ingest/stored-documents.ts';
import { removeStoredRule, saveRule } from '../../ingest/stored-rules.ts';
import type { DocumentStore } from '../../lookups/document-store.ts';
import { checkRule } from '../../rules/check-rule.ts';
import { type Rule, readRule } from '../../rules/rule.ts';
import type { ExtractionRule, ExtractionRulePage } from '../api.ts';
import type { Caller } from '../auth/caller.ts';
import { type Exchange, parameter } from '../http/exchange.ts';
import { HttpFailure } from '../http/http-failure.ts';
import type { InFlight } from '../http/in-flight.ts';
import { entriesOf, readJson } from '../http/read-body.ts';
import { sendJson, sendNothing } from '../http/respond.ts';
import type { Route } from '../http/routes.ts';
import { forgetIdentity, type IdentifiedRule, identifiedRules, idOf, keepIdentity } from './rule-ids.ts';

/** What the API of the extraction rules works with. */
export interface RulesApiParts {
  readonly documents: DocumentStore;
  readonly inFlight: InFlight;
  /** Called when a rule was changed, so that messages get its fields from now on. */
  changed(): Promise<unknown>;
  now(): number;
}

const BASE = '/api/v1/extractionRules';
const DEFAULT_PAGE = 100;
const MOST_PER_PAGE = 1000;

/** The API of the field extraction rules. */
export function rulesRoutes(parts: RulesApiParts): readonly Route[] {
  const route = (
    method: Route['method'],
    path: string,
    scope: 'query' | 'admin',
    handle: (exchange: Exchange) => Promise<void>,
  ): Route => ({ method, path, scope, errors: 'openapi', handle });
  return [
    route('GET', BASE, 'query', (exchange) => list(exchange, parts)),
    route('POST', BASE, 'admin', (exchange) => create(exchange, parts)),
    route('GET', `${BASE}/:id`, 'query', async (exchange) => {
      sendJson(exchange, 200, shown(await ruleAt(exchange, parts)));
    }),
    route('PUT', `${BASE}/:id`, 'admin', (exchange) => update(exchange, parts)),
    route('DELETE', `${BASE}/:id`, 'admin', (exchange) => remove(exchange, parts)),
  ];
}

async function list(exchange: Exchange, { documents }: RulesApiParts): Promise<void> {
  const limit = wholeNumber(exchange.query.get('limit'), 'limit', DEFAULT_PAGE, 1, MOST_PER_PAGE);
  const offset = wholeNumber(exchange.query.get('token'), 'token', 0, 0, Number.MAX_SAFE_INTEGER);
  const rules = await identifiedRules(documents);
  const end = offset + limit;
  const page: ExtractionRulePage = {
    data: rules.slice(offset, end).map(shown),
    next: end < rules.length ? String(end) : null,
  };
  sendJson(exchange, 200, page);
}

function wholeNumber(
  text: string | null,
  name: string,
  otherwise: number,
  least: number,
  most: number,
): number {
  if (text === null || text === '') return otherwise;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw invalid(`\`${name}\` must be a whole number from ${least} to ${most}`);
}

async function create(exchange: Exchange, parts: RulesApiParts): Promise<void> {
  const rule = readDefinition(await readJson(exchange.request, parts.inFlight), null);
  const existing = await identifiedRules(parts.documents);
  if (existing.some((other) => isSameName(other.rule.name, rule.name))) {
    throw new HttpFailure(400, 'fer:duplicate_name', `there is a rule \`${rule.name}\` already`);
  }
  const id = freeId(rule.name, existing);
  await save(rule, id, null, exchange.caller, parts);
  sendJson(exchange, 200, shown(await ruleWithId(id, parts)));
}

async function update(exchange: Exchange, parts: RulesApiParts): Promise<void> {
  const before = await ruleAt(exchange, parts);
  const rule = readDefinition(await readJson(exchange.request, parts.inFlight), before.rule);
  const others = (await identifiedRules(parts.documents)).filter(
    ({ identity }) => identity.id !== before.identity.id,
  );
  if (others.some((other) => isSameName(other.rule.name, rule.name))) {
    throw new HttpFailure(400, 'fer:duplicate_name', `there is a rule \`${rule.name}\` already`);
  }
  await save(rule, before.identity.id, before, exchange.caller, parts);
  sendJson(exchange, 200, shown(await ruleWithId(before.identity.id, parts)));
}

async function remove(exchange: Exchange, parts: RulesApiParts): Promise<void> {
  const { rule, identity } = await ruleAt(exchange, parts);
  await removeStoredRule(parts.documents, rule.name);
  await forgetIdentity(parts.documents, identity.id);
  await parts.changed();
  sendNothing(exchange, 204);
}

async function save(
  rule: Rule,
  id: string,
  before: IdentifiedRule | null,
  caller: Caller,
  { documents, now, changed }: RulesApiParts,
): Promise<void> {
  const { checked, setProblems, saved } = await saveRule(documents, rule, now(), before?.rule.name);
  if (!saved) {
    const texts = [
      renderDiagnostics(rule.scope, checked.scopeDiagnostics, { source: 'scope' }),
      renderDiagnostics(rule.parse, checked.parseDiagnostics, { source: 'parseExpression' }),
      ...setProblems.map(({ message }) => message),
    ];
    throw new HttpFailure(400, 'fer:invalid_extraction_rule', texts.filter((text) => text !== '').join('\n'));
  }
  const by = caller.accessId ?? caller.name;
  await keepIdentity(documents, {
    id,
    name: rule.name,
    createdBy: before?.identity.createdBy ?? by,
    modifiedBy: by,
  });
  await changed();
}

/** The rule that the body of a request describes. Throws an HttpFailure (400). */
function readDefinition(value: unknown, before: Rule | null): Rule {
  const entries = entriesOf(value);
  const text = (key: string): string => {
    const given = entries.get(key);
    if (typeof given === 'string' && given.trim() !== '') return given;
    throw invalid(`\`${key}\` must be a text`);
  };
  const enabled = entries.get('enabled') ?? (before === null ? true : undefined);
  if (typeof enabled !== 'boolean') throw invalid('`enabled` must be true or false');
  const read = readRule({
    ...(before === null ? {} : { description: before.description ?? undefined }),
    name: text('name'),
    scope: text('scope'),
    parse: text('parseExpression'),
    enabled,
  });
  if (!read.ok) throw invalid(read.problems.join('; '));
  return { ...read.rule, examples: before?.examples ?? [] };
}

async function ruleAt(exchange: Exchange, parts: RulesApiParts): Promise<IdentifiedRule> {
  return await ruleWithId(parameter(exchange, 'id'), parts);
}

async function ruleWithId(id: string, { documents }: RulesApiParts): Promise<IdentifiedRule> {
  const found = (await identifiedRules(documents)).find((rule) => rule.identity.id === id);
  if (found !== undefined) return found;
  throw new HttpFailure(404, 'fer:not_found', 'there is no extraction rule with this id');
}

/** The id for a new rule: that of its name, unless a renamed rule has it. */
function freeId(name: string, existing: readonly IdentifiedRule[]): string {
  const taken = new Set(existing.map(({ identity }) => identity.id));
  for (let attempt = 0; ; attempt++) {
    const id = idOf(attempt === 0 ? name : `${name}\0${attempt}`);
    if (!taken.has(id)) return id;
  }
}

function shown({ rule, added, changed, identity }: IdentifiedRule): ExtractionRule {
  return {
    id: identity.id,
    name: rule.name,
    scope: rule.scope,
    parseExpression: rule.parse,
    enabled: rule.enabled,
    fieldNames: checkRule(rule).fields,
    createdAt: new Date(added).toISOString(),
    createdBy: identity.createdBy,
    modifiedAt: new Date(changed).toISOString(),
    modifiedBy: identity.modifiedBy,
  };
}

function invalid(message: string): HttpFailure {
  return new HttpFailure(400, 'fer:invalid_request', message);
}
