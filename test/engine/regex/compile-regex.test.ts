import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteRegex, compileRegex } from '../../../src/engine/regex/compile-regex.ts';

function regexOf(pattern: string, flags = ''): ByteRegex {
  const compiled = compileRegex(pattern, flags);
  if ('error' in compiled) throw new Error(`${pattern}: ${compiled.error} at ${compiled.at}`);
  return compiled.regex;
}

function errorOf(pattern: string): string {
  const compiled = compileRegex(pattern);
  return 'error' in compiled ? `${compiled.at}: ${compiled.error}` : 'no error';
}

/** Patterns without groups inside repeats, whose captures JavaScript resets and others do not. */
const patterns = fc.letrec<{ atom: string; repeated: string; part: string; choice: string }>((tie) => ({
  atom: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a', 'b', '1', ' ', 'é', '😀', '.', '\\d', '\\w', '\\S', '\\s') },
    { weight: 3, arbitrary: fc.constantFrom('[ab]', '[^a]', '[^b ]', '[a-z1]', '[é😀]', '[^é]') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('^', '$', '\\b', '\\B', '(?=a)', '(?!b)', '(?<=a)', '(?<!a|b)', '(?=.*1)'),
    },
  ),
  repeated: fc
    .tuple(
      fc.oneof(
        fc.constantFrom('a', 'b', '.', '\\w', '\\d', '[^a]', '[ab]', 'é', '[^ ]'),
        fc.constantFrom('(?:ab)', '(?:a|b1)', '(?:[ab]1?b)', '(?:a+b)'),
      ),
      fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{2,}', '*?', '+?', '??', '{1,3}?'),
    )
    .map(([of, times]) => of + times),
  part: fc.oneof(
    { depthSize: 'small' },
    tie('atom'),
    tie('repeated'),
    tie('choice').map((inner) => `(${inner})`),
    tie('choice').map((inner) => `(?:${inner})`),
  ),
  choice: fc
    .array(
      fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((options) => options.join('|')),
})).choice;

const texts = fc
  .array(fc.constantFrom('a', 'b', '1', ' ', 'é', '😀', '\n', 'ab', 'aab1'), { maxLength: 12 })
  .map((parts) => parts.join(''));

/** What JavaScript's own engine finds, by code points. */
function expected(pattern: string, text: string) {
  const found = new RegExp(pattern, 'u').exec(text);
  return found === null
    ? null
    : { start: found.index, end: found.index + found[0].length, groups: [...found] };
}

function actual(regex: ByteRegex, text: string) {
  const found = regex.exec(text);
  return found === null
    ? null
    : { start: found.start, end: found.end, groups: found.groups.map((group) => group ?? undefined) };
}

