import type { IncomingMessage } from 'node:http';
import { fieldPairs, withFields } from '../../ingest/given-fields.ts';
import type { Origin } from '../../ingest/message-block.ts';
import { header } from '../http/exchange.ts';

/** What a request says about its messages: its headers over what the source says. `left` are fields that cannot be. */
export function requestOrigin(
  request: IncomingMessage,
  source: Origin,
): { readonly origin: Origin; readonly left: readonly string[] } {
  const { fields, left } = withFields(source.fields, [
    ...firehoseAttributes(request),
    ...fieldPairs(given(request, 'x-sumo-fields') ?? ''),
  ]);
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
  return value?.toLowerCase() === 'none' ? null : value;
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
