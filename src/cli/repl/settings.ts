import type { TimeRange } from '../../engine/source.ts';
import { parseRange } from '../../engine/time/range.ts';
import type { OutputFormat } from '../output/result.ts';

/** What commands change and queries use. */
export interface Settings {
  /** As the user wrote it; null for everything. */
  from: string | null;
  to: string | null;
  timeZone: string;
  format: OutputFormat;
  readonly parameters: Map<string, string>;
  profile: boolean;
  /** Most rows that are shown of a result. */
  limit: number;
}

export function defaultSettings(timeZone: string): Settings {
  return {
    from: null,
    to: null,
    timeZone,
    format: 'table',
    parameters: new Map(),
    profile: false,
    limit: 1000,
  };
}

/** The range of the settings at this moment, or what is wrong with it. */
export function settingsRange(
  settings: Settings,
): { readonly ok: true; readonly value: TimeRange } | { readonly ok: false; readonly problem: string } {
  const range = parseRange(settings.from, settings.to, { now: Date.now(), timeZone: settings.timeZone });
  return range.ok ? range : { ok: false, problem: `${range.problem}; ${range.hint}` };
}

/** The range in words, as the user wrote it. */
export function rangeText({ from, to }: Settings): string {
  if (from === null && to === null) return 'all';
  return `${from ?? 'start'}${to === null ? '' : ` to ${to}`}`;
}

/** The prompt: the range in it, so that nobody wonders why there are no rows. */
export function promptOf(settings: Settings): string {
  return `weir [${rangeText(settings)}]> `;
}
