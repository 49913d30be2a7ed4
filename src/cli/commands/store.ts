import { join } from 'node:path';
import { isoText } from '../../engine/time/civil.ts';
import { counted, grouped } from '../../grammar/counted.ts';
import { collectRows, runQuery } from '../../index.ts';
import { byteSize } from '../../ingest/quantities.ts';
import { parseQuery } from '../../language.ts';
import type { LedgerEntry } from '../../store/ledger.ts';
import type { StoreInfo } from '../../store/store-info.ts';
import type { VerifyReport } from '../../store/verify.ts';
import { CommandFailure, EXIT, wrongRequest } from '../failure.ts';
import { withStore, withWritableStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import { reportDiagnostics } from '../query-text.ts';
import { type StoreOptions, storeDirectory } from '../store-directory.ts';
import { rangeOf } from '../times.ts';

/** `weir store info` */
export async function storeInfo(options: StoreOptions): Promise<void> {
  const info = await withStore(options, (store) => store.info());
  await write(options.output === 'json' ? `${JSON.stringify(info)}\n` : infoText(info));
}

export interface VerifyOptions extends StoreOptions {
  readonly setAside?: boolean;
}

/**
 * `weir store verify`; exit code 1 when something is damaged. With `--set-aside` damaged segments are
 * moved away, and then all is well again.
 */
export async function storeVerify(options: VerifyOptions): Promise<void> {
  const report = await withStore(options, (store) => store.verify());
  if (options.output === 'json') await write(`${JSON.stringify(report)}\n`);
  else await write(verifyText(report));
  if (report.damages.length === 0) return;
  if (options.setAside !== true) throw new CommandFailure(EXIT.failed, '');
  const { damages } = await withWritableStore(options, (store) => store.verify({ setAside: true }));
  const messages = damages.reduce((sum, damage) => sum + damage.messages, 0);
  const folder = join(storeDirectory(options), 'set-aside');
  process.stderr.write(
    `set aside ${counted(messages, 'message')}; what is left of them is in ${folder}, and queries go on without them\n`,
  );
}

function verifyText({ segments, messages, bytes, damages }: VerifyReport): string {
  const lines = [`read ${grouped(messages)} messages in ${segments} segments, ${byteSize(bytes)}`];
  for (const { file, what, messages: lost } of damages) {
    lines.push(`damaged ${file}: ${what}${lost > 0 ? ` (${counted(lost, 'message')})` : ''}`);
  }
  lines.push(damages.length === 0 ? 'everything is as it was written' : `${damages.length} damaged`);
  return `${lines.join('\n')}\n`;
}

/** `weir store compact` */
export async function storeCompact(options: StoreOptions): Promise<void> {
  const { fewer, info } = await withWritableStore(options, async (store) => ({
    fewer: await store.compact(),
    info: await store.info(),
  }));
  process.stderr.write(
    `${fewer === 0 ? 'nothing to join' : `${fewer} fewer segments`}; now ${info.segments}, ${byteSize(info.bytesOnDisk)}\n`,
  );
}

export interface DeleteOptions extends StoreOptions {
  readonly from?: string;
  readonly to?: string;
  readonly tz: string;
  readonly yes?: boolean;
}

/** `weir store delete SCOPE`: counts what would go; deletes with `--yes`. */
export async function storeDelete(scope: string, options: DeleteOptions): Promise<void> {
  const { query, diagnostics } = parseQuery(scope);
  reportDiagnostics({ text: scope, source: null }, diagnostics);
  if (query === null) return;
  if (query.stages.length > 0)
    throw wrongRequest(
      'what to delete is a search expression without stages',
      'take away everything from the first `|` on',
    );
  const time = rangeOf(options);
  if (options.yes !== true) {
    const found = await withStore(options, async (store) => {
      const { run } = await runQuery(`${scope}\n| count`, store.source(), { time });
      return run === null ? 0 : Number((await collectRows(run)).rows[0]?.[0] ?? 0);
    });
    process.stderr.write(`${grouped(found)} messages match; --yes deletes them for good\n`);
    return;
  }
  const deleted = await withWritableStore(options, (store) => store.delete({ filter: query.scope, time }));
  process.stderr.write(`deleted ${grouped(deleted)} messages\n`);
}

/** `weir store snapshot DIR` */
export async function storeSnapshot(directory: string, options: StoreOptions): Promise<void> {
  await withWritableStore(options, (store) => store.snapshot(directory));
  process.stderr.write(`copied to ${directory}; it is a store of its own: weir --store ${directory} …\n`);
}

function infoText(info: StoreInfo): string {
  const perMessage =
    info.messages === 0 ? '' : `, ${(info.bytesOnDisk / info.messages).toFixed(1)} bytes a message`;
  const lines = [
    `messages   ${grouped(info.messages)}${info.unflushed > 0 ? `, ${grouped(info.unflushed)} of them in the log` : ''}`,
    `segments   ${info.segments}`,
    `on disk    ${byteSize(info.bytesOnDisk)}${perMessage}; the messages' own text is ${byteSize(info.messageBytes)}`,
  ];
  if (info.timeRange !== null)
    lines.push(`time       ${isoText(info.timeRange.from)} to ${isoText(info.timeRange.to)}`);
  for (const { category, messages } of info.categories)
    lines.push(`category   ${category}  ${grouped(messages)}`);
  if (info.fields.length > 0) lines.push(`fields     ${info.fields.join(', ')}`);
  for (const entry of info.ledger) lines.push(`ledger     ${ledgerText(entry)}`);
  return `${lines.join('\n')}\n`;
}

function ledgerText({ what, why, where, messages, bytes, last }: LedgerEntry): string {
  const size = [messages > 0 ? `${grouped(messages)} messages` : '', bytes > 0 ? byteSize(bytes) : ''].filter(
    (part) => part !== '',
  );
  return `${isoText(last)}  ${what}${where === '' ? '' : ` ${where}`}: ${why}${size.length === 0 ? '' : ` (${size.join(', ')})`}`;
}
