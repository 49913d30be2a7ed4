import type { SegmentCollector } from './segment-collector.ts';

/** Not yet: see below. */
export function encodeTermFilters(
  _collector: SegmentCollector,
  _ends: readonly number[],
): Uint8Array[] | null {
  return null;
}
