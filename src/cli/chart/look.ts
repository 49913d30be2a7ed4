import { cellWidth, truncate, visible } from '../output/visible.ts';

/** What charts in text are drawn with. */
export interface ChartLook {
  /** Cells of a line. */
  readonly width: number;
  readonly color: boolean;
  /** Whether blocks, braille and lines can be shown; else plain ASCII. */
  readonly unicode: boolean;
  readonly timeZone: string;
}

const DEFAULT_WIDTH = 100;

/** The look that fits where stdout goes: a terminal's width and colours, ASCII where the locale is not UTF-8. */
export function outputLook(timeZone: string): ChartLook {
  const { LC_ALL, LC_CTYPE, LANG, NO_COLOR } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  const isTerminal = process.stdout.isTTY === true;
  return {
    width: Math.max(isTerminal ? process.stdout.columns : DEFAULT_WIDTH, 40),
    color: isTerminal && NO_COLOR === undefined,
    unicode: locale === '' || /utf-?8/i.test(locale),
    timeZone,
  };
}

/** How text is emphasised. Series colours are `series-0` to `series-5`. */
export type Ink = 'bold' | 'dim' | 'accept' | 'reject' | `series-${number}`;

const SERIES_CODES = ['34', '33', '36', '35', '32', '31'];

/** The text in an ink, where colours are on. */
export function ink(text: string, name: Ink, { color }: ChartLook): string {
  if (!color || text === '') return text;
  return `\u001b[${codeOf(name)}m${text}\u001b[0m`;
}

function codeOf(name: Ink): string {
  switch (name) {
    case 'bold':
      return '1';
    case 'dim':
      return '2';
    case 'accept':
      return '36';
    case 'reject':
      return '31';
    default:
      return SERIES_CODES[Number(name.slice('series-'.length)) % SERIES_CODES.length]!;
  }
}

/** The ink of a series; accepted and rejected look the same everywhere. */
export function seriesInk(name: string, position: number): Ink {
  const upper = name.toUpperCase();
  if (upper === 'ACCEPT') return 'accept';
  if (upper === 'REJECT') return 'reject';
  return / others$/.test(name) ? 'dim' : `series-${position}`;
}

/** The text in exactly `width` cells, harmless for a terminal. */
export function padded(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const shown = truncate(visible(text), Math.max(width, 1));
  const space = ' '.repeat(Math.max(width - cellWidth(shown), 0));
  return side === 'left' ? shown + space : space + shown;
}

/** How many cells a drawn line takes; colours take none. */
export function drawnWidth(line: string): number {
  return cellWidth(line.replace(/\u001b\[[\d;]*m/g, ''));
}

/** Drawn text in ASCII, as far as it is ours, where the look asks for that. */
export function plain(text: string, { unicode }: ChartLook): string {
  return unicode ? text : text.replaceAll('…', '~').replaceAll('─', '-');
}
