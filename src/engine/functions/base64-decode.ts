import { error } from '../../grammar/diagnostics.ts';
import { textLiteralOf } from '../../grammar/literal.ts';
import { nameList } from '../../grammar/name-list.ts';
import { defineFunction, exampleOf } from '../define.ts';

const ENCODINGS: ReadonlyMap<string, (bytes: Uint8Array) => string> = new Map([
  ['US-ASCII', ascii],
  ['UTF-8', (bytes) => new TextDecoder('utf-8').decode(bytes)],
  ['UTF-16', utf16],
  ['UTF-16BE', (bytes) => new TextDecoder('utf-16be').decode(bytes)],
  ['UTF-16LE', (bytes) => new TextDecoder('utf-16le').decode(bytes)],
  ['UTF-32', utf32],
  ['UTF-32BE', (bytes) => utf32Units(bytes, false)],
  ['UTF-32LE', (bytes) => utf32Units(bytes, true)],
]);

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** `base64Decode(text [, encoding])`. */
export const base64Decode = defineFunction({
  name: 'base64Decode',
  summary: 'The text that a base64 text stands for.',
  description: [
    `Encodings: ${nameList([...ENCODINGS.keys()])}; the default is UTF-8.`,
    'Text that is not base64 comes back unchanged; missing padding is accepted. Bytes that the encoding',
    'does not know become U+FFFD. Null gives null.',
  ].join(' '),
  parameters: [
    { name: 'text', type: 'string' },
    { name: 'encoding', type: 'string', optional: true },
  ],
  returns: 'string',
  withoutAlias: 'write-back',
  evaluate: ([text, encoding], context) => {
    const decode = ENCODINGS.get(((encoding as string | undefined) ?? 'UTF-8').toUpperCase());
    if (decode === undefined) {
      context.rowWarning('base64Decode got an encoding that it does not know');
      return null;
    }
    const source = (text as string).trim();
    const digits = source.replace(/=+$/, '').length;
    if (!BASE64.test(source) || digits % 4 === 1) return text as string;
    return decode(Buffer.from(source, 'base64'));
  },
  check: (call) => {
    const encoding = textLiteralOf(call.args[1]);
    if (encoding === null || ENCODINGS.has(encoding.value.toUpperCase())) return [];
    return [
      error('bad-value', encoding.span, `\`base64Decode\` knows no encoding \`${encoding.value}\``, {
        help: `encodings are ${[...ENCODINGS.keys()].join(', ')}`,
      }),
    ];
  },
  examples: [
    exampleOf('base64Decode("aGkgdGhlcmU=")', 'hi there'),
    exampleOf('base64Decode("not base64!")', 'not base64!'),
  ],
});

function ascii(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : '\ufffd')).join('');
}

/** As Java reads it: by the byte order mark, else most significant byte first. */
function utf16(bytes: Uint8Array): string {
  const littleEndian = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(littleEndian ? 'utf-16le' : 'utf-16be').decode(bytes);
}

function utf32(bytes: Uint8Array): string {
  const littleEndian = bytes[0] === 0xff && bytes[1] === 0xfe && bytes[2] === 0 && bytes[3] === 0;
  return utf32Units(bytes, littleEndian);
}

function utf32Units(bytes: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = view.getUint32(at, littleEndian);
    if (at === 0 && code === 0xfeff) continue;
    const known = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    text += known ? String.fromCodePoint(code) : '\ufffd';
  }
  return bytes.length % 4 === 0 ? text : `${text}\ufffd`;
}
