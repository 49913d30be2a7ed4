import { describe, expect, test } from 'vitest';
import type { MemoryMessage } from '../../../src/engine/run/memory-source.ts';
import { collectRows, memorySource, runQuery } from '../../../src/index.ts';
import { memoryDocuments } from '../../../src/lookups/document-store.ts';
import { createLookups } from '../../../src/lookups/lookups.ts';

function message(raw: string, fields: Record<string, string> = {}): MemoryMessage {
  return { raw, time: 1, fields: new Map(Object.entries(fields)) };
}

async function rowsOf(query: string, messages: readonly MemoryMessage[], autoParse = true) {
  const { run, diagnostics } = await runQuery(query, memorySource(messages), {
    autoParse,
    lookups: createLookups(memoryDocuments(), () => 1),
  });
  if (run === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return (await collectRows(run)).rows.map((row) => row.join(' '));
}

describe('auto parse mode', () => {
  test('makes the fields of JSON messages and drops no other', async () => {
    const messages = [message('{"user":"amy","n":{"x":1}}'), message('plain'), message('pre {"user":"bo"}')];
    expect(await rowsOf('* | count by user, %"n.x"', messages)).toEqual(['amy 1 1', '  1', 'bo  1']);
    expect(await rowsOf('* | count by user', messages, false)).toEqual([' 3']);
  });

  test('a value that came with the message wins, an absent one is filled in', async () => {
    const messages = [message('{"user":"amy"}', { user: 'stored' }), message('{"user":"bo"}')];
    expect(await rowsOf('* | count by user | sort user', messages)).toEqual(['stored 1', 'bo 1']);
  });

  test('a field that a stage parses wins', async () => {
    const messages = [message('{"user":"amy","text":"user=cy;"}')];
    expect(await rowsOf('* | parse "user=*;" as user | count by user', messages)).toEqual(['cy 1']);
  });

  test('a parse stage after it drops rows as it would without the mode', async () => {
    const messages = [message('{"user":"amy"}'), message('{"a":"user=cy;"}')];
    expect(await rowsOf('* | parse "user=*;" as u | count', messages)).toEqual(['1']);
  });

  test('the search expression may ask for the fields', async () => {
    const messages = [message('{"user":"amy"}'), message('{"user":"bo"}'), message('plain amy')];
    expect(await rowsOf('user=AMY | count', messages)).toEqual(['1']);
    expect(await rowsOf('amy user=* | count', messages)).toEqual(['1']);
    expect(await rowsOf('!user=amy | count', messages)).toEqual(['2']);
    expect(await rowsOf('user=amy or plain | count', messages)).toEqual(['2']);
    expect(await rowsOf('user=amy | count', messages, false)).toEqual(['0']);
  });

  test('messages as a result show all that was found', async () => {
    const { run } = await runQuery('*', memorySource([message('{"a":"1","b":{"c":true}}')]), {
      autoParse: true,
    });
    const { names } = await collectRows(run ?? expect.fail());
    expect(names.slice(-2)).toEqual(['a', 'b.c']);
  });

  test('subqueries are in the mode too, in scope and stages', async () => {
    const messages = [
      message('{"user":"amy","state":"bad"}'),
      message('{"user":"bo","state":"ok"}'),
      message('{"user":"amy","state":"ok"}'),
    ];
    expect(
      await rowsOf(
        'state=ok [subquery: state=bad | count by user | compose user keywords] | count',
        messages,
      ),
    ).toEqual(['1']);
    expect(
      await rowsOf('* | where [subquery: state=bad | count by user | compose user] | count', messages),
    ).toEqual(['2']);
  });

  test('what reads the log level finds it beside the fields', async () => {
    const messages = [message('{"level":"warn","user":"amy"}'), message('{"user":"bo","text":"error"}')];
    expect(await rowsOf('* | count by _loglevel, user | sort user', messages)).toEqual([
      'ERROR bo 1',
      'WARN amy 1',
    ]);
  });
});
