import { type ByteRegex, compileRegex } from '../engine/regex/compile-regex.ts';
import { compileDatePattern } from '../engine/time/java-pattern.ts';
import { parseTime } from '../engine/time/range.ts';
import { UTC, zoneNamed } from '../engine/time/zones.ts';
import type { Framing } from './line-framer.ts';
import type { Origin } from './message-block.ts';
import { boundaryFraming, INFERRED_FRAMING } from './multiline.ts';
import { literalOf, MessageProcessor, type ProcessingRule, type WholeMatch } from './processing-rules.ts';
import { type Checked, isHeadersAsFields, type RuleConfig, type SourceConfig } from './source-config.ts';
import type { TimestampFormat, TimestampSettings } from './timestamps.ts';

/** A source ready to run. The streams of one thread may share it. */
export interface CompiledSource {
  readonly given: Origin;
  /** Whether headers of a request that say nothing else are fields of its messages. */
  readonly headersAsFields: boolean;
  readonly encoding: string;
  readonly times: TimestampSettings;
  readonly framing: Framing;
  readonly processor: MessageProcessor | null;
  /** Epoch ms; -Infinity without. */
  readonly cutoff: number;
}

/** Makes a source ready: everything wrong with its expressions, formats, zones and times at once. */
export function compileSource(config: SourceConfig, now: number = Date.now()): Checked<CompiledSource> {
  const problems: string[] = [];
  const { timestamp } = config;
  const zone = zoneNamed(timestamp.timeZone);
  if (zone === null) problems.push(`\`${timestamp.timeZone}\` is no known time zone`);
  const formats = timestamp.formats.flatMap((format) => compileFormat(format, problems));
  const rules = config.processingRules.flatMap((rule) => compileProcessingRule(rule, problems));
  const source: CompiledSource = {
    given: {
      category: config.category,
      name: config.name,
      host: config.host,
      fields: new Map(config.fields.filter(([name]) => !isHeadersAsFields(name))),
    },
    headersAsFields: config.fields.some(
      ([name, value]) => isHeadersAsFields(name) && value.toLowerCase() === 'true',
    ),
    encoding: config.encoding,
    times: {
      enabled: timestamp.enabled,
      formats,
      automatic: timestamp.automatic,
      zone: zone ?? UTC,
      forceZone: timestamp.forceTimeZone,
    },
    framing: compileFraming(config, problems),
    processor: rules.length === 0 ? null : new MessageProcessor(rules),
    cutoff: compileCutoff(config.cutoff, now, problems),
  };
  return problems.length === 0 ? { ok: true, value: source } : { ok: false, problems };
}

function compileFormat(
  { locator, format }: SourceConfig['timestamp']['formats'][number],
  problems: string[],
): readonly TimestampFormat[] {
  const regex = locator === null ? null : compiled(locator, `the locator \`${locator}\``, problems);
  if (locator !== null && regex === null) return [];
  if (regex !== null && (regex.groupNames.length !== 2 || regex.groupNames[1] !== null)) {
    problems.push(
      `the locator \`${locator}\` must have exactly one unnamed capture group, found ${regex.groupNames.length - 1}`,
    );
  }
  if (format === 'epoch') return [{ locator: regex, pattern: 'epoch' }];
  const pattern = compileDatePattern(format);
  if ('problem' in pattern) {
    problems.push(`timestamp format: ${pattern.problem}`);
    return [];
  }
  return [{ locator: regex, pattern }];
}

function compileProcessingRule(rule: RuleConfig, problems: string[]): readonly ProcessingRule[] {
  const what = `the regex of processing rule \`${rule.name}\``;
  switch (rule.type) {
    case 'include':
    case 'exclude': {
      const whole = wholeMatch(rule.regex, what, problems);
      return whole === null ? [] : [{ type: rule.type, name: rule.name, whole }];
    }
    case 'mask':
    case 'hash': {
      const regex = compiled(rule.regex, what, problems);
      if (regex === null) return [];
      if (regex.groupNames.length === 1) {
        problems.push(
          `${what} has no capture group, so it changes nothing: put \`(…)\` around what to replace`,
        );
      }
      return rule.type === 'mask'
        ? [{ type: 'mask', name: rule.name, regex, mask: rule.mask }]
        : [{ type: 'hash', name: rule.name, regex, algorithm: rule.algorithm }];
    }
  }
}

function wholeMatch(expression: string, what: string, problems: string[]): WholeMatch | null {
  // Compiled as it stands first: a mistake is then told in the user's own text.
  if (compiled(expression, what, problems) === null) return null;
  const regex = compiled(`\\A(?:${expression})\\z`, what, problems);
  const literal = literalOf(expression);
  return regex === null ? null : { regex, literal: literal === null ? null : Buffer.from(literal) };
}

function compiled(expression: string, what: string, problems: string[]): ByteRegex | null {
  const result = compileRegex(expression);
  if ('regex' in result) return result.regex;
  problems.push(`${what} is malformed at character ${result.at + 1}: ${result.error}`);
  return null;
}

function compileFraming({ multiline }: SourceConfig, problems: string[]): Framing {
  switch (multiline.kind) {
    case 'off':
      return { kind: 'lines' };
    case 'request':
      return { kind: 'whole' };
    case 'inferred':
      return INFERRED_FRAMING;
    case 'boundary': {
      const whole = wholeMatch(multiline.regex, 'the multiline boundary', problems);
      return whole === null ? { kind: 'lines' } : boundaryFraming(whole.regex);
    }
  }
}

function compileCutoff(cutoff: string | null, now: number, problems: string[]): number {
  if (cutoff === null) return -Infinity;
  const time = parseTime(cutoff, { now, timeZone: 'UTC' });
  if (time.ok) return time.value;
  problems.push(`\`cutoff\`: ${time.problem}; ${time.hint}`);
  return -Infinity;
}
