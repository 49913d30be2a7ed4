const HUES = 10;

/** The colour of a series as a CSS value. What was accepted and rejected looks the same everywhere. */
export function seriesColor(name: string, position: number): string {
  switch (name.toUpperCase()) {
    case 'ACCEPT':
      return 'var(--accept)';
    case 'REJECT':
      return 'var(--reject)';
    default:
      return / others$/.test(name) ? 'var(--others)' : `var(--hue-${position % HUES})`;
  }
}

/** Whether a series is an earlier period of a comparison: `total_bytes_2d`. */
export function isEarlier(name: string): boolean {
  return /_\d+[smhdw]$/.test(name);
}
