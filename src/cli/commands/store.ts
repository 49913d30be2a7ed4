import { parseRange } from '../../engine/time/range.ts';
import { prepareQuery } from '../../index.ts';
import type { StoreInfo } from '../../store/store.ts';
import { wrongRequest } from '../failure.ts';
import { withStore, withWritableStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { byteSize } from '../progress.ts';
import { reportDiagnostics } from '../query-text.ts';

interface CareOptions {
  readonly store?: string;
  readonly output?: 'text' | 'json';
}

/** `weir store info` */
export async function storeInfo(options: CareOptions): Promise<void> {
  const info = await withStore(options, (store) => store.info());
  await write(options.output === 'json' ? `${JSON.stringify(info)}\n` : infoText(info));
}

function infoText(info: StoreInfo): string {
  const time = (ms: number) => new Date(ms).toISOString();
  const perMessage =
    info.messages === 0 ? '' : ` (${(info.bytesOnDisk / info.messages).toFixed(1)} bytes a message)`;
  const lines = [
    `messages   ${info.messages.toLocaleString('en')}${info.unflushed > 0 ? `, ${info.unflushed.toLocaleString('en')} of them in the log` : ''}`,
    `segments   ${info.segments}`,
    `on disk    ${byteSize(info.bytesOnDisk)}${perMessage}; the messages' own text is ${byteSize(info.messageBytes)}`,
  ];
  if (info.timeRange !== null)
    lines.push(`time       ${time(info.timeRange.from)} to ${time(info.timeRange.to)}`);
  for (const { category, messages } of info.categories)
    lines.push(`category   ${category}  ${messages.toLocaleString('en')}`);
  if (info.fields.length > 0) lines.push(`fields     ${info.fields.join(', ')}`);
  for (const entry of info.ledger) lines.push(`ledger     ${JSON.stringify(entry)}`);
  return `${lines.join('\n')}\n`;
}

void [withWritableStore, wrongRequest, parseRange, prepareQuery, reportDiagnostics];
