import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterMessages, OTHERS } from '../../../src/engine/operators/cluster-messages.ts';
import { messageTokens } from '../../../src/engine/operators/message-tokens.ts';

function signature(message: string): string {
  return messageTokens(message)
    .map(({ text }) => text)
    .join('');
}

function cluster(messages: readonly (string | null)[]) {
  const { signatures, ofMessage } = clusterMessages(messages, messages.keys());
  return {
    counts: Object.fromEntries(signatures.map(({ text, count }) => [text, count])),
    of: Array.from(ofMessage, (at) => signatures[at]?.text ?? null),
  };
}

describe('pieces of a message', () => {
  it.each([
    ['user 17 login ok', 'user ********** login ok'],
    ['2024-03-04T05:06:07.089Z INFO up', '$DATE INFO up'],
    ['2024-03-04 05:06:07,089 INFO up', '$DATE INFO up'],
    [
      '10.0.0.1 - - [04/Mar/2024:05:06:07 +0000] "GET / HTTP/1.1" 200',
      '********** - - [$DATE] "GET / HTTP/**********" **********',
    ],
    ['Mar  4 05:06:07 host sshd[123]: bye', '$DATE host sshd[**********]: bye'],
    ['at 05:06:07 done', 'at $DATE done'],
    ['get https://example.com/a?b=1 now', 'get $URL now'],
    ['id 123e4567-e89b-12d3-a456-426614174000 gone', 'id ********** gone'],
    ['at 0x7fff12 and deadbeef01 and cafe', 'at ********** and ********** and cafe'],
    ['took 1.5 s, not 12ms', 'took ********** s, not 12ms'],
    ['from 2001:db8::1 to fe80::', 'from ********** to **********'],
    ['mac 0a:1b:2c:3d:4e:5f up', 'mac ********** up'],
    ['a::b c: d', '********** c: d'],
    ['a\t \n b', 'a b'],
    ['', ''],
  ])('%j is %j', (message, expected) => {
    expect(signature(message)).toBe(expected);
  });
});

describe('clusters', () => {
  it('share a signature when at least half of the words are equal', () => {
    expect(cluster(['job alpha finished in queue', 'job alpha failed in line']).counts).toEqual({
      'job alpha ********** in **********': 2,
    });
  });
  it('meet whatever the second word is', () => {
    expect(cluster(['user ann logged in', 'user bob logged in', 'user cy logged out']).counts).toEqual({
      'user ********** logged **********': 3,
    });
  });
  it('stay apart when fewer words are equal', () => {
    expect(cluster(['user alice', 'disk full']).counts).toEqual({ 'user alice': 1, 'disk full': 1 });
  });
  it('stay apart when their leading words or lengths differ', () => {
    expect(Object.keys(cluster(['a b c d', 'x b c d', 'a b c']).counts)).toHaveLength(3);
  });
  it('leave out nulls', () => {
    expect(cluster([null, 'up']).of).toEqual([null, 'up']);
  });
  it('puts lonely messages together when there are many signatures', () => {
    const letters = Array.from(
      { length: 120 },
      (_, at) => `${String.fromCharCode(97 + (at % 26))}${'x'.repeat(Math.floor(at / 26))} only`,
    );
    const { counts } = cluster([...letters, 'twice here', 'twice here']);
    expect(counts).toEqual({ [OTHERS]: 120, 'twice here': 2 });
  });
  it('count every message once, and repeat', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('a 1 b', 'a 2 b', 'c d'))), (messages) => {
        const first = clusterMessages(messages, messages.keys());
        expect(first.signatures.reduce((sum, { count }) => sum + count, 0)).toBe(messages.length);
        expect(clusterMessages(messages, messages.keys())).toEqual(first);
      }),
    );
  });
});
