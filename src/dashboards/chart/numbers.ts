import { grouped } from '../../grammar/counted.ts';
import type { Unit } from '../dashboard.ts';

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** A number in few characters, for axes and labels: `1.2 M`, `3.4 GB`, `12.5 %`. */
export function compactNumber(value: number, unit: Unit | null): string {
  if (!Number.isFinite(value)) return String(value);
  switch (unit) {
    case 'bytes':
      return scaled(value, 'B');
    case 'percent':
      return `${trimmed(value, 1)} %`;
    case 'seconds':
      return compactSeconds(value);
    case 'count':
    case null:
      return scaled(value, '');
  }
}

function scaled(value: number, suffix: string): string {
  const size = Math.abs(value);
  let power = size < 1000 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), PREFIXES.length - 1);
  let scaledValue = value / 1000 ** power;
  if (Math.abs(scaledValue) >= 999.5 && power < PREFIXES.length - 1) scaledValue = value / 1000 ** ++power;
  const digits =
    Math.abs(scaledValue) >= 100 || power === 0 ? (size < 10 ? 2 : size < 100 && power === 0 ? 1 : 0) : 1;
  const end = `${PREFIXES[power]}${suffix}`;
  return end === '' ? trimmed(scaledValue, digits) : `${trimmed(scaledValue, digits)} ${end}`;
}

function compactSeconds(value: number): string {
  const size = Math.abs(value);
  if (size < 1) return `${trimmed(value * 1000, 1)} ms`;
  if (size < 60) return `${trimmed(value, 1)} s`;
  if (size < 3600) return `${trimmed(value / 60, 1)} min`;
  return size < 86_400 ? `${trimmed(value / 3600, 1)} h` : `${trimmed(value / 86_400, 1)} d`;
}

function trimmed(value: number, digits: number): string {
  return value
    .toFixed(digits)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')
    .replace(/^-0$/, '0');
}

/** A number in full, for tables and tooltips: `1,234,567.25`. Bytes also say how much that is. */
export function fullNumber(value: number, unit: Unit | null): string {
  if (!Number.isFinite(value)) return String(value);
  const text = decimal(value, 6);
  if (unit === 'percent') return `${text} %`;
  if (unit === 'seconds') return `${text} s`;
  if (unit === 'bytes')
    return Math.abs(value) < 1000 ? `${text} B` : `${text} B (${compactNumber(value, unit)})`;
  return text;
}

/** A number with commas and at most so many digits after the point; most are whole and need no locale. */
export function decimal(value: number, digits: number): string {
  return Number.isSafeInteger(value)
    ? grouped(value)
    : value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** Values for an axis that starts at or below `low` and ends at or above `high`: round steps, `target` of them at most. */
export function axisSteps(low: number, high: number, target: number): readonly number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return low === 0 ? [0, 1] : [Math.min(low, 0), Math.max(low, 0)];
  const rough = span / Math.max(target, 1);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * magnitude >= rough * 0.999) ?? 10) * magnitude;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, position) => (first + position) * step);
}
