import type { Value } from '../columns/value.ts';
import { numberOf, textOf } from '../columns/value.ts';
import { decimalOf, fixedDigits, roundedDigits } from './decimal.ts';

type Conversion = 's' | 'd' | 'x' | 'o' | 'f' | 'e' | 'g' | 'b' | 'c';

interface Specifier {
  readonly kind: 'specifier';
  /** As written, for messages. */
  readonly source: string;
  /** Which argument, from 0. */
  readonly argument: number;
  readonly flags: ReadonlySet<string>;
  readonly width: number;
  /** -1 when not given. */
  readonly precision: number;
  readonly conversion: Conversion;
  readonly upper: boolean;
}

/** A format of Java's `String.format`, read once. */
export interface JavaFormat {
  readonly parts: readonly (string | Specifier)[];
  /** How many arguments it reads. */
  readonly needs: number;
}

/** What is wrong with a format, or with an argument of it. */
export interface FormatProblem {
  readonly problem: string;
  /** True for text that is to be printed as hexadecimal. */
  readonly textForHex?: boolean;
}

const SPECIFIER = /%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/y;
const WIDEST = 10_000;

/** Reads a format: `%[n$][flags][width][.precision]conversion`. */
export function compileFormat(source: string): JavaFormat | FormatProblem {
  const parts: (string | Specifier)[] = [];
  let next = 0;
  let last = -1;
  let needs = 0;
  let at = 0;
  while (at < source.length) {
    const percent = source.indexOf('%', at);
    if (percent < 0) break;
    if (percent > at) parts.push(source.slice(at, percent));
    SPECIFIER.lastIndex = percent;
    const match = SPECIFIER.exec(source);
    if (match === null)
      return { problem: `\`${source.slice(percent, percent + 8)}\` is no format specifier` };
    at = SPECIFIER.lastIndex;
    const [whole, position, same, flagText, width, precision, letter] = match;
    if (letter === '%') parts.push('%'.padStart(Math.min(Number(width ?? 0), WIDEST)));
    else if (letter === 'n') parts.push('\n');
    else {
      const argument = position !== undefined ? Number(position) - 1 : same !== undefined ? last : next++;
      const made = specifier(whole, letter as string, flagText as string, width, precision, argument);
      if ('problem' in made) return made;
      parts.push(made);
      last = argument;
      needs = Math.max(needs, argument + 1);
    }
  }
  if (at < source.length) parts.push(source.slice(at));
  return { parts, needs };
}

function specifier(
  source: string,
  letter: string,
  flagText: string,
  width: string | undefined,
  precision: string | undefined,
  argument: number,
): Specifier | FormatProblem {
  const conversion = letter.toLowerCase();
  const upper = letter !== conversion;
  if (
    !isConversion(conversion) ||
    (upper && (conversion === 'd' || conversion === 'o' || conversion === 'f'))
  ) {
    return { problem: `\`${source}\` has the unknown conversion \`${letter}\`` };
  }
  const flags = new Set(flagText);
  if (argument < 0) return { problem: `\`${source}\` names no argument` };
  if (flags.size !== flagText.length) return { problem: `\`${source}\` has a flag twice` };
  if (Number(width ?? 0) > WIDEST || Number(precision ?? 0) > WIDEST) {
    return { problem: `\`${source}\` is wider than ${WIDEST}` };
  }
  if ((flags.has('-') || flags.has('0')) && width === undefined) {
    return { problem: `\`${source}\` needs a width` };
  }
  if ((flags.has('-') && flags.has('0')) || (flags.has('+') && flags.has(' '))) {
    return { problem: `\`${source}\` has flags that exclude each other` };
  }
  if (precision !== undefined && 'dxoc'.includes(conversion)) {
    return { problem: `\`${source}\` cannot have a precision` };
  }
  return {
    kind: 'specifier',
    source,
    argument,
    flags,
    width: Number(width ?? 0),
    precision: precision === undefined ? -1 : Number(precision),
    conversion,
    upper,
  };
}

function isConversion(letter: string): letter is Conversion {
  return letter.length === 1 && 'sdxofegbc'.includes(letter);
}

/** The text of a format with these arguments, or what is wrong with one of them. */
export function formatText(format: JavaFormat, args: readonly Value[]): string | FormatProblem {
  let text = '';
  for (const part of format.parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = args[part.argument];
    if (value === undefined) return { problem: `\`${part.source}\` has no argument` };
    const printed = converted(part, value);
    if (printed === null) {
      return {
        problem: `\`${part.source}\` got ${value === null ? 'null' : kindOf(value)}`,
        textForHex: part.conversion === 'x' && typeof value === 'string',
      };
    }
    text += printed;
  }
  return text;
}

function kindOf(value: string | number | boolean): string {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'a boolean';
  return Number.isInteger(value) ? 'a number' : 'a number with a fraction';
}

function converted(part: Specifier, value: Value): string | null {
  const text = convertedText(part, value);
  return text === null ? null : part.upper ? text.toUpperCase() : text;
}

