import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { grouped } from '../../grammar/counted.ts';
import type { ErrorBody, TailLine } from '../../server/api.ts';
import { CommandFailure, EXIT, runFailed, wrongRequest } from '../failure.ts';
import { interruptSignal } from '../interrupt.ts';
import { write } from '../output/result.ts';
import { readQueryText } from '../query-text.ts';

export interface TailOptions {
  readonly file?: string;
  readonly server: string;
  readonly key?: string;
  readonly tz: string;
}

/** `weir tail TEXT`: what arrives at a running server and fits, one JSON object a line, until Ctrl-C. */
export async function tail(given: string | undefined, options: TailOptions): Promise<void> {
  const { text } = await readQueryText(given, options.file);
  const signal = interruptSignal();
  try {
    await follow(await openTail(text, options, signal));
    if (!signal.aborted) throw runFailed('the server ended the live query');
  } catch (failure) {
    if (!signal.aborted) throw failure;
  }
  throw new CommandFailure(EXIT.interrupted, '');
}

async function follow(answer: IncomingMessage): Promise<void> {
  for await (const line of createInterface({ input: answer, crlfDelay: Infinity })) {
    if (line === '') continue;
    const tail = JSON.parse(line) as TailLine;
    switch (tail.kind) {
      case 'message':
        await write(`${JSON.stringify(tail.fields)}\n`);
        break;
      case 'skipped':
        process.stderr.write(
          `skipped ${grouped(tail.messages)} messages that came faster than they can be shown\n`,
        );
        break;
    }
  }
}

function openTail(text: string, options: TailOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const url = tailUrl(text, options);
  const key = options.key ?? process.env.WEIR_KEY;
  const headers = key === undefined ? {} : { authorization: `Basic ${Buffer.from(key).toString('base64')}` };
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, signal }, (answer) => {
      if (answer.statusCode === 200) return resolve(answer);
      refusal(answer).then(reject, reject);
    });
    asked.on('error', (failure: NodeJS.ErrnoException) => {
      reject(
        failure.code === 'ECONNREFUSED'
          ? runFailed(
              `no server answers at ${url.origin}`,
              'start one with `weir serve`, or name another with --server',
            )
          : runFailed(`${url.origin} cannot be asked: ${failure.message}`),
      );
    });
    asked.end();
  });
}

function tailUrl(text: string, { server, tz }: TailOptions): URL {
  const base = URL.parse(server);
  if (base === null || base.protocol !== 'http:') {
    throw wrongRequest(`\`${server}\` is no address of a server`, 'write it as http://127.0.0.1:8350');
  }
  const url = new URL('/api/v1/tail', base);
  url.searchParams.set('query', text);
  url.searchParams.set('timeZone', tz);
  return url;
}

/** The failure that a refusal stands for: what the server says of it. */
async function refusal(answer: IncomingMessage): Promise<CommandFailure> {
  const pieces: Buffer[] = [];
  for await (const piece of answer as AsyncIterable<Buffer>) pieces.push(piece);
  const body = Buffer.concat(pieces).toString('utf8');
  const { statusCode = 0 } = answer;
  try {
    const { message } = JSON.parse(body) as ErrorBody;
    if (statusCode === 400) process.stderr.write(`${message}\n`);
    return statusCode === 400 ? wrongRequest('') : runFailed(message);
  } catch {
    return runFailed(`the server answers ${statusCode}`);
  }
}
