import {
  type Batch,
  findColumn,
  pickColumns,
  type Schema,
  selectRows,
  withColumn,
} from '../engine/columns/batch.ts';
import { type Column, flatten, isNullAt } from '../engine/columns/column.ts';
import { concatColumns } from '../engine/columns/concat.ts';
import type { RunContext } from '../engine/define.ts';
import { pruneStages } from '../engine/plan/backward.ts';
import { registry } from '../engine/registry.ts';
import type { Chain } from '../engine/run/chain.ts';
import { startStages } from '../engine/run/start-stages.ts';
import { compileScope, type ScopeFilter } from '../engine/scope/compile.ts';
import { ALL_TIME } from '../engine/source.ts';
import { type CheckedRule, checkRule, hasErrors } from './check-rule.ts';
import { firstOf, nullColumn, ownColumn, scatterColumn } from './merge-columns.ts';
import type { Rule } from './rule.ts';
import { limitValues } from './value-limits.ts';

/** Where rules report what they did. */
export interface RuleNotes {
  /** A rule gave fields to this many messages. */
  extract(rule: string, messages: number): void;
  /** Values that were cut or left out for their size, and values that an older rule had given already. */
  flag(reason: 'value-cut' | 'values-left-out' | 'rule-overlap', count: number): void;
  /** A warning about the whole run, once per text. */
  warn(text: string): void;
}

/** Rules ready to be applied to messages as they arrive. */
export interface CompiledRules {
  /** The fields that messages may get: those of the rules, oldest first, then that of partitions. */
  readonly fields: readonly string[];
  /**
   * The batch with the fields of all rules in whose scope its messages are. The batch's own columns are
   * kept; a rule's value beats a value of the same name that came with the message. Synchronous; the
   * new columns do not outlive the batch's bytes.
   */
  apply(batch: Batch, notes: RuleNotes): Batch;
}

/** A rule that has mistakes was to be run. */
export class RuleProblem extends Error {
  readonly checked: CheckedRule;
  constructor(checked: CheckedRule) {
    const [first] = [...checked.scopeDiagnostics, ...checked.parseDiagnostics].filter(
      ({ severity }) => severity === 'error',
    );
    super(`the rule \`${checked.rule.name}\` cannot run: ${first?.message ?? 'it has mistakes'}`);
    this.name = 'RuleProblem';
    this.checked = checked;
  }
}

/** Compiles the enabled ones of `rules`, oldest first. Throws a RuleProblem for a rule with mistakes. */
export function compileRules(rules: readonly Rule[], now: () => number = Date.now): CompiledRules {
  const running = rules.filter((rule) => rule.enabled).map((rule) => new RunningRule(rule, now));
  return {
    fields: [...new Set(running.flatMap((rule) => rule.fields))],
    apply(batch, notes) {
      if (batch.length === 0 || running.length === 0) return batch;
      const found = new Map<string, Column>();
      let result = batch;
      for (const rule of running) {
        for (const [name, column] of rule.extract(batch, notes)) {
          const key = name.toLowerCase();
          const older = found.get(key);
          if (older === undefined) {
            found.set(key, column);
            result = withColumn(result, name, overBase(column, findColumn(batch, name)));
            continue;
          }
          const merged = firstOf(older, column);
          notes.flag('rule-overlap', merged.overlaps);
          found.set(key, merged.column);
          result = withColumn(result, name, overBase(merged.column, findColumn(batch, name)));
        }
      }
      return result;
    },
  };
}

/** Rules come before what a file or a request says. */
function overBase(column: Column, base: Column | null): Column {
  return base === null ? column : firstOf(column, base).column;
}

/** Marks the rows on their way through the stages. The name starts with `_`, so `fields` lets it pass, and no text can name it. */
const ROW = '_\0row';

class RunningRule {
  readonly fields: readonly string[];
  readonly #name: string;
  readonly #filter: ScopeFilter;
  readonly #reads: ReadonlySet<string> | null;
  readonly #chain: Chain;
  #notes: RuleNotes | null = null;
  #identity = new Uint32Array(0);
  #inputSchema: Schema | null = null;
  #inputPositions: readonly number[] = [];

