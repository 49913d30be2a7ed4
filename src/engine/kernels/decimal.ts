/** A finite number as the shortest decimal digits that read back as it: 0.d1d2d3… times 10^point. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly point: number;
}

/** The shortest decimal form of a finite number; zero has the digits `0` and point 1. */
export function decimalOf(value: number): Decimal {
  const [mantissa, exponent] = Math.abs(value).toExponential().split('e') as [string, string];
  return {
    negative: value < 0 || Object.is(value, -0),
    digits: mantissa.replace('.', ''),
    point: Number(exponent) + 1,
  };
}

/** Which way a digit that lies exactly in the middle goes. */
export type HalfWay = 'away-from-zero' | 'towards-positive';

/**
 * The digits of the number rounded to `places` decimals (negative: tens, hundreds): a whole number
 * in units of 10^-places, as digits without leading zeros but at least one.
 */
export function roundedDigits(decimal: Decimal, places: number, half: HalfWay): string {
  const { digits, point, negative } = decimal;
  const kept = point + places;
  if (kept < 0) return '0';
  if (kept >= digits.length) return stripZeros(digits + '0'.repeat(kept - digits.length));
  const whole = digits.slice(0, kept);
  return stripZeros(goesUp(digits, kept, negative, half) ? plusOne(whole) : whole);
}

function goesUp(digits: string, kept: number, negative: boolean, half: HalfWay): boolean {
  const next = digits.charCodeAt(kept) - 48;
  if (next !== 5) return next > 5;
  if (half === 'away-from-zero' || !negative) return true;
  return /[1-9]/.test(digits.slice(kept + 1));
}

function plusOne(digits: string): string {
  let at = digits.length - 1;
  while (at >= 0 && digits[at] === '9') at--;
  const tail = '0'.repeat(digits.length - 1 - at);
  return at < 0 ? `1${tail}` : `${digits.slice(0, at)}${Number(digits[at]) + 1}${tail}`;
}

function stripZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '') || '0';
}

/** Powers of ten that doubles hold exactly. */
const EXACT_POWERS = Array.from({ length: 16 }, (_, power) => 10 ** power);

const MOST_PLACES = 330;

/**
 * `value` rounded to `places` decimals by its decimal digits (1.005 has a 5 at the end, although the
 * binary number is a little less); halves go towards positive infinity.
 */
export function roundTo(value: number, places: number): number {
  if (!Number.isFinite(value)) return value;
  if (Number.isNaN(places)) return Number.NaN;
  // No double has a digit beyond these places.
  const whole = Math.max(-MOST_PLACES, Math.min(MOST_PLACES, Math.trunc(places)));
  if (whole >= 0 && Number.isInteger(value)) return value;
  const scale = whole >= 0 ? EXACT_POWERS[whole] : undefined;
  if (scale !== undefined) {
    // Away from a half and from the end of the exact range, the plain way gives the same result.
    const scaled = value * scale;
    const fraction = scaled - Math.floor(scaled);
    if (Math.abs(scaled) < 1e14 && Math.abs(fraction - 0.5) > 1e-3) return Math.round(scaled) / scale;
  }
  const decimal = decimalOf(value);
  const digits = roundedDigits(decimal, whole, 'towards-positive');
  return Number(`${decimal.negative ? '-' : ''}${digits}e${-whole}`);
}

/** `value` with exactly `places` decimals, halves away from zero, without sign: `%.2f` of Java. */
export function fixedDigits(value: number, places: number): string {
  const digits = roundedDigits(decimalOf(value), places, 'away-from-zero').padStart(places + 1, '0');
  if (places === 0) return digits;
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
