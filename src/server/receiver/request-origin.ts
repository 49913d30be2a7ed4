import type { IncomingMessage } from 'node:http';
import { fieldPairs } from '../../ingest/cloudwatch.ts';
import type { Origin } from '../../ingest/message-block.ts';
import { fieldProblem } from '../../ingest/source-config.ts';
import { header } from '../http/exchange.ts';

/** At most this many fields from one request. */
const MOST_FIELDS = 30;

/** What a request says about its messages: its headers over what the source says. `left` are fields that cannot be. */
export function requestOrigin(
  request: IncomingMessage,
  source: Origin,
): { readonly origin: Origin; readonly left: readonly string[] } {
  const fields = new Map(source.fields);
  const left: string[] = [];
  const set = (name: string, value: string) => {
    const key = [...fields.keys()].find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
    if (fieldProblem(name, value) === null && (fields.has(key) || fields.size < MOST_FIELDS)) {
      fields.set(key, value);
    } else left.push(name);
  };
  for (const [name, value] of firehoseAttributes(request)) set(name, value);
  for (const [name, value] of fieldPairs(given(request, 'x-sumo-fields') ?? '')) set(name, value);
  return {
    origin: {
      category: given(request, 'x-sumo-category') ?? source.category,
      name: given(request, 'x-sumo-name') ?? source.name,
      host: given(request, 'x-sumo-host') ?? source.host,
      fields,
    },
    left,
  };
}

/** The public Lambda sends empty headers, and `none`, for what it was not told: neither says anything. */
function given(request: IncomingMessage, name: string): string | null {
  const value = header(request, name);
  return value === 'none' ? null : value;
}

/** The common attributes of a Firehose delivery: `{"commonAttributes":{"name":"value"}}`. */
function firehoseAttributes(request: IncomingMessage): readonly [string, string][] {
  const text = header(request, 'x-amz-firehose-common-attributes');
  if (text === null) return [];
  try {
    const { commonAttributes } = JSON.parse(text) as { commonAttributes?: unknown };
    if (typeof commonAttributes !== 'object' || commonAttributes === null) return [];
    return Object.entries(commonAttributes).map(([name, value]) => [name, String(value)]);
  } catch {
    return [];
  }
}
