import { isUtf8 } from 'node:buffer';
import { type ByteStream, byteOrderMark, skipBytes, transcode, type UnpackLimits } from './byte-stream.ts';
import { type CloudWatchOptions, payloadBlocks } from './cloudwatch.ts';
import { type CloudWatchPayload, readEvent } from './cloudwatch-event.ts';
import type { FlowHeaders } from './flow-headers.ts';
import { type JsonPiece, JsonValues, member, parsedJson } from './json-values.ts';
import { type Framing, LineFramer } from './line-framer.ts';
import { blockOfTexts, MAX_MESSAGE_BYTES, type MessageBlock, type Origin } from './message-block.ts';
import { PayloadUnpacker } from './payload-unpacker.ts';
import type { Tally } from './receipt.ts';

/** The bytes as UTF-8 without byte order mark, whatever encoding the source states or the mark announces. */
export function asUtf8(stream: ByteStream, head: Uint8Array, encoding: string): ByteStream {
  const mark = byteOrderMark(head);
  if (mark !== null) {
    const rest = skipBytes(stream, mark.length);
    return mark.encoding === 'utf-8' ? rest : transcode(rest, mark.encoding);
  }
  return /^utf-?8$/i.test(encoding) ? stream : transcode(stream, encoding);
}

/** Text as messages. Flow log headers are recognised where one line is one message. */
export async function* textBlocks(
  stream: ByteStream,
  framing: Framing,
  headers: FlowHeaders,
  tally: Tally,
): AsyncGenerator<MessageBlock> {
  const framer = new LineFramer(framing, tally);
  const lines = framing.kind === 'lines';
  for await (const chunk of stream) {
    const block = framer.add(chunk);
    if (block === null) continue;
    if (lines) yield* headers.split(block);
    else yield block;
  }
  const last = framer.finish();
  if (last === null) return;
  if (lines) yield* headers.split(last);
  else yield last;
}

/** JSON values as messages, exactly as they are written; the elements of an outermost array, or of a lone `Records`, are messages of their own. */
export async function* jsonBlocks(stream: ByteStream, tally: Tally): AsyncGenerator<MessageBlock> {
  const values = new JsonValues();
  for await (const chunk of stream) {
    const texts = values.add(chunk).flatMap((piece) => jsonTexts(piece, tally));
    if (texts.length > 0) yield textsBlock(texts, tally);
  }
  const last = values.finish();
  if (last === null) return;
  const texts = jsonTexts(last, tally);
  if (texts.length > 0) yield textsBlock(texts, tally);
}

function jsonTexts(piece: JsonPiece, tally: Tally): string[] {
  const text = pieceText(piece, tally);
  const value = piece.complete ? parsedJson(text) : undefined;
  if (value === undefined) {
    const lines = text.split(/\r?\n/).filter((line) => line !== '');
    tally.flag('not-json', lines.length);
    return lines;
  }
  if (Array.isArray(value)) return elementTexts(text, tally);
  const records = member(value, 'Records');
  if (Array.isArray(records) && Object.keys(value as object).length === 1) return elementTexts(text, tally);
  return [text];
}

/** The elements of the outermost array in `text`, as they are written. */
function elementTexts(text: string, tally: Tally): string[] {
  const values = new JsonValues(true);
  const inside = text.slice(text.indexOf('[') + 1, text.lastIndexOf(']'));
  const texts = values.add(Buffer.from(inside)).map((piece) => pieceText(piece, tally));
  const last = values.finish();
  return last === null ? texts : [...texts, pieceText(last, tally)];
}

/** How to read CloudWatch subscription events. */
interface EventReading {
  readonly options: CloudWatchOptions;
  readonly unpacker: PayloadUnpacker;
  readonly tally: Tally;
}

/**
 * CloudWatch subscription events as messages; whatever else is in the file becomes a message line by line.
 * Throws an InputProblem when the events unpack to more than `limits` allow.
 */
export async function* cloudWatchBlocks(
  stream: ByteStream,
  options: CloudWatchOptions,
  limits: UnpackLimits,
  tally: Tally,
): AsyncGenerator<MessageBlock> {
  const reading = { options, unpacker: new PayloadUnpacker(limits), tally };
  const values = new JsonValues();
  for await (const chunk of stream) {
    for (const piece of values.add(chunk)) yield* preparedBlocks(pieceText(piece, tally), reading);
  }
  const last = values.finish();
  if (last !== null) yield* preparedBlocks(pieceText(last, tally), reading);
}

/** The messages of one text, once what is to be known of their network interfaces was asked for. */
async function* preparedBlocks(text: string, reading: EventReading): AsyncGenerator<MessageBlock> {
  const { options, unpacker, tally } = reading;
  const payloads = payloadsIn(text, unpacker);
  if (options.format === 'VPC-JSON' && options.interfaces?.prepare !== undefined) {
    const records = payloads.flatMap(({ messageType, events }) =>
      messageType === 'CONTROL_MESSAGE' ? [] : events.map(({ message }) => message),
    );
    tally.flag('not-enriched', await options.interfaces.prepare(records));
  }
  yield* eventBlocks(text, payloads, reading);
}

/** The messages of one text that should hold an event; `payloads` are what was found in it. */
function* eventBlocks(
  text: string,
  payloads: readonly CloudWatchPayload[],
  reading: EventReading,
): Generator<MessageBlock> {
  const { options, unpacker, tally } = reading;
  if (payloads.length > 0) {
    for (const payload of payloads) {
      for (const block of payloadBlocks(payload, options, tally)) yield bounded(block, tally);
    }
    return;
  }
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  // An event that lost its end may have swallowed whole ones after it.
  if (lines.length > 1) {
    for (const line of lines) yield* eventBlocks(line, payloadsIn(line, unpacker), reading);
    return;
  }
  if (lines.length === 0) return;
  tally.flag('not-an-event');
  yield textsBlock(lines, tally, options.origin);
}

/** The event that a text is, or those that it lists; none when anything else is among them. */
function payloadsIn(text: string, unpacker: PayloadUnpacker): readonly CloudWatchPayload[] {
  const value = parsedJson(text);
  const payloads = (Array.isArray(value) ? value : [value]).map((one) => readEvent(one, unpacker));
  return payloads.includes(null) ? [] : payloads.filter((payload) => payload !== null);
}

function pieceText({ data, start, end }: JsonPiece, tally: Tally): string {
  if (!isUtf8(data.subarray(start, end))) tally.flag('invalid-utf8');
  return data.toString('utf8', start, end);
}

function textsBlock(texts: readonly string[], tally: Tally, origin: Origin | null = null): MessageBlock {
  tally.read += texts.length;
  return bounded(blockOfTexts(texts, null, origin), tally);
}

/** The block with no message over 1 MB: longer ones are cut, at a whole character, and counted. */
function bounded(block: MessageBlock, tally: Tally): MessageBlock {
  let ends = block.ends;
  for (let row = 0; row < block.length; row++) {
    let end = block.starts[row]! + MAX_MESSAGE_BYTES;
    if (block.ends[row]! <= end) continue;
    while ((block.data[end]! & 0xc0) === 0x80) end--;
    if (ends === block.ends) ends = block.ends.slice();
    ends[row] = end;
    tally.flag('cut');
  }
  return ends === block.ends ? block : { ...block, ends };
}
