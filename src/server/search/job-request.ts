import { builtInFieldsStage } from '../../engine/operators/built-in-fields.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { planQuery } from '../../engine/plan/plan-query.ts';
import { registry } from '../../engine/registry.ts';
import type { TimeRange } from '../../engine/source.ts';
import { parseTime } from '../../engine/time/range.ts';
import { zoneNamed } from '../../engine/time/zones.ts';
import type { Query, Stage } from '../../grammar/ast.ts';
import type { Macro } from '../../grammar/parameters.ts';
import { renderDiagnostics } from '../../grammar/render.ts';
import { prepareQuery } from '../../index.ts';
import { parseQuery } from '../../language.ts';
import { HttpFailure } from '../http/http-failure.ts';
import { entriesOf } from '../http/read-body.ts';
import { bucketWidth } from './histogram.ts';

/** What a job runs, all of it checked. */
export interface JobRequest {
  readonly text: string;
  readonly time: TimeRange;
  readonly timeBasis: 'message' | 'receipt';
  readonly timeZone: string;
  /** The query itself. */
  readonly plan: Plan;
  /** The messages that go into an aggregate; null where they are the result, or not asked for. */
  readonly messages: Plan | null;
  /** Counts the messages by time. */
  readonly histogram: Plan;
  readonly bucketMilliseconds: number;
  /** The fields that the query groups by. */
  readonly keys: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads the body of a request for a job. Rejects with an HttpFailure (400) with the documented code. */
export async function readJobRequest(
  value: unknown,
  macrosFor: (text: string) => Promise<ReadonlyMap<string, Macro>>,
): Promise<JobRequest> {
  const entries = entriesOf(value);
  const text = entries.get('query');
  if (typeof text !== 'string' || text.trim() === '')
    throw jobRefused('no.query', 'the request has no `query`');
  const { time, timeZone } = readTime(entries);
  const timeBasis = readTimeBasis(entries);
  const autoParse = /^(?:autoparse|intelligent)$/i.test(String(entries.get('autoParsingMode') ?? 'Manual'));
  const { plan, diagnostics } = prepareQuery(text, { autoParse, macros: await macrosFor(text) });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (plan === null) throw jobRefused('parse.error', renderDiagnostics(text, errors));
  const bucket = bucketWidth(time);
  return {
    text,
    time,
    timeBasis,
    timeZone,
    plan: plan.raw ? withSource(plan) : plan,
    messages:
      !plan.raw && isTrue(entries.get('requiresRawMessages')) ? withSource(beforeAggregate(plan, [])) : null,
    histogram: beforeAggregate(plan, histogramStages(timeBasis, bucket.text)),
    bucketMilliseconds: bucket.milliseconds,
    keys: groupKeys(plan),
    warnings: diagnostics
      .filter(({ severity }) => severity === 'warning')
      .map((diagnostic) => renderDiagnostics(text, [diagnostic])),
  };
}

/** Counts messages by the time that the range is about: by the other one there could be any number of buckets. */
function histogramStages(timeBasis: JobRequest['timeBasis'], width: string) {
  const time = timeBasis === 'receipt' ? '_receiptTime as _messageTime | ' : '';
  return parseQuery(`* | ${time}timeslice ${width} | count by _timeslice`).partial.stages;
}

/** Refuses what was asked of the search jobs; `code` is what follows `searchjob.`. */
export function jobRefused(code: string, message: string): HttpFailure {
  return new HttpFailure(400, `searchjob.${code}`, message);
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/;

function readTime(entries: ReadonlyMap<string, unknown>): { time: TimeRange; timeZone: string } {
  const zone = entries.get('timeZone') ?? entries.get('timezone') ?? null;
  const isNumber = (key: string) => /^\d{1,16}$/.test(String(entries.get(key) ?? ''));
  if ((zone === null || zone === '') && !(isNumber('from') && isNumber('to'))) {
    throw jobRefused('empty.timezone', 'the request has no `timeZone`');
  }
  const timeZone = zone === null || zone === '' ? 'UTC' : String(zone);
  if (zoneNamed(timeZone) === null) {
    throw jobRefused('unknown.timezone', `\`${timeZone.slice(0, 100)}\` is no known time zone`);
  }
  const read = (key: 'from' | 'to'): number => {
    const text = String(entries.get(key) ?? '');
    if (isNumber(key)) return Number(text);
    const time = ISO.test(text) ? parseTime(text, { now: Date.now(), timeZone, edge: key }) : null;
    if (time?.ok === true) return time.value;
    throw jobRefused(
      `invalid.timestamp.${key}`,
      `\`${key}\` must be a time such as \`2024-01-31T12:00:00\`, or epoch milliseconds`,
    );
  };
  const time = { from: read('from'), to: read('to') };
  if (time.to < time.from) throw jobRefused('to.smaller.than.from', '`to` lies before `from`');
  return { time, timeZone };
}

function readTimeBasis(entries: ReadonlyMap<string, unknown>): 'message' | 'receipt' {
  const type = String(entries.get('intervalTimeType') ?? '').toLowerCase();
  if (!['', 'messagetime', 'receipttime', 'searchabletime'].includes(type)) {
    throw jobRefused('unknown.time.type', '`intervalTimeType` must be `messageTime` or `receiptTime`');
  }
  return isTrue(entries.get('byReceiptTime')) || (type !== '' && type !== 'messagetime')
    ? 'receipt'
    : 'message';
}

/** Clients that pass on what was typed write it as a text. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

/** The stages that see messages, and then `more`. */
function beforeAggregate(plan: Plan, more: readonly Stage[]): Plan {
  const { stages } = plan;
  const aggregating = stages.findIndex((_, at) => !(stages[at + 1]?.raw ?? plan.raw));
  const before = aggregating < 0 ? stages : stages.slice(0, aggregating);
  const kept = before.filter(({ definition }) => definition === null || definition.live !== false);
  return planned({ ...plan.query, stages: [...kept.map(({ stage }) => stage), ...more] });
}

/** Clients of the cloud product expect each message to say its source. */
function withSource({ query }: Plan): Plan {
  const stage = builtInFieldsStage(['_source'], query.scope.span.end);
  return planned({ ...query, stages: [stage, ...query.stages] });
}

function planned(query: Query): Plan {
  return planQuery(query, registry).plan;
}

function groupKeys({ query }: Plan): readonly string[] {
  const last = query.stages.findLast((stage) => stage.kind === 'aggregate');
  return last === undefined ? [] : last.by.map(({ text }) => text);
}
