import { hash as cryptoHash } from 'node:crypto';
import { error } from '../../grammar/diagnostics.ts';
import { textLiteralOf } from '../../grammar/literal.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { murmur3Hex } from '../kernels/murmur3.ts';

const encoder = new TextEncoder();

const ALGORITHMS: ReadonlyMap<string, (text: string) => string> = new Map([
  ['md5', (text: string) => cryptoHash('md5', text)],
  ['sha1', (text: string) => cryptoHash('sha1', text)],
  ['sha2_256', (text: string) => cryptoHash('sha256', text)],
  ['sha_256', (text: string) => cryptoHash('sha256', text)],
  ['murmur3_128', (text: string) => murmur3Hex(encoder.encode(text))],
]);

const SHOWN = '`md5`, `sha1`, `sha2_256` or `murmur3_128`';

/** `hash(x [, algorithm])`. */
export const hash = defineFunction({
  name: 'hash',
  summary: 'A hash of a text as lower-case hexadecimal digits.',
  description: `Algorithms are ${SHOWN}; the default is \`md5\`. The hash is that of the text’s UTF-8 bytes. Null gives null.`,
  parameters: [
    { name: 'x', type: 'string' },
    { name: 'algorithm', type: 'string', optional: true },
  ],
  returns: 'string',
  evaluate: ([x, algorithm], context) => {
    const of = ALGORITHMS.get(((algorithm as string | undefined) ?? 'md5').toLowerCase());
    if (of !== undefined) return of(x as string);
    context.rowWarning('hash got an algorithm that it does not know');
    return null;
  },
  check: (call) => {
    const algorithm = textLiteralOf(call.args[1]);
    if (algorithm === null || ALGORITHMS.has(algorithm.value.toLowerCase())) return [];
    return [
      error('bad-value', algorithm.span, `\`hash\` knows no algorithm \`${algorithm.value}\``, {
        help: `algorithms are ${SHOWN}`,
      }),
    ];
  },
  examples: [
    exampleOf('hash("abc")', '900150983cd24fb0d6963f7d28e17f72'),
    exampleOf('hash("abc", "sha1")', 'a9993e364706816aba3e25717850c26c9cd0d89d'),
  ],
});
