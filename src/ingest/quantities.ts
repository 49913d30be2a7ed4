/** A count for people: `950`, `12.3 k`, `4.5 M`. */
export function quantity(count: number): string {
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (count >= size) return `${(count / size).toFixed(1)} ${unit}`;
  }
  return String(Math.round(count));
}

/** A size in bytes for people: `12.3 MB` (powers of ten). */
export function byteSize(bytes: number): string {
  return bytes < 1000
    ? `${Math.round(bytes)} B`
    : `${quantity(bytes).replace('G', 'GB').replace('M', 'MB').replace('k', 'kB')}`;
}