function convertedText(part: Specifier, value: Value): string | null {
  if (value === null) return null;
  switch (part.conversion) {
    case 's':
      return padded(part, cut(part, textOf(value)));
    case 'b':
      return padded(part, cut(part, typeof value === 'boolean' ? String(value) : 'true'));
    case 'c':
      return characterText(part, value);
    case 'd':
      return decimalText(part, value);
    case 'x':
    case 'o':
      return typeof value === 'number' ? radixText(part, value) : null;
    case 'f':
    case 'e':
    case 'g': {
      const number = numberOf(value);
      return number === null ? null : realText(part, number);
    }
  }
}

function cut(part: Specifier, text: string): string {
  return part.precision < 0 ? text : [...text].slice(0, part.precision).join('');
}

function padded(part: Specifier, text: string): string {
  return part.flags.has('-') ? text.padEnd(part.width) : text.padStart(part.width);
}

function characterText(part: Specifier, value: string | number | boolean): string | null {
  if (typeof value === 'string') return [...value].length === 1 ? padded(part, value) : null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0x10ffff) return null;
  return padded(part, String.fromCodePoint(value));
}

function decimalText(part: Specifier, value: string | number | boolean): string | null {
  const whole = wholeOf(value);
  if (whole === null) return null;
  const negative = whole < 0n;
  const digits = (negative ? -whole : whole).toString();
  return signed(part, negative, part.flags.has(',') ? grouped(digits) : digits);
}

function wholeOf(value: string | number | boolean): bigint | null {
  if (typeof value === 'string' && /^\s*[+-]?\d{16,40}\s*$/.test(value))
    return BigInt(value.trim().replace(/^\+/, ''));
  const number = numberOf(value);
  return number !== null && Number.isInteger(number) ? BigInt(number) : null;
}

function radixText(part: Specifier, value: number): string | null {
  if (!Number.isInteger(value) || Math.abs(value) > 2 ** 63) return null;
  const radix = part.conversion === 'x' ? 16 : 8;
  const digits = BigInt.asUintN(64, BigInt(value)).toString(radix);
  const prefix = part.flags.has('#') ? (radix === 16 ? '0x' : '0') : '';
  if (!part.flags.has('0')) return padded(part, prefix + digits);
  return prefix + digits.padStart(part.width - prefix.length, '0');
}

function realText(part: Specifier, value: number): string {
  const negative = value < 0 || Object.is(value, -0);
  if (Number.isNaN(value)) return padded(part, 'NaN');
  if (!Number.isFinite(value)) return padded(part, signText(part, negative, 'Infinity'));
  const precision = part.precision < 0 ? 6 : part.precision;
  const size = Math.abs(value);
  if (part.conversion === 'e')
    return signed(part, negative, scientific(size, precision, part.flags.has('#')));
  if (part.conversion === 'f') return signed(part, negative, plain(part, size, precision));
  // %g: scientific outside 10^-4 to 10^precision after rounding, the precision counts all digits.
  const significant = Math.max(precision, 1);
  const rounded = size === 0 ? 0 : Number(scientific(size, significant - 1, false));
  if (rounded !== 0 && (rounded < 1e-4 || rounded >= 10 ** significant)) {
    return signed(part, negative, scientific(size, significant - 1, false));
  }
  const places = size === 0 ? significant - 1 : significant - decimalOf(rounded).point;
  return signed(part, negative, plain(part, size, Math.max(places, 0)));
}

function plain(part: Specifier, size: number, places: number): string {
  const text = fixedDigits(size, places);
  const [whole, fraction] = text.split('.') as [string, string | undefined];
  const shown = part.flags.has(',') ? grouped(whole) : whole;
  return fraction === undefined ? shown + (part.flags.has('#') ? '.' : '') : `${shown}.${fraction}`;
}

function scientific(size: number, places: number, point: boolean): string {
  const decimal = decimalOf(size);
  let exponent = size === 0 ? 0 : decimal.point - 1;
  let digits = roundedDigits({ ...decimal, point: 1 }, places, 'away-from-zero');
  if (digits.length > places + 1) {
    digits = digits.slice(0, -1); // 9.99 became 10.0
    exponent++;
  }
  digits = digits.padStart(places + 1, '0');
  const fraction = places > 0 ? `.${digits.slice(1)}` : point ? '.' : '';
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits.slice(0, 1)}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function signText(part: Specifier, negative: boolean, digits: string): string {
  if (negative) return part.flags.has('(') ? `(${digits})` : `-${digits}`;
  if (part.flags.has('+')) return `+${digits}`;
  return part.flags.has(' ') ? ` ${digits}` : digits;
}

function signed(part: Specifier, negative: boolean, digits: string): string {
  if (!part.flags.has('0')) return padded(part, signText(part, negative, digits));
  const room = part.width - signText(part, negative, '').length;
  return signText(part, negative, digits.padStart(room, '0'));
}
