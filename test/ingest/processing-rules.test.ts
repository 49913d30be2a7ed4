import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { collect, settingsOf, texts } from './collected.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

function processed(lines: readonly string[], ...processingRules: object[]) {
  return collect(`${lines.join('\n')}\n`, settingsOf({ processingRules }));
}

describe('include and exclude', () => {
  test('match the whole message', async () => {
    const lines = ['error here', 'an error', 'fine'];
    expect(texts(await processed(lines, { type: 'exclude', regex: 'error' }))).toEqual(lines);
    expect(texts(await processed(lines, { type: 'exclude', regex: '.*error.*' }))).toEqual(['fine']);
    expect(texts(await processed(lines, { type: 'include', regex: 'error|fine' }))).toEqual(['fine']);
    expect(texts(await processed(lines, { type: 'include', regex: 'fine|err|error here' }))).toEqual([
      'error here',
      'fine',
    ]);
  });

  test('of one type are joined by or; exclude wins; both are counted', async () => {
    const result = await processed(
      ['a1', 'b1', 'a2', 'c1'],
      { type: 'exclude', regex: '.*2' },
      { type: 'include', regex: 'a.' },
      { type: 'include', regex: 'b.' },
    );
    expect(texts(result)).toEqual(['a1', 'b1']);
    expect([...result.tally.skipped]).toEqual([
      ['not-included', 1],
      ['excluded', 1],
    ]);
    expect(result.tally.read).toBe(4);
  });

  test('the header line as expression', async () => {
    const header = 'version account-id vpc id of mine';
    expect(texts(await processed([header, `${header} x`, 'y'], { type: 'exclude', regex: header }))).toEqual([
      `${header} x`,
      'y',
    ]);
  });

  test('flags over several lines', async () => {
    const settings = settingsOf({
      multiline: 'request',
      processingRules: [{ type: 'exclude', regex: '(?s).*secret.*(?s)' }],
    });
    expect(texts(await collect('a\nsecret\nb', settings))).toEqual([]);
    expect(texts(await collect('a\nb', settings))).toEqual(['a\nb']);
  });
});

describe('mask and hash', () => {
  test('replace what the groups hold, everywhere', async () => {
    const result = await processed(['user=amy pw=x1 user=bob', 'none'], {
      type: 'mask',
      regex: 'user=(\\w+)',
      mask: 'U',
    });
    expect(texts(result)).toEqual(['user=U pw=x1 user=U', 'none']);
  });

  test('with `#` by default, and no longer than five times what they replace', async () => {
    expect(texts(await processed(['pin 12 34'], { type: 'mask', regex: '(\\d)' }))).toEqual(['pin ## ##']);
    expect(texts(await processed(['pin 1'], { type: 'mask', regex: '(\\d)', mask: 'abcdefgh' }))).toEqual([
      'pin abcde',
    ]);
  });

  test('several groups, nested ones as the outermost, absent ones not', async () => {
    const rule = { type: 'mask', regex: 'a(b(c))d(e)?|x(y)', mask: '*' };
    expect(texts(await processed(['abcd abcde xy'], rule))).toEqual(['a*d a*d* x*']);
  });

  test('UTF-8 around and inside', async () => {
    expect(texts(await processed(['é<ü> ü<é>'], { type: 'mask', regex: '<(.)>', mask: 'ß' }))).toEqual([
      'é<ß> ü<ß>',
    ]);
  });

  test('hash with MD5 or SHA-256, after includes and excludes, in the order of the rules', async () => {
    expect(texts(await processed(['id=7'], { type: 'hash', regex: 'id=(\\d)' }))).toEqual([`id=${md5('7')}`]);
    const sha = createHash('sha256').update('7').digest('hex');
    expect(
      texts(await processed(['id=7'], { type: 'hash', regex: 'id=(\\d)', algorithm: 'SHA-256' })),
    ).toEqual([`id=${sha}`]);
    const both = await processed(
      ['id=7'],
      { type: 'mask', regex: 'id=(\\d)', mask: 'x' },
      { type: 'hash', regex: 'id=(.)$' },
      { type: 'exclude', regex: 'id=x' },
    );
    expect(texts(both)).toEqual([`id=${md5('x')}`]);
  });

  test('an empty match moves on', async () => {
    expect(texts(await processed(['abc'], { type: 'mask', regex: '(x*)', mask: 'y' }))).toEqual(['abc']);
  });

  test('bad patterns take no time', async () => {
    const started = performance.now();
    await processed(
      ['a'.repeat(100_000)],
      { type: 'exclude', regex: '(a+)+b' },
      { type: 'mask', regex: '(a*)*c(d)' },
    );
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
