import type { IncomingMessage } from 'node:http';
import type { CompiledSource } from '../../ingest/compile-source.ts';
import { fieldPairs, withFields } from '../../ingest/given-fields.ts';
import type { Origin } from '../../ingest/message-block.ts';
import { header } from '../http/exchange.ts';

/** What a request says about its messages: its headers over what the source says. `left` are fields that cannot be. */
export function requestOrigin(
  request: IncomingMessage,
  { given: source, headersAsFields }: CompiledSource,
): { readonly origin: Origin; readonly left: readonly string[] } {
  const { fields, left } = withFields(source.fields, [
    ...(headersAsFields ? otherHeaders(request) : []),
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

/** Headers of the transport, of the receiver itself, and those that no log should keep. */
const OWN_HEADERS =
  /^(x-sumo-.*|x-weir-.*|x-amz-firehose-.*|x-request-id|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|via|forwarded|expect|date|origin|referer|user-agent|accept(-.*)?|content-.*|cache-control|pragma|if-.*|sec-.*|cookie|authorization|proxy-.*)$/i;

/** Headers that the sender has made up, in the spelling that was sent; the last of a name wins. */
function otherHeaders({ rawHeaders }: IncomingMessage): [name: string, value: string][] {
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = Buffer.from(rawHeaders[at + 1] ?? '', 'latin1').toString('utf8');
    if (value !== '' && !OWN_HEADERS.test(name)) headers.push([name, value]);
  }
  return headers;
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
