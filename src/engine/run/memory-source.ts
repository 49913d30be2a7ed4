import { type Batch, inParts, newBatch, Schema, selectRows } from '../columns/batch.ts';
import { type Column, columnOf, constantColumn, textColumn, valueAt } from '../columns/column.ts';
import type { Value } from '../columns/value.ts';
import { compileScope } from '../scope/compile.ts';
import { VIEW_NAME, withoutViews } from '../scope/indexes.ts';
import { MESSAGE_FIELDS, type Source, type TimeRange } from '../source.ts';

/** A message for a source in memory. */
export interface MemoryMessage {
  readonly raw: string;
  /** Epoch ms. */
  readonly time: number;
  /** Other fields; `_sourceCategory` and the like are among them. */
  readonly fields?: ReadonlyMap<string, Value>;
}

/** A source over messages in order of arrival. */
export function memorySource(messages: readonly MemoryMessage[], description = 'memory'): Source {
  return batchSource([messageBatch(messages)], description);
}

/**
 * A source over batches in order of arrival; they must have `_messageTime`. It applies nothing (the engine
 * does), but keeps the messages of views from scans that name no index.
 */
export function batchSource(batches: readonly Batch[], description = 'memory'): Source {
  const hasViews = batches.some(({ schema }) => schema.find(VIEW_NAME) >= 0);
  return {
    description,
    async scan(request) {
      const visible = hasViews ? compileScope(withoutViews(request.filter)) : null;
      let rows = 0;
      return {
        applied: { time: false, filter: false, order: false },
        async *batches() {
          for (const batch of batches) {
            for (const part of inParts(batch, request.batchRows)) {
              if (request.signal.aborted) return;
              const chosen = visible?.(part) ?? null;
              rows += chosen?.length ?? part.length;
              if (chosen?.length !== 0) yield chosen === null ? part : selectRows(part, chosen);
            }
          }
        },
        statistics: () => ({ bytesRead: 0, bytesSkipped: 0, rows, segments: 0, segmentsSkipped: 0 }),
      };
    },
    fields: async () => [...new Set(batches.flatMap((batch) => batch.schema.names))],
    timeRange: async () => timeRangeOf(batches),
  };
}

function timeRangeOf(batches: readonly Batch[]): TimeRange | null {
  let from = Infinity;
  let to = -Infinity;
  for (const batch of batches) {
    const position = batch.schema.find('_messageTime');
    for (let row = 0; position >= 0 && row < batch.length; row++) {
      const time = valueAt(batch.columns[position]!, row);
      if (typeof time !== 'number') continue;
      from = Math.min(from, time);
      to = Math.max(to, time + 1);
    }
  }
  return from < to ? { from, to } : null;
}

/** Messages as one batch with the fields that every message has, then all others. */
export function messageBatch(messages: readonly MemoryMessage[]): Batch {
  const names: string[] = [...MESSAGE_FIELDS];
  const known = new Set<string>(names);
  for (const { fields } of messages) {
    for (const name of fields?.keys() ?? []) {
      if (known.has(name)) continue;
      known.add(name);
      names.push(name);
    }
  }
  const columns = names.map((name) => messageColumn(name, messages));
  return newBatch(new Schema(names), columns, messages.length);
}

function messageColumn(name: string, messages: readonly MemoryMessage[]): Column {
  switch (name) {
    case '_raw':
      return textColumn(messages.map((message) => message.raw));
    case '_messageTime':
    case '_receiptTime':
      return columnOf(messages.map((message) => message.time));
    case '_size':
      return columnOf(messages.map((message) => new TextEncoder().encode(message.raw).length));
    default: {
      const values = messages.map((message) => message.fields?.get(name) ?? null);
      const texts = values.filter((value) => value === null || typeof value === 'string');
      if (texts.every((value) => value === null) && texts.length === values.length) {
        return constantColumn(null, values.length);
      }
      return texts.length === values.length ? textColumn(texts) : columnOf(values);
    }
  }
}