  constructor(rule: Rule, now: () => number) {
    const checked = checkRule(rule);
    if (hasErrors(checked) || checked.scope === null) throw new RuleProblem(checked);
    this.#name = rule.name;
    this.fields = checked.fields;
    this.#filter = compileScope(checked.scope);
    this.#reads = checked.reads;
    const wanted = new Set([...checked.fields.map((field) => field.toLowerCase()), ROW]);
    const context: RunContext = {
      time: ALL_TIME,
      timeZone: 'UTC',
      now,
      rowWarning: () => {},
      warn: (text) => this.#notes?.warn(`rule \`${rule.name}\`: ${text}`),
      signal: new AbortController().signal,
    };
    this.#chain = startStages(pruneStages(checked.stages, wanted).stages, {
      registry,
      context,
      prepared: new Map(),
      after: () => {},
    });
  }

  /** The fields of the messages in scope, null in all others; only those with a value somewhere. */
  extract(batch: Batch, notes: RuleNotes): readonly (readonly [name: string, column: Column])[] {
    const rows = this.#filter(batch);
    if (rows !== null && rows.length === 0) return [];
    const outputs = this.#run(batch, rows, notes);
    if (outputs.length === 0) return [];
    const places = rowPlaces(outputs);
    const raw = findColumn(batch, '_raw');
    const bytes = raw?.kind === 'text' ? raw.data : null;
    const complete = places.length === batch.length;
    const names: string[] = [];
    const columns: Column[] = [];
    for (const name of this.fields) {
      const parts = outputs.map((output) => findColumn(output, name) ?? nullColumn(output.length));
      const together = parts.length === 1 ? parts[0]! : concatColumns(parts);
      if (flatten(together).kind === 'constant' && isNullAt(together, 0)) continue;
      names.push(name);
      columns.push(
        complete
          ? ownColumn(together, bytes)
          : scatterColumn(ownColumn(together, bytes), places, batch.length),
      );
    }
    const limited = limitValues(columns, raw);
    notes.flag('value-cut', limited.cut);
    notes.flag('values-left-out', limited.leftOut);
    if (limited.cut > 0) notes.warn(`rule \`${this.#name}\`: values over 16,384 characters were cut`);
    if (limited.leftOut > 0) {
      notes.warn(`rule \`${this.#name}\`: fields past 64 KB of values in one message were left out`);
    }
    notes.extract(this.#name, messagesWithValues(limited.columns, batch.length));
    return names.map((name, place) => [name, limited.columns[place]!] as const);
  }

  /** What comes out of the stages, rows marked. A row that they drop gets no field from this rule. */
  #run(batch: Batch, rows: Uint32Array | null, notes: RuleNotes): readonly Batch[] {
    const input = pickColumns(batch, this.#positions(batch.schema));
    const selected = rows === null ? input : selectRows(input, rows);
    const values = rows ?? this.#rowNumbers(batch.length);
    const marked = withColumn(selected, ROW, {
      kind: 'number',
      type: 'long',
      length: values.length,
      values,
      validity: null,
    });
    const outputs: Batch[] = [];
    this.#notes = notes;
    this.#chain.push(marked, { push: (output) => outputs.push(output) });
    this.#notes = null;
    return outputs.filter((output) => output.length > 0);
  }

  /**
   * The message's columns that the stages see: those that they read. Left out is what they only write,
   * so that a value which came with the message is not taken for theirs.
   */
  #positions(schema: Schema): readonly number[] {
    if (schema !== this.#inputSchema) {
      this.#inputSchema = schema;
      const made = new Set(this.fields.map((field) => field.toLowerCase()));
      this.#inputPositions = schema.names.flatMap((name, position) => {
        const key = name.toLowerCase();
        const read = this.#reads === null ? !made.has(key) : this.#reads.has(key);
        return read || key === '_raw' ? [position] : [];
      });
    }
    return this.#inputPositions;
  }

  #rowNumbers(length: number): Uint32Array {
    if (this.#identity.length < length) this.#identity = Uint32Array.from({ length }, (_, row) => row);
    return this.#identity.subarray(0, length);
  }
}

/** Which messages the output rows are, in order. */
function rowPlaces(outputs: readonly Batch[]): Uint32Array {
  const places = new Uint32Array(outputs.reduce((sum, output) => sum + output.length, 0));
  let at = 0;
  for (const output of outputs) {
    const column = flatten(findColumn(output, ROW) ?? nullColumn(output.length));
    if (column.kind !== 'number') throw new Error('a stage of a rule lost the rows');
    for (let row = 0; row < output.length; row++) places[at++] = column.values[row]!;
  }
  return places;
}

function messagesWithValues(columns: readonly Column[], length: number): number {
  if (columns.some(hasNoNulls)) return length;
  let messages = 0;
  for (let row = 0; row < length; row++) if (columns.some((column) => !isNullAt(column, row))) messages++;
  return messages;
}

function hasNoNulls(column: Column): boolean {
  switch (column.kind) {
    case 'text':
    case 'number':
    case 'digits':
      return column.validity === null;
    case 'constant':
      return column.value !== null;
    default:
      return false;
  }
}
