import { looksLikeCloudWatch } from './cloudwatch-event.ts';
import { latin1 } from './flow-layout.ts';

/** What users may ask for; `auto` looks at the content. */
const INPUT_FORMATS = ['auto', 'text', 'json', 'cloudwatch', 'parquet'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** How a file is read. */
export type ReadFormat = Exclude<InputFormat, 'auto'>;

/**
 * The format by the first bytes of the unpacked content: Parquet and CloudWatch subscription events are
 * recognised, anything else is text, one message a line (flow log headers are recognised in any text).
 */
export function detectFormat(head: Uint8Array): ReadFormat {
  if (looksLikeParquet(head)) return 'parquet';
  return looksLikeCloudWatch(latin1(head, 0, head.length).replace(/^ï»¿/, '')) ? 'cloudwatch' : 'text';
}

/** Parquet files begin and end with these four bytes. */
function looksLikeParquet(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x41 && head[2] === 0x52 && head[3] === 0x31;
}