describe('what is found', () => {
  test('is what the backtracking engine of JavaScript finds', () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const wanted = expected(pattern, text);
        // V8 finds empty matches between the halves of a surrogate pair, where no character starts.
        fc.pre(wanted === null || !/[\udc00-\udfff]/.test(text[wanted.start] ?? ''));
        expect(actual(regexOf(pattern), text)).toEqual(wanted);
      }),
      { numRuns: 1500 },
    );
  });

  test('is the same on a text that is too hard for the first try', () => {
    // What stands before makes the quick search give up, so that the remembering one answers.
    const hard = `${'x'.repeat(3000)}\n`;
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const regex = regexOf(
          `(?:(?:x+x+)+z|(?:(?<=\\n)(?:${pattern})))(?=[^]*!)`.replace('[^]', '[\\s\\S]'),
        );
        const own = new RegExp(`(?<=\\n)(?:${pattern})(?=[\\s\\S]*!)`, 'u').exec(`${hard}${text}!`);
        const found = regex.exec(`${hard}${text}!`);
        expect(found === null ? null : [found.start, found.end]).toEqual(
          own === null ? null : [own.index, own.index + own[0].length],
        );
      }),
      { numRuns: 100 },
    );
  });

  test('is found in bytes at their offsets', () => {
    const data = new TextEncoder().encode('ééé k=ü; k=1;');
    const regex = regexOf('k=(?<v>[^;]*);');
    const spans: string[] = [];
    for (let more = regex.searchBytes(data, 0, data.length); more; more = regex.searchNext()) {
      spans.push(new TextDecoder().decode(data.subarray(regex.slots[2]!, regex.slots[3]!)));
    }
    expect(spans).toEqual(['ü', '1']);
    expect(regex.searchBytes(data, 7, data.length - 1)).toBe(true);
    expect(regex.searchBytes(data, 16, data.length - 1)).toBe(false);
  });

  test('the same text can be searched again from any place', () => {
    for (const pattern of ['(a*)*b', '(?:a|b)+?b', 'a*b']) {
      const regex = regexOf(pattern);
      const find = (from: number) => {
        const found = regex.exec('aab aab', from);
        return found === null ? null : [found.start, found.end];
      };
      expect([find(0), find(0), find(3), find(7), find(1), find(4)]).toEqual([
        [0, 3],
        [0, 3],
        [4, 7],
        null,
        [1, 3],
        [4, 7],
      ]);
      expect(regex.test('aab aab')).toBe(true);
    }
  });

  test('all matches are those of matchAll', () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        // As above.
        fc.pre(!text.includes('😀'));
        const regex = regexOf(pattern);
        const data = new TextEncoder().encode(text);
        const found: string[] = [];
        for (let more = regex.searchBytes(data, 0, data.length); more; more = regex.searchNext()) {
          found.push(new TextDecoder().decode(data.subarray(regex.slots[0]!, regex.slots[1]!)));
        }
        expect(found).toEqual([...text.matchAll(new RegExp(pattern, 'gu'))].map(([match]) => match));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the dialect', () => {
  const cases: readonly (readonly [pattern: string, text: string, match: string | null])[] = [
    ['(?i)straße', 'STRASSE Straße', 'Straße'],
    ['a(?i)b|C', 'xc', 'c'],
    ['(?i:É)', 'é', 'é'],
    ['(?-i)a', 'A', null],
    ['[[:alpha:]_]+', '1ab_c', 'ab_c'],
    ['[[:^digit:]]+', '12ab', 'ab'],
    ['\\p{Lu}\\p{IsAlphabetic}+', 'xÄbc', 'Äbc'],
    ['\\P{L}+', 'ab12', '12'],
    ['\\p{Greek}+', 'abγδ', 'γδ'],
    ['\\Aab\\z', 'ab', 'ab'],
    ['ab\\Z', 'ab\n', 'ab'],
    ['ab$', 'ab\n', null],
    ['(?m)^b$', 'a\nb\nc', 'b'],
    ['a.b', 'a\nb', null],
    ['(?s)a.b', 'a\nb', 'a\nb'],
    ['\\h+x', 'a \tx', ' \tx'],
    ['\\Q(a+\\E+', '(a++', '(a++'],
    ['[\\w-\\.]+', 'a-b.c!', 'a-b.c'],
    ['[a-c&&[^b]]+', 'bacb', 'ac'],
    ['[]a]+', ']a', ']a'],
    ['[^]]+', 'ab]', 'ab'],
    ['\\x41\\u0042\\x{43}', 'ABC', 'ABC'],
    ['a{,2}', 'a{,2}', 'a{,2}'],
    ['\\w++\\.', 'ab.', 'ab.'],
    ['a*+a', 'aaa', null],
    ['(?x) a b # comment\n c', 'abc', 'abc'],
    ['(?#no)a', 'a', 'a'],
    ['\\R', '\r\n', '\r\n'],
    ['(?:)', 'a', ''],
  ];
  test.each(cases)('%s in %j', (pattern, text, match) => {
    const found = regexOf(pattern).exec(text);
    expect(found === null ? null : text.slice(found.start, found.end)).toBe(match);
  });

  const mistakes: readonly (readonly [pattern: string, error: string])[] = [
    ['(a', '0: `(` without `)`'],
    ['a)', '1: `)` without a `(` before it'],
    ['[a', '0: `[` without `]`'],
    ['*a', '0: nothing to repeat before `*`'],
    ['a**', '2: a repeat after a repeat; put the first in a group'],
    ['(?<n>a)(?<n>b)', '10: two groups are named `n`'],
    ['(?<1>a)', '3: `1` cannot name a group: letters, digits and `_`, not starting with a digit'],
    ['(a)\\1', '3: back-references are not supported: they cannot be matched in linear time'],
    ['(?<a>x)\\k<a>', '7: back-references are not supported: they cannot be matched in linear time'],
    ['\\y', '0: the escape `\\y` is not known'],
    ['\\p{Nope}', '0: the character class `Nope` is not known'],
    ['a{2,1}', '1: the repeat {2,1} ends before it starts'],
    ['a{5000}', '1: a repeat counts to at most 1000'],
    ['(?:(?:a{900}){900}){900}', '0: the counted repeats make the pattern too large'],
    ['(?>a)', '0: atomic groups `(?>…)` are not supported'],
    ['a\\', '1: a lone `\\` at the end'],
    ['(?z)', '2: the flag `z` is not known'],
  ];
  test.each(mistakes)('%s is a mistake', (pattern, error) => {
    expect(errorOf(pattern)).toBe(error);
  });

  test('deep nesting is a mistake, not a stack overflow', () => {
    expect(errorOf('('.repeat(100_000))).toBe('200: groups are nested too deeply');
  });
});

describe('bad patterns on 100 kB', () => {
  const x = 'x'.repeat(100_000);
  const cases: readonly (readonly [pattern: string, text: string])[] = [
    ['x*y', x],
    ['(x+x+)+y', x],
    ['(x|x)*y', x],
    ['(x|xx)+y', x],
    ['.*.*=.*', x],
    ['(.*)(.*)(.*)(.*)z', x],
    ['(?:.*?,){11}P', 'x,'.repeat(50_000)],
    ['(x*)*y', x],
    ['(?:[a-z]+\\d)+$', x],
    ['(\\w+\\s?)+$', `${'aaaa '.repeat(20_000)}!`],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', x],
    ['(?:x?){16}x{16}y', x],
    ['\\s+$', `${' '.repeat(100_000)}x`],
    ['\\d+\\.\\d+\\.', '1'.repeat(100_000)],
    ['(?=x*y)x', x],
    ['(?<=x+)y', x],
    ['(?=(x+)+y)x', x],
    ['(?!x*y)z', x],
  ];
  // Linear time is milliseconds here, quadratic time many seconds: the test's own time limit tells them apart.
  test.each(cases)('%s', { timeout: 20_000 }, (pattern, text) => {
    const data = new TextEncoder().encode(text);
    expect(regexOf(pattern).searchBytes(data, 0, data.length)).toBe(false);
  });

  test('all matches of one text take linear time together', { timeout: 20_000 }, () => {
    const regex = regexOf('x*y|x');
    const data = new TextEncoder().encode(x);
    let count = 0;
    for (let more = regex.searchBytes(data, 0, data.length); more; more = regex.searchNext()) count++;
    expect(count).toBe(100_000);
  });
});
