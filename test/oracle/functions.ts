import { createHash } from 'node:crypto';
import { formatDate, parseDate } from './dates.ts';
import type { Setting } from './setting.ts';
import { DroppedRow, numberIn, textIn, type Value } from './table.ts';

type Call = (args: readonly Value[], setting: Setting) => Value;

/** Null for any null argument. */
const strict =
  (call: (...args: Exclude<Value, null>[]) => Value): Call =>
  (args) =>
    args.includes(null) ? null : call(...(args as Exclude<Value, null>[]));

/** Over numbers; null when an argument is none. */
const numeric =
  (call: (...args: number[]) => number | null): Call =>
  (args) => {
    const numbers = args.map(numberIn);
    return numbers.includes(null) ? null : call(...(numbers as number[]));
  };

/** Over texts. */
const textual =
  (call: (...args: string[]) => Value): Call =>
  (args) =>
    args.includes(null) ? null : call(...args.map(String));

const OCTET = /^(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;

/** The address as a number, or null when it is not dotted IPv4. */
export function addressNumber(value: Value): number | null {
  const parts = typeof value === 'string' ? value.split('.') : [];
  if (parts.length !== 4 || !parts.every((part) => OCTET.test(part))) return null;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

const dotted = (address: number) =>
  [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');

const inNetworks = (address: number, networks: readonly string[]) =>
  networks.some((network) => {
    const [base = '', bits = '0'] = network.split('/');
    const size = 2 ** (32 - Number(bits));
    return Math.floor(address / size) === Math.floor((addressNumber(base) ?? -1) / size);
  });

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
const RESERVED = [
  ...PRIVATE,
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

const address =
  (test: (address: number) => boolean): Call =>
  ([value = null]) => {
    const number = addressNumber(value);
    if (number === null) throw new DroppedRow();
    return test(number);
  };

const prefixLength = (value: Value): number | null =>
  /^\d{1,2}$/.test(String(value)) && Number(value) <= 32 ? Number(value) : null;

function isNumeric(value: Value): boolean {
  if (typeof value === 'number') return true;
  if (typeof value !== 'string') return false;
  return (
    /^[+-]?0[xX][0-9a-fA-F]+[lL]?$/.test(value) ||
    /^[+-]?(0[0-7]*|[1-9]\d*)[lL]?$/.test(value) ||
    /^[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?$/.test(value) ||
    /^[+-]?\d+[eE][+-]?\d+[fFdD]?$/.test(value) ||
    /^[+-]?(0|[1-9]\d*)[fFdD]$/.test(value)
  );
}

function luhn(text: string): boolean {
  const digits = [...text].filter((character) => /[0-9]/.test(character)).map(Number);
  const sum = digits.toReversed().reduce((total, digit, at) => {
    const counted = at % 2 === 1 ? digit * 2 : digit;
    return total + (counted > 9 ? counted - 9 : counted);
  }, 0);
  return digits.length > 0 && sum % 10 === 0;
}

/** The text from the start-th to before the end-th code point. */
function substring([text = null, start = null, end]: readonly Value[]): Value {
  const from = numberIn(start);
  const to = end === undefined ? Number.POSITIVE_INFINITY : numberIn(end);
  if (text === null || from === null || to === null) return null;
  const characters = [...String(text)];
  if (from < 0 || from > characters.length || to < from) return null;
  return characters.slice(from, to).join('');
}

/** Half up, to places. */
function round(value: number, places = 0): number {
  if (!Number.isFinite(value)) return value;
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const moved = Number(`${digits}e${Number(exponent) + places}`);
  const [roundedDigits = '', roundedExponent = '0'] = Math.floor(moved + 0.5)
    .toExponential()
    .split('e');
  return Number(`${roundedDigits}e${Number(roundedExponent) - places}`);
}

const whole = (least: number, most: number) => (value: number) => {
  const cut = Math.trunc(value);
  return cut >= least && cut <= most ? cut : null;
};

function urlDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Whole numbers of up to 16 digits, in 64 bits. */
function decToHex(text: string): string | null {
  const digits = text.trim();
  if (!/^[+-]?\d{1,16}$/.test(digits)) return null;
  return BigInt.asUintN(64, BigInt(digits.replace('+', '')))
    .toString(16)
    .toUpperCase();
}

function hexToDec(text: string): number | null {
  const digits = text.trim().replace(/^0x/i, '');
  return /^[0-9a-f]{1,16}$/i.test(digits) ? Number(BigInt.asIntN(64, BigInt(`0x${digits}`))) : null;
}

/** The conversions s, S, d and f with a width, `-`, `0` and `,`, as far as generated queries use them. */
function format(pattern: string, args: readonly Value[]): string {
  let next = 0;
  return pattern.replace(
    /%([-0,]?)(\d*)(?:\.(\d+))?([sSdf])/g,
    (_, flag: string, width: string, places: string, kind) => {
      const value = args[next++] ?? null;
      const plain = kind === 'f' ? Number(value).toFixed(Number(places || 6)) : String(value);
      const cased = kind === 'S' ? plain.toUpperCase() : plain;
      const text = flag === ',' ? cased.replace(/\B(?=(\d{3})+$)/g, ',') : cased;
      if (flag === '-') return text.padEnd(Number(width));
      return text.padStart(Number(width), flag === '0' ? '0' : ' ');
    },
  );
}

const isText = (value: Value | undefined): value is string => typeof value === 'string';

/** The functions by lower-case name. */
export const functions: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['isnull', ([value]) => value === null],
  ['isempty', ([value]) => value === null || value === ''],
  ['isblank', ([value]) => value === null || (isText(value) && value.trim() === '')],
  ['isnumeric', ([value = null]) => isNumeric(value)],
  ['isprivateip', address((number) => inNetworks(number, PRIVATE))],
  ['isreservedip', address((number) => inNetworks(number, RESERVED))],
  ['ispublicip', address((number) => !inNetworks(number, RESERVED))],
  ['isvalidipv4', ([value = null]) => addressNumber(value) !== null],
  ['ipv4tonumber', ([value = null]) => addressNumber(value)],
  ['concat', (args) => args.map((value) => textIn(value) ?? '').join('')],
  ['length', ([value = null]) => [...(textIn(value) ?? '')].length],
  ['tolowercase', textual((text) => text.toLowerCase())],
  ['touppercase', textual((text) => text.toUpperCase())],
  ['trim', textual((text) => text.trim())],
  ['substring', substring],
  ['replace', textual((text, what, by) => (what === '' ? text : text.split(what).join(by)))],
  ['num', ([value = null]) => numberIn(value)],
  ['tolong', numeric(whole(-(2 ** 63), 2 ** 63))],
  ['toint', numeric(whole(-(2 ** 31), 2 ** 31 - 1))],
  ['tostring', strict((value) => String(value))],
  ['abs', numeric(Math.abs)],
  ['ceil', numeric(Math.ceil)],
  ['floor', numeric(Math.floor)],
  ['round', numeric(round)],
  ['sqrt', numeric(Math.sqrt)],
  ['max', numeric((a, b) => Math.max(a, b))],
  ['min', numeric((a, b) => Math.min(a, b))],
  ['pow', numeric((a, b) => a ** b)],
  ['signum', numeric(Math.sign)],
  [
    'getcidrprefix',
    strict((ip, length) => {
      const number = addressNumber(ip);
      const bits = prefixLength(length);
      if (number === null || bits === null) return null;
      return dotted(Math.floor(number / 2 ** (32 - bits)) * 2 ** (32 - bits));
    }),
  ],
  [
    'comparecidrprefix',
    ([a = null, b = null, length = null]) => {
      const bits = prefixLength(length);
      const [left, right] = [addressNumber(a), addressNumber(b)];
      if (bits === null || left === null || right === null) return false;
      return Math.floor(left / 2 ** (32 - bits)) === Math.floor(right / 2 ** (32 - bits));
    },
  ],
  ['base64encode', textual((text) => Buffer.from(text, 'utf8').toString('base64'))],
  ['urlencode', textual((text) => new URLSearchParams([['', text]]).toString().slice(1))],
  ['base64decode', textual((text) => Buffer.from(text, 'base64').toString('utf8'))],
  ['urldecode', textual(urlDecode)],
  ['dectohex', textual(decToHex)],
  ['hextodec', textual(hexToDec)],
  ['format', ([pattern = '', ...args]) => format(String(pattern), args)],
  [
    'formatdate',
    ([time = null, pattern = null, zone], setting) => {
      const ms = numberIn(time);
      return ms === null ? null : formatDate(ms, String(pattern), String(zone ?? setting.zone));
    },
  ],
  [
    'parsedate',
    ([text = null, pattern = null, zone], setting) =>
      text === null ? null : parseDate(String(text), String(pattern), String(zone ?? setting.zone)),
  ],
  ['querystarttime', (_, { from }) => from],
  ['queryendtime', (_, { to }) => to],
  ['querytimerange', (_, { from, to }) => to - from],
  ['now', (_, { now }) => now],
  ['hash', textual((text) => createHash('md5').update(text, 'utf8').digest('hex'))],
  ['luhn', ([value = null]) => value !== null && luhn(String(value))],
]);
