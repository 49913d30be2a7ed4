import type { Stage as AstStage } from '../../grammar/ast.ts';
import { type Batch, columnNamed, findColumn, newBatch, selectRows, withColumn } from '../columns/batch.ts';
import { type Column, columnType, isNullAt } from '../columns/column.ts';
import { shapeOf } from '../columns/text-shape.ts';
import type { Sink, Stage, StageContext } from '../define.ts';
import { chooseRows } from '../kernels/choose.ts';
import { rowsTrue } from '../kernels/rows.ts';
import { chooseText } from '../kernels/text-choice.ts';
import {
  BAD_INPUT,
  type Extract,
  type ExtractShape,
  extractFromColumns,
  MATCHED,
  type Outcome,
} from './extraction.ts';

/** What the stages that parse one subject into fields have in common. */
export interface ParseOptions {
  readonly subject: string;
  readonly outputs: readonly string[];
  /** Other names by which later stages may ask for each output (`document-uri` for `document_uri`). */
  readonly spellings?: readonly string[];
  readonly nodrop: boolean;
  /** Counted for rows with BAD_INPUT that are therefore dropped. */
  readonly badInput: string | null;
  readonly extract: Extract;
  /** Extracts from a text of a known shape without putting it together; null where it cannot be told. */
  readonly extractShape?: ExtractShape;
  /** Which rows take an output: those that match (default), these and all with a value, or only those with a value. */
  readonly takes?: 'matches' | 'matches and values' | 'values';
}

const PARSE_STAGES: ReadonlySet<string> = new Set([
  'parse',
  'parse regex',
  'extract',
  'parse xml',
  'json',
  'keyvalue',
  'keyvalue auto',
  'json auto',
]);

/** Whether the stage before is one that parses, so that rows may survive this one without a match. */
export function followsParse(before: readonly AstStage[]): boolean {
  const last = before.at(-1);
  return last?.kind === 'operator' && PARSE_STAGES.has(last.name);
}

/**
 * Rows that an earlier `nodrop` stage of a chain of parse stages matched, 1 per row: a later stage of
 * the chain must not drop them. It belongs to the batch that such a stage pushes, so it reaches only
 * the stage right after, never a result, another thread or a kept copy.
 */
const chainFlags = new WeakMap<Batch, Uint8Array>();

/** The flags that the stage right before left for `batch`; null without, or when that was no parse stage. */
export function flagsOf(
  batch: Batch,
  context: { readonly stagesBefore?: readonly AstStage[] },
): Uint8Array | null {
  const flags = chainFlags.get(batch) ?? null;
  if (flags === null || context.stagesBefore === undefined) return flags;
  return followsParse(context.stagesBefore) ? flags : null;
}

/** Keeps all rows (`nodrop`) and passes on which matched, or drops those without a match or an earlier flag. */
export function pushMatched(
  batch: Batch,
  matched: Uint8Array,
  flags: Uint8Array | null,
  nodrop: boolean,
  out: Sink,
): void {
  const kept = flags === null ? matched : matched.map((match, row) => match | flags[row]!);
  if (nodrop) {
    const pushed = newBatch(batch.schema, batch.columns, batch.length);
    chainFlags.set(pushed, kept);
    out.push(pushed);
    return;
  }
  const rows = rowsTrue(kept, batch.length);
  if (rows === null) out.push(newBatch(batch.schema, batch.columns, batch.length));
  else if (rows.length > 0) out.push(selectRows(batch, rows));
}

/** The running form of a stage that parses one subject into a fixed list of fields. */
export function startParse(options: ParseOptions, context: StageContext): Stage {
  const { outputs, nodrop } = options;
  const wanted = outputs.flatMap((name, output) =>
    context.needed(name) || context.needed(options.spellings?.[output] ?? name) ? [output] : [],
  );
  const extract = extractFromColumns(options.extract, wanted);
  return {
    push(batch, out) {
      const subject = columnNamed(batch, options.subject);
      const shape = shapeOf(subject);
      const ofShape = shape === null ? null : options.extractShape?.(shape, batch.length, wanted);
      const found = ofShape ?? extract(subject);
      const { columns } = found;
      const { matched, matches, bad } = countMatches(found, batch.length);
      if (bad > 0 && options.badInput !== null && !nodrop) context.rowWarning(options.badInput, bad);
      let result = batch;
      wanted.forEach((output, at) => {
        const name = outputs[output]!;
        const before = findColumn(result, name);
        const column = columns[at]!;
        // The second of two outputs with one name fills what the first left empty.
        const takes = outputs.indexOf(name) < output ? 'values' : (options.takes ?? 'matches');
        if (before === null) {
          result = withColumn(result, name, column);
          return;
        }
        const replaced =
          takes === 'matches' || (takes !== 'values' && matches === batch.length)
            ? allOr(matched, matches)
            : foundRows(takes === 'values' ? null : matched, column);
        result = withColumn(result, name, replaced === null ? column : mergeFound(replaced, column, before));
      });
      if (matches === batch.length && !nodrop)
        out.push(newBatch(result.schema, result.columns, batch.length));
      else pushMatched(result, matched, flagsOf(batch, context), nodrop, out);
    },
    finish() {},
  };
}

/** 1 per row that matched, and how many rows matched or were of another form. */
function countMatches(
  { outcome, all }: Outcome,
  length: number,
): { readonly matched: Uint8Array; readonly matches: number; readonly bad: number } {
  if (all === MATCHED) return { matched: outcome, matches: length, bad: 0 };
  if (all === BAD_INPUT) return { matched: new Uint8Array(length), matches: 0, bad: length };
  const matched = new Uint8Array(length);
  let matches = 0;
  let bad = 0;
  for (let row = 0; row < length; row++) {
    const match = outcome[row] === MATCHED ? 1 : 0;
    matched[row] = match;
    matches += match;
    if (outcome[row] === BAD_INPUT) bad++;
  }
  return { matched, matches, bad };
}

/** `found` where `takes` is 1, else what the field held before, which may be a number. */
export function mergeFound(takes: Uint8Array, found: Column, before: Column): Column {
  const type = columnType(before);
  return type === 'string' || type === 'null'
    ? chooseText(takes, found, before)
    : chooseRows()(takes, found, before);
}

/** Several parse stages written as one: they run one after the other and form a chain among themselves. */
export function chainedStages(
  starts: readonly ((context: StageContext) => Stage)[],
  context: StageContext,
): Stage {
  const [first, ...others] = starts;
  if (first === undefined) throw new Error('a parse stage without a pattern');
  if (others.length === 0) return first(context);
  const { stagesBefore: _, ...inside } = context;
  const [head, ...tail] = [first(context), ...others.map((start) => start(inside))];
  return {
    push: (batch, out) =>
      head?.push(
        batch,
        tail.reduceRight<Sink>((sink, stage) => intoStage(stage, sink), out),
      ),
    finish() {},
  };
}

function intoStage(stage: Stage, out: Sink): Sink {
  return { push: (batch) => stage.push(batch, out) };
}

/** The rows that matched; null when that is every row. */
function allOr(matched: Uint8Array, matches: number): Uint8Array | null {
  return matches === matched.length ? null : matched;
}

/** 1 for each row that matched or has a value; null when that is every row. */
function foundRows(matched: Uint8Array | null, column: Column): Uint8Array | null {
  const rows = new Uint8Array(column.length);
  let count = 0;
  for (let row = 0; row < rows.length; row++) {
    if (matched?.[row] !== 1 && isNullAt(column, row)) continue;
    rows[row] = 1;
    count++;
  }
  return count === rows.length ? null : rows;
}
